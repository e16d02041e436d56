// Signing in at an organisation's own service: set up, used, and passwords switched off.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { audit } from './support/audit.mjs';
import { launch, leave, signIn, visit } from './support/browser.mjs';
import { Demo } from './support/demo.mjs';
import { Issuer, client } from './support/issuer.mjs';
import { english, german } from './support/words.mjs';

const RULES = '/administration/settings/sign-in';
const languages = [['acme', english], ['globex', german]];

let demo;
let browser;
let issuer;
before(async () => {
  [demo, browser] = await Promise.all([Demo.start(), launch()]);
  const people = {};
  const redirects = [];
  for (const [slug] of languages) {
    const { url, admin, members: [member] } = demo.tenant(slug);
    people[admin.email] = { name: 'The Administrator', groups: ['portal-admins'] };
    people[member.email] = { name: 'A Member', groups: [] };
    people[`new@${slug}.example`] = { name: 'Nora New', groups: [] };
    people[`stranger@elsewhere.example`] = { name: 'A Stranger', groups: [] };
    redirects.push(new URL('/sign-in/oidc/callback', url).href);
  }
  issuer = await Issuer.start(people, redirects);
});
after(async () => { await browser?.close(); await issuer?.stop(); await demo?.stop(); });

for (const [slug, words] of languages) {
  test(`an organisation's own sign-in service: ${words.code}`, { timeout: 240_000 }, async () => {
    const { url, admin, members: [member] } = demo.tenant(slug);
    const at = (where) => new URL(where, url).href;
    const found = [];
    const look = async (page, name) => { found.push(...await audit(page, name)); };
    const visitor = await visit(browser, { locale: words.locale });
    const { page } = visitor;
    const button = (name, of = page) => of.getByRole('button', { name, exact: true });
    await page.goto(url);
    await signIn(page, words, admin);
    await page.getByRole('link', { name: words.administration }).click();
    await page.getByRole('link', { name: words.navSignIn, exact: true }).click();
    await look(page, 'sign-in-rules');
    await button(words.checkIssuer).click();
    await page.getByText(words.problems).waitFor();
    await look(page, 'sign-in-rules-refused');
    await page.locator('#issuer').fill(`${issuer.url}/`);
    await button(words.checkIssuer).click();
    await page.getByText(words.otherIssuer).waitFor();
    await look(page, 'sign-in-rules-check-failed');
    await page.locator('#issuer').fill(issuer.url);
    await page.locator('#client_id').fill(client.id);
    await page.locator('#client_secret').fill(client.secret);
    await page.locator('#just_in_time').check();
    await page.locator('#allowed_domains').fill(`${slug}.example`);
    await page.locator('#role_claim').fill('groups');
    await page.locator('#role_value').fill('portal-admins');
    await button(words.checkIssuer).click();
    await page.getByText(words.checkIssuerPassed).waitFor();
    await page.locator('#client_secret').fill(client.secret);
    await button(words.save).nth(1).click();
    await page.getByText(words.oidcSaved).waitFor();

    /** By the service, as one of its people; ends at the page that the portal shows then. */
    const byService = async (email) => {
      const other = await visit(browser, { locale: words.locale });
      await other.page.goto(at('/sign-in'));
      await look(other.page, 'sign-in-with-service');
      await button(words.oidcSignIn, other.page).click();
      await other.page.getByRole('link', { name: email }).click();
      await other.page.waitForURL((there) => there.origin === new URL(url).origin);
      return other;
    };
    const first = await byService(member.email);
    await button(words.signOut, first.page).waitFor();
    assert.equal(await first.page.getByRole('link', { name: words.administration }).count(), 0);
    await leave(first);
    const fresh = await byService(`new@${slug}.example`);
    await fresh.page.getByRole('heading', { level: 1, name: /Nora New/ }).waitFor();
    await leave(fresh);
    const stranger = await byService('stranger@elsewhere.example');
    await stranger.page.getByText(words.oidcUnknown).waitFor();
    await look(stranger.page, 'oidc-refused');
    await leave(stranger);
    const denied = await byService('nobody');
    await denied.page.getByText('not today').waitFor();
    await leave(denied);
    const proof = await byService(admin.email);
    await proof.page.getByRole('link', { name: words.administration }).click();
    await leave(proof);

    await page.goto(at(RULES));
    await page.getByText(words.oidcProven, { exact: true }).waitFor();
    await page.getByRole('radio', { name: words.localOff }).check();
    await page.locator('#break_glass').selectOption({ index: 1 });
    await look(page, 'sign-in-rules-proven');
    await button(words.save).last().click();
    await page.getByText(words.rulesSaved).waitFor();
    await button(words.signOut).click();
    await page.getByText(words.signedOut).waitFor();
    assert.equal(await page.locator('input[type=password]').count(), 0);
    await look(page, 'sign-in-service-only');
    await page.getByRole('link', { name: words.withPassword }).click();
    await signIn(page, words, member);
    await page.getByRole('heading', { name: words.signInFailed }).waitFor();
    await signIn(page, words, admin);
    await button(words.signOut).waitFor();
    assert.deepEqual(found, []);
    await leave(visitor);
  });
}
