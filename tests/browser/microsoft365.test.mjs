// Microsoft 365 in Chromium, in both languages, with scripts and without: from the help to the mail that was
// read, a wrong secret, a new one, and back to SMTP.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { fillInMicrosoft365, fillInSmtp, launch, leave, signIn, visit } from './support/browser.mjs';
import { Demo } from './support/demo.mjs';
import { english, german } from './support/words.mjs';

const SETTINGS = '/administration/settings';

let demo;
let browser;
before(async () => { [demo, browser] = await Promise.all([Demo.start(), launch()]); });
after(async () => { await browser?.close(); await demo?.stop(); });

async function throughMicrosoft365(page, words, slug) {
  const { url, admin } = demo.tenant(slug);
  const at = (path) => new URL(path, url).href;
  const press = (name) => page.getByRole('button', { name, exact: true }).click();
  const sendTest = async () => {
    await page.goto(at(`${SETTINGS}/email-provider/test-messages`));
    await press(words.send);
  };

  await page.goto(url);
  await signIn(page, words, admin);
  await page.getByRole('heading', { level: 1, name: words.greeting }).waitFor();
  await page.goto(at(SETTINGS));
  await page.getByRole('link', { name: /^Microsoft 365/ }).click();
  for (const heading of [words.helpValues, words.helpPermission, words.helpLimits]) {
    await page.getByRole('heading', { level: 2, name: heading }).waitFor();
  }
  await page.locator('summary', { hasText: words.helpLimits }).click();
  assert.match(await page.locator('pre').textContent(), /New-ManagementRoleAssignment/);

  // the slip that most people make, and what was typed is still there
  await fillInMicrosoft365(page, words, demo.microsoft365, { client_secret: demo.microsoft365.client_id });
  await press(words.save);
  await page.getByText(words.problems).waitFor();
  await page.locator('#client_secret-error').getByText(words.secretIsId).waitFor();
  assert.equal(await page.getByLabel(words.tenantId, { exact: true }).inputValue(), demo.microsoft365.tenant_id);
  assert.equal(await page.getByLabel(words.clientSecret, { exact: true }).inputValue(), '');

  // a secret that Microsoft refuses
  await fillInMicrosoft365(page, words, demo.microsoft365, { client_secret: 'not~the.secret' });
  await press(words.save);
  await page.getByRole('status').filter({ hasText: words.saved }).waitFor();
  await sendTest();
  await page.getByText(words.failedHere).waitFor();
  await page.locator('summary', { hasText: words.details }).click();
  assert.match(await page.locator('details').innerText(), /AADSTS7000215/);

  // only the secret is replaced, and now the mail arrives
  await page.goto(at(SETTINGS));
  await page.getByText(words.secretStored).waitFor();
  await page.getByRole('link', { name: words.replaceSecret }).first().click();
  await page.getByLabel(words.clientSecret, { exact: true }).fill(demo.microsoft365.client_secret);
  await press(words.replaceSecretNow);
  await page.getByRole('status').filter({ hasText: words.secretReplaced }).waitFor();
  assert.match(await page.locator('pre').textContent(), new RegExp(demo.microsoft365.client_id));
  await sendTest();
  await page.getByRole('heading', { name: words.acceptedByMicrosoft }).waitFor();
  assert.equal((await page.content()).includes(demo.microsoft365.client_secret), false);
  await page.goto(demo.catcher_url);
  await page.getByRole('link', { name: words.subject, exact: true }).first().click();
  await page.getByText('Microsoft 365').first().waitFor();

  // back to SMTP; Exchange Online's own server brings the hint
  await page.goto(at(`${SETTINGS}?provider=smtp`));
  await fillInSmtp(page, words, demo.smtp, { server_address: 'smtp.office365.com', server_port: 'x' });
  await press(words.save);
  await page.getByText(words.exchangeOnline).waitFor();
  await fillInSmtp(page, words, demo.smtp);
  await press(words.save);
  await page.getByRole('status').filter({ hasText: words.replaced }).waitFor();
  await page.goto(at(`${SETTINGS}?provider=microsoft365`));
  assert.equal(await page.getByLabel(words.clientId, { exact: true }).inputValue(), '');

  await page.goto(at(`${SETTINGS}?provider=none`));
  await press(words.remove);
  await page.getByRole('status').filter({ hasText: words.removed }).waitFor();
}

for (const [slug, words] of [['acme', english], ['globex', german]]) {
  for (const javaScriptEnabled of [true, false]) {
    const name = `${slug} sets up Microsoft 365 and reads the test message, ${javaScriptEnabled ? 'with' : 'without'} JavaScript`;
    test(name, { timeout: 120_000 }, async () => {
      const visitor = await visit(browser, { locale: words.locale, javaScriptEnabled });
      await throughMicrosoft365(visitor.page, words, slug);
      await leave(visitor);
    });
  }
}
