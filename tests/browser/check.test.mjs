// The staged check in Chromium, in both languages, with scripts and without: a wrong security and a wrong
// port are found while nothing is saved yet, mended by one click, saved, and the check passes; the diagnosis
// can be copied.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { fillInSmtp, launch, leave, signIn, visit } from './support/browser.mjs';
import { Demo, freePort } from './support/demo.mjs';
import { english, german } from './support/words.mjs';

const SETTINGS = '/administration/settings';

let demo;
let browser;
before(async () => { [demo, browser] = await Promise.all([Demo.start(), launch()]); });
after(async () => { await browser?.close(); await demo?.stop(); });

async function enter(page, words, slug) {
  const { url, admin } = demo.tenant(slug);
  await page.goto(url);
  await signIn(page, words, admin);
  await page.getByRole('heading', { level: 1, name: words.greeting }).waitFor();
  await page.goto(new URL(`${SETTINGS}?provider=smtp`, url).href);
  return (name) => page.getByRole('button', { name, exact: true }).click();
}

async function fromWrongPortToMend(page, words, slug) {
  const press = await enter(page, words, slug);
  await fillInSmtp(page, words, demo.smtp, { server_port: await freePort() });
  await press(words.checkForm);
  await page.locator('.result .badge').getByText(words.checkFailed).waitFor();
  await press(words.tryPorts);
  await page.getByRole('link', { name: words.usePort }).click();
  await page.locator('#security-starttls:checked').waitFor();
  assert.equal(await page.getByLabel(words.port, { exact: true }).inputValue(), String(demo.smtp.server_port));
  await page.locator('#password').fill(demo.smtp.password);
  await press(words.save);
  await page.getByRole('status').filter({ hasText: words.replaced }).waitFor();
  await press(words.checkStored);
  await page.locator('.result .badge').getByText(words.checkPassed, { exact: true }).waitFor();
}

async function fromCheckToMend(page, words, slug, scripts) {
  const press = await enter(page, words, slug);
  await fillInSmtp(page, words, demo.smtp);
  await page.locator('#security-tls').check();
  await press(words.checkForm);

  // nothing is saved, and the cause is plain
  await page.locator('.result .badge').getByText(words.checkFailed).waitFor();
  const mend = page.getByRole('link', { name: words.useStartTls, exact: true });
  await mend.waitFor();
  const report = await page.locator('#report').inputValue();
  assert.match(report, new RegExp(`Posthorn \\d`));
  assert.equal(report.includes(demo.smtp.password), false);
  const copy = page.getByRole('button', { name: words.copyDiagnosis, exact: true });
  if (scripts) {
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await copy.click();
    await page.locator('#report-copied').getByText(words.copied).waitFor();
    const copied = await page.evaluate(() => navigator.clipboard.readText());
    assert.equal(copied.replaceAll('\r\n', '\n').trim(), report.trim());
  } else {
    assert.equal(await copy.count(), 0, 'a button that does nothing is not there');
  }

  await mend.click();
  await page.locator('#security-starttls:checked').waitFor();
  assert.equal(page.url().includes(demo.smtp.password), false);
  assert.equal(await page.locator('#password').inputValue(), '');
  await page.locator('#password').fill(demo.smtp.password);
  await press(words.save);
  await page.getByRole('status').filter({ hasText: scripts ? words.saved : words.replaced }).waitFor();
  await press(words.checkStored);
  await page.locator('.result .badge').getByText(words.checkPassed, { exact: true }).waitFor();
  assert.equal(await page.locator('.step-passed').count(), 8);
}

for (const [slug, words] of [['acme', english], ['globex', german]]) {
  for (const javaScriptEnabled of [true, false]) {
    const name = `${slug} checks, mends, saves and checks, ${javaScriptEnabled ? 'with' : 'without'} JavaScript`;
    test(name, { timeout: 120_000 }, async () => {
      const visitor = await visit(browser, { locale: words.locale, javaScriptEnabled });
      await fromCheckToMend(visitor.page, words, slug, javaScriptEnabled);
      await leave(visitor);
    });
    test(`${slug} has a wrong port mended, ${javaScriptEnabled ? 'with' : 'without'} JavaScript`, { timeout: 120_000 }, async () => {
      const visitor = await visit(browser, { locale: words.locale, javaScriptEnabled });
      await fromWrongPortToMend(visitor.page, words, slug);
      await leave(visitor);
    });
  }
}
