// What becomes of mail, in Chromium, in both languages, with scripts and without: it is held until there is a
// provider, then it arrives, and what could not arrive is tried again, cancelled or lifted.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { fillInSmtp, launch, leave, openUntil, signIn, visit } from './support/browser.mjs';
import { Demo } from './support/demo.mjs';
import { english, german } from './support/words.mjs';

const SETTINGS = '/administration/settings';
const DELIVERIES = '/administration/deliveries';

let demo;
let browser;
before(async () => { [demo, browser] = await Promise.all([Demo.start(), launch()]); });
after(async () => { await browser?.close(); await demo?.stop(); });

async function throughDeliveries(page, words, slug) {
  const { url, admin } = demo.tenant(slug);
  const at = (path) => new URL(path, url).href;
  const button = (name) => page.getByRole('button', { name, exact: true });
  const flash = (text) => page.getByRole('status').filter({ hasText: text }).waitFor();
  const held = page.getByText(words.heldNoProvider, { exact: true });
  const mails = page.locator('tbody th a.address');

  // held, and said wherever an administrator looks, once
  await page.goto(url);
  await signIn(page, words, admin);
  await page.getByRole('heading', { level: 1, name: words.greeting }).waitFor();
  await openUntil(page, at(DELIVERIES), held);
  const all = await mails.count();
  assert.ok(all >= 10, `${all} mails wait`);
  for (const path of [DELIVERIES, SETTINGS, '/home']) {
    await page.goto(at(path));
    assert.equal(await held.count(), 1, path);
  }

  // a provider is saved, and they leave
  await page.goto(at(`${SETTINGS}?provider=smtp`));
  await fillInSmtp(page, words, demo.smtp);
  await button(words.save).click();
  await flash(words.saved);
  assert.equal(await held.count(), 0);
  const announcement = page.getByRole('link', { name: words.announcement, exact: true });
  await openUntil(page, demo.catcher_url, announcement.nth(3));
  await openUntil(page, at(`${DELIVERIES}?state=accepted`), mails.nth(all - 5));
  assert.equal(await mails.count(), all - 4, 'three are refused and one is put off');

  // a mail's page tells the same bytes that the server got
  const recipient = await mails.last().innerText();
  await mails.last().click();
  await page.getByText(words.mailAccepted).waitFor();
  await page.getByText(words.mailSame).waitFor();
  // several mails were enqueued at the same moment, so the last may be any of them
  const subject = await page.locator('.facts strong').innerText();
  const message = page.url();
  const shown = async (address) => {
    await page.goto(new URL('?view=source', address).href);
    return (await page.locator('section pre').innerText()).trim();
  };
  const source = await shown(message);
  assert.match(source, new RegExp(`^To: .*${recipient}`, 'm'));
  const id = /^Message-ID: <(.*)@/m.exec(source)[1];
  assert.ok(message.endsWith(id), 'the Message-ID is the one of the page');
  await page.goto(`${message}?view=html`);
  await page.locator('iframe').contentFrame().locator('p').first().waitFor();
  await page.goto(demo.catcher_url);
  const mail = page.getByRole('link', { name: subject, exact: true });
  await page.getByRole('row').filter({ hasText: recipient }).filter({ has: mail }).first().getByRole('link').click();
  await page.getByRole('heading', { level: 1, name: subject, exact: true }).waitFor();
  const caught = await shown(page.url());
  assert.ok(caught.endsWith(source), 'the catcher has the same bytes');

  // some are tried again by hand: the address is suppressed by now, which is lifted
  await page.goto(at(`${DELIVERIES}?state=failed`));
  assert.equal(await mails.count(), 3);
  for (const box of await page.locator('tbody input[type=checkbox]').all()) await box.check();
  await button(words.tryAgain).click();
  await flash(words.triedAgain);
  await openUntil(page, at(`${DELIVERIES}?state=failed`), mails.nth(2));
  await page.goto(at(`${DELIVERIES}/suppressions`));
  await button(words.lift).click();
  await flash(words.lifted);
  await page.getByText(words.nothingSuppressed).waitFor();

  // and what still waits is cancelled, all of it
  await page.goto(at(`${DELIVERIES}?state=due`));
  assert.equal(await mails.count(), 1);
  await page.getByRole('link', { name: words.cancelAll, exact: true }).click();
  await button(words.cancelAll).click();
  await flash(words.cancelled);
  await page.goto(at(`${DELIVERIES}?state=cancelled`));
  await mails.first().click();
  await page.getByText(words.mailPutOff).first().waitFor();
  await page.getByText(words.cancelledBy).waitFor();
  assert.match(await page.locator('.steps').innerText(), words.greeting);
}

for (const [slug, words, javaScriptEnabled] of [['acme', english, true], ['globex', german, false]]) {
  const name = `${slug} sees what became of its mail, ${javaScriptEnabled ? 'with' : 'without'} JavaScript`;
  test(name, { timeout: 180_000 }, async () => {
    const visitor = await visit(browser, { locale: words.locale, javaScriptEnabled });
    await throughDeliveries(visitor.page, words, slug);
    await leave(visitor);
  });
}
