// The second factor as a person meets it: set up, asked for, replaced by a recovery code, removed.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { audit } from './support/audit.mjs';
import { launch, leave, signIn, visit } from './support/browser.mjs';
import { Demo } from './support/demo.mjs';
import { code, nextCode } from './support/totp.mjs';
import { english, german } from './support/words.mjs';

let demo;
let browser;
before(async () => { [demo, browser] = await Promise.all([Demo.start(), launch()]); });
after(async () => { await browser?.close(); await demo?.stop(); });

for (const [slug, words] of [['acme', english], ['globex', german]]) {
  test(`a second factor from its set-up to its removal: ${words.code}`, { timeout: 240_000 }, async () => {
    const { url, members: [member] } = demo.tenant(slug);
    const visitor = await visit(browser, { locale: words.locale });
    const { page } = visitor;
    const button = (name) => page.getByRole('button', { name, exact: true });
    const found = [];
    const look = async (name) => { found.push(...await audit(page, name)); };
    const signOut = async () => {
      await button(words.signOut).click();
      await page.getByText(words.signedOut).waitFor();
    };
    const withPassword = async () => {
      await page.goto(url);
      await signIn(page, words, member);
      await page.getByRole('heading', { level: 1, name: words.factorSignIn }).waitFor();
    };

    await page.goto(url);
    await signIn(page, words, member);
    await page.getByRole('link', { name: words.account }).click();
    await page.getByRole('link', { name: words.factorSetUp }).click();
    await look('factor');
    await button(words.factorBegin).click();
    await page.getByRole('img', { name: words.factorQrCode }).waitFor();
    const secret = await page.locator('main pre').innerText();
    await look('factor-set-up');
    await page.getByLabel(words.factorCodeOfApp, { exact: true }).fill('000000');
    await button(words.factorTurnOn).click();
    await page.getByText(words.problems).waitFor();
    await look('factor-set-up-refused');
    await page.getByLabel(words.factorCodeOfApp, { exact: true }).fill(code(secret));
    await button(words.factorTurnOn).click();
    await page.getByRole('heading', { level: 1, name: words.factorCodes }).waitFor();
    const codes = (await page.locator('main pre').innerText()).split(/\s+/).filter(Boolean);
    assert.equal(codes.length, 10);
    await look('factor-codes');
    await page.getByRole('link', { name: words.factorCodesDone }).click();
    await signOut();

    await withPassword();
    await look('factor-sign-in');
    // a page that needs a session leads back to the beginning
    await page.goto(new URL('/account', url).href);
    assert.equal(new URL(page.url()).pathname, '/sign-in');
    await withPassword();
    await page.getByLabel(words.factorCode, { exact: true }).fill('000000');
    await button(words.signIn).click();
    await page.getByRole('heading', { name: words.factorRefused }).waitFor();
    await look('factor-sign-in-refused');
    await page.getByLabel(words.factorCode, { exact: true }).fill(nextCode(secret));
    await button(words.signIn).click();
    await button(words.signOut).waitFor();
    await signOut();

    await withPassword();
    await page.getByLabel(words.factorCode, { exact: true }).fill(codes[0].toUpperCase());
    await button(words.signIn).click();
    await page.getByRole('link', { name: words.account }).click();
    await page.getByRole('link', { name: words.factorManage }).click();
    await look('factor-manage');
    await page.locator('#remove_proof').fill(member.password);
    await button(words.factorRemove).click();
    await page.getByText(words.factorRemoved).waitFor();
    await signOut();
    await page.goto(url);
    await signIn(page, words, member);
    await button(words.signOut).waitFor();
    assert.deepEqual(found, []);
    await leave(visitor);
  });
}
