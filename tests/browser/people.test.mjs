// From an invitation to the first sign-in, and from a forgotten password to a new one, by the mails that arrive.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { audit } from './support/audit.mjs';
import { fillInSmtp, launch, leave, openUntil, signIn, visit } from './support/browser.mjs';
import { Demo } from './support/demo.mjs';
import { english, german } from './support/words.mjs';

let demo;
let browser;
before(async () => { [demo, browser] = await Promise.all([Demo.start(), launch()]); });
after(async () => { await browser?.close(); await demo?.stop(); });

/** Opens the newest caught mail to that address, and returns the link in it. */
async function linkFromMail(page, email, path) {
  const row = page.locator('tr', { hasText: email });
  await openUntil(page, demo.catcher_url, row);
  await row.first().getByRole('link').first().click();
  const text = await page.locator('pre').innerText();
  const link = new RegExp(`https?://\\S+/${path}/\\S+`).exec(text)?.[0];
  assert.ok(link, text);
  return link;
}

async function choosePassword(page, password) {
  await page.locator('#new_password').fill(password);
  await page.locator('#repeat_password').fill(password);
  await page.locator('main form button[type=submit]').click();
  await page.waitForURL('**/home');
}

for (const [slug, words] of [['acme', english], ['globex', german]]) {
  test(`invited, signed in, forgotten, signed in again: ${words.code}`, { timeout: 180_000 }, async () => {
    const { url, admin } = demo.tenant(slug);
    const at = (path) => new URL(path, url).href;
    const email = `nora@${slug}.example`;
    const administrator = await visit(browser, { locale: words.locale });
    let { page } = administrator;
    await page.goto(url);
    await signIn(page, words, admin);
    await page.getByRole('heading', { level: 1, name: words.greeting }).waitFor();
    await page.goto(at('/administration/settings?provider=smtp'));
    await fillInSmtp(page, words, demo.smtp);
    await page.getByRole('button', { name: words.save, exact: true }).click();
    await page.getByRole('status').filter({ hasText: words.saved }).waitFor();
    await page.goto(at('/administration/users/invite'));
    await page.locator('#name').fill('Nora Neumann');
    await page.locator('#email').fill(email);
    await page.locator('form[action="/administration/users/invite"] button[type=submit]').click();
    await page.getByRole('heading', { level: 1, name: 'Nora Neumann' }).waitFor();
    assert.deepEqual(await audit(page, 'invited'), []);
    await leave(administrator);

    const visitor = await visit(browser, { locale: words.locale });
    page = visitor.page;
    await page.goto(await linkFromMail(page, email, 'welcome'));
    await choosePassword(page, 'a few words in a row');
    await page.getByRole('button', { name: words.signOut, exact: true }).click();
    await page.getByText(words.signedOut).waitFor();
    await signIn(page, words, { email, password: 'a few words in a row' });
    await page.waitForURL('**/home');
    await page.getByRole('button', { name: words.signOut, exact: true }).click();
    await page.getByText(words.signedOut).waitFor();

    await page.getByRole('link', { name: words.t('auth-forgotten') }).click();
    await page.locator('#email').fill(email);
    await page.locator('form[action="/forgotten"] button').click();
    assert.deepEqual(await audit(page, 'forgotten'), []);
    const link = await linkFromMail(page, email, 'reset');
    await page.goto(link);
    await choosePassword(page, 'other words in a row');
    await page.goto(link);
    await page.getByRole('heading', { level: 1, name: words.t('auth-dead-link') }).waitFor();
    await leave(visitor);
  });
}
