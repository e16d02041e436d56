// Help for a tenant, from the consent to the end of the diagnosis session: `stop` is called on each page.

import assert from 'node:assert/strict';

import { leave, signIn, visit } from './browser.mjs';
import { freshCode } from './totp.mjs';

export async function supportTour({ browser, demo, slug, words, stop }) {
  const { url, admin, members: [member] } = demo.tenant(slug);
  const [support, operator] = ['support', 'operator'].map((role) => demo.staff.find((one) => one.role === role));
  const at = (path) => new URL(path, url).href;
  const console_ = (path) => `${demo.base_url}${path}`;
  const submit = (page, action) => page.locator(`form[action="${action}"] button[type=submit]`).click();

  const tenant = await visit(browser, { locale: words.locale });
  await tenant.page.goto(url);
  await signIn(tenant.page, words, admin);
  await tenant.page.getByRole('heading', { level: 1, name: words.greeting }).waitFor();
  await tenant.page.goto(at('/administration/support'));
  await stop(tenant.page, 'support-closed');

  const staff = await visit(browser, { locale: words.locale });
  const { page } = staff;
  const enter = async (one, code) => {
    await page.goto(console_('/staff/sign-in'));
    await page.locator('#email').fill(one.email);
    await page.locator('#password').fill(one.password);
    await page.locator('#code').fill(code);
    await submit(page, '/staff/sign-in');
  };
  await enter(support, '000000');
  await page.locator('#problems').waitFor();
  await stop(page, 'staff-refused');
  await enter(support, await freshCode(support.totp_secret));
  await page.waitForURL('**/console');
  await stop(page, 'console');
  await page.goto(console_(`/console/tenants/${slug}`));
  await page.getByText(words.t('console-no-consent')).first().waitFor();
  await stop(page, 'console-without-consent');

  await submit(tenant.page, '/administration/support/grant');
  await tenant.page.getByText(words.t('flash-support-granted')).waitFor();
  await stop(tenant.page, 'support-allowed');

  const ask = `/console/tenants/${slug}/diagnosis`;
  await page.goto(console_(`/console/tenants/${slug}`));
  await submit(page, ask);
  await page.locator('#problems').waitFor();
  await stop(page, 'console-ask-refused');
  await page.locator('#reason').fill('Mail does not arrive');
  await page.locator('#ticket').fill('4711');
  await submit(page, ask);
  await page.waitForURL('**/diagnosis/begin/**');
  await stop(page, 'diagnosis-begin');
  await page.locator('form[action^="/diagnosis/begin/"] button').click();
  await page.waitForURL('**/home');
  await page.locator('.support-bar').waitFor();
  await stop(page, 'diagnosis-home');
  await page.goto(at('/administration/deliveries'));
  await page.locator('.support-bar').waitFor();
  const shown = await page.locator('body').innerText();
  assert.doesNotMatch(shown, /[a-z]{2,}@/, 'an address is shown in full');
  await stop(page, 'diagnosis-deliveries');
  await page.locator('tbody th a').first().click();
  await page.getByText(words.t('outbox-mail-closed')).waitFor();
  await stop(page, 'diagnosis-delivery');
  await page.locator('form[action$="/cancel"] button').first().click();
  await page.getByRole('heading', { level: 1, name: words.t('error-not-for-support'), exact: true }).waitFor();
  await stop(page, 'diagnosis-refused');

  await tenant.page.goto(at('/home'));
  await tenant.page.getByText(words.t('support-looks'), { exact: true }).waitFor();
  await stop(tenant.page, 'home-support-looks');
  await tenant.page.goto(at('/administration/support'));
  await stop(tenant.page, 'support-visits');

  await submit(page, '/diagnosis/end');
  await page.waitForURL('**/diagnosis/over');
  await stop(page, 'diagnosis-over');
  await page.goto(at('/home'));
  await page.waitForURL('**/sign-in**');
  await page.goto(at('/diagnosis/begin/nothing'));
  await stop(page, 'diagnosis-dead');
  await submit(tenant.page, '/administration/support/revoke');
  await tenant.page.getByText(words.t('flash-support-revoked')).waitFor();
  await leave(tenant);

  await page.goto(console_('/console'));
  await submit(page, '/staff/sign-out');
  await page.getByText(words.signedOut).waitFor();
  await enter(operator, await freshCode(operator.totp_secret));
  await page.waitForURL('**/console');
  await stop(page, 'console-operator');
  await page.goto(console_(`/console/tenants/${slug}`));
  await page.locator('#slug').fill('something else');
  await submit(page, `/console/tenants/${slug}/delete`);
  await page.locator('#problems').waitFor();
  await stop(page, 'console-delete-refused');
  await page.goto(demo.staffLink(`new-${words.code}-${slug}@posthorn.example`));
  await page.locator('#code').fill('000000');
  await page.locator('form button[type=submit]').click();
  await page.locator('#problems').waitFor();
  await stop(page, 'staff-welcome');
  assert.ok(member.email);
  await leave(staff);
}
