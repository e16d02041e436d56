// Through every page that there is, in one language: `stop` is called on each with its name.

import { fillInMicrosoft365, fillInSmtp, leave, openUntil, signIn, visit } from './browser.mjs';

const TESTS = '/administration/settings/email-provider/test-messages';
const DELIVERIES = '/administration/deliveries';
const AUDIT_LOG = '/administration/audit-log';

export async function tour({ browser, demo, slug, words, stop }) {
  const { url, admin, members: [member] } = demo.tenant(slug);
  const at = (path) => new URL(path, url).href;
  const button = (page, name) => page.getByRole('button', { name, exact: true });
  const send = async (page, recipient) => {
    await page.goto(at(TESTS));
    await page.getByRole('textbox', { name: words.recipient }).fill(recipient);
    await button(page, words.send).click();
  };

  const visitor = await visit(browser, { locale: words.locale });
  const { page } = visitor;
  const look = (name) => stop(page, name);

  await page.goto(demo.base_url);
  await look('find');
  await page.goto(`${demo.base_url}/?tenant=a%20b`);
  await look('find-malformed');
  await page.goto(demo.base_url.replace('localhost', 'nobody.localhost'));
  await look('no-portal');
  await page.goto(url);
  await look('sign-in');
  await signIn(page, words, { ...member, password: 'not the password' });
  await page.getByText(words.signInFailed).waitFor();
  await look('sign-in-refused');
  await page.goto(at('/welcome/no-such-link'));
  await look('welcome-dead');

  await page.goto(url);
  await signIn(page, words, admin);
  await page.getByRole('heading', { level: 1, name: words.greeting }).waitFor();
  await openUntil(page, at('/home'), page.getByText(words.heldNoProvider));
  await look('home-without-provider');
  await page.goto(at(DELIVERIES));
  await look('deliveries-held');
  await page.locator('tbody th a').first().click();
  await look('delivery-held');
  await page.goto(at(`${DELIVERIES}?state=accepted`));
  await page.getByText(words.noMail).waitFor();
  await look('deliveries-none');
  await page.goto(at(`${DELIVERIES}?recipient=anna&from=2026-11-24&until=2026-11-23`));
  await page.getByText(words.mailFilterRefused).waitFor();
  await look('deliveries-filter-refused');
  await page.goto(at(`${DELIVERIES}/suppressions`));
  await page.getByText(words.nothingSuppressed).waitFor();
  await look('suppressions-empty');
  await page.goto(at('/administration/settings'));
  await look('settings-empty');
  await page.goto(at('/administration/settings?provider=none'));
  await look('settings-none');
  await page.goto(at('/administration/settings?provider=smtp&preset=sendgrid'));
  await look('settings-preset');
  await page.locator('#address').fill('anna@');
  await page.locator('form[action$="/recognise"] button').click();
  await page.getByText(words.problems).waitFor();
  await look('settings-recognise-refused');
  await page.goto(at('/administration/settings/domain'));
  await look('domain-without-provider');
  await page.goto(at('/administration/settings/allow-list'));
  await look('allow-list');
  await page.goto(at('/administration/settings?provider=microsoft365'));
  await page.locator('summary', { hasText: words.helpLimits }).click();
  await look('settings-microsoft365');
  await fillInMicrosoft365(page, words, {
    sender_address: 'Anna Example', tenant_id: 'common', client_id: 'x', client_secret: ' x', secret_expires_on: '2020-01-01',
  });
  await button(page, words.save).click();
  await page.getByText(words.problems).waitFor();
  await look('settings-microsoft365-refused');
  await page.goto(at(TESTS));
  await look('test-without-provider');

  await page.goto(at('/administration/settings'));
  await fillInSmtp(page, words, demo.smtp, {
    server_address: 'not a host', server_port: 99999, sender_address: 'nobody', sender_name: 'x'.repeat(400), password: '',
  });
  await button(page, words.save).click();
  await page.getByText(words.problems).waitFor();
  await look('settings-refused');

  await page.goto(demo.catcher_url);
  await look('catcher-empty');
  await page.goto(at('/administration/settings'));
  await fillInSmtp(page, words, demo.smtp);
  await button(page, words.save).click();
  await page.getByText(words.saved).waitFor();
  await look('settings-saved');

  const mails = page.locator('tbody th a');
  await openUntil(page, at(`${DELIVERIES}/suppressions`), button(page, words.lift));
  await look('suppressions');
  await openUntil(page, at(`${DELIVERIES}?state=due`), page.locator('tbody td .clamp'));
  await mails.first().click();
  await page.getByText(words.mailPutOff).waitFor();
  await look('delivery-put-off');
  await page.goto(at(DELIVERIES));
  await look('deliveries');
  await page.goto(at(`${DELIVERIES}?state=failed`));
  await look('deliveries-failed');
  await mails.first().click();
  await page.getByText(words.mailRefused).waitFor();
  await look('delivery-failed');
  await page.goto(at(`${DELIVERIES}/all?do=try-again&state=failed`));
  await look('deliveries-all');
  await page.goto(at(`${DELIVERIES}?state=accepted`));
  await mails.last().click();
  await page.getByText(words.mailAccepted).waitFor();
  await look('delivery-accepted');
  for (const view of ['html', 'source']) {
    await page.goto(new URL(`?view=${view}`, page.url()).href);
    await look(`delivery-${view}`);
  }
  await page.goto(at('/administration/settings/domain'));
  await look('domain-not-yet');
  await page.locator('button[form=domain-check]').click();
  await page.locator('#dmarc').waitFor();
  await look('domain');
  await page.locator('#selector').fill('a b');
  await page.locator('#selector ~ button').click();
  await page.getByText(words.problems).waitFor();
  await look('domain-selector-refused');
  const checked = async (words) => page.locator('.result .badge').getByText(words, { exact: true }).waitFor();
  await page.goto(at('/administration/settings'));
  await button(page, words.checkStored).click();
  await checked(words.checkPassed);
  await look('check-passed');
  await page.goto(at('/administration/settings'));
  await fillInSmtp(page, words, demo.smtp, { security: 'tls' });
  await button(page, words.checkForm).click();
  await checked(words.checkFailed);
  await page.locator('.step-failed summary').click();
  await look('check-failed');
  await page.getByRole('link', { name: words.useStartTls, exact: true }).click();
  await look('settings-mended');
  await page.goto(at('/home'));
  await look('home-untested');
  await page.goto(at(TESTS));
  await look('test-form');
  await send(page, 'nobody');
  await look('test-form-refused');

  await send(page, admin.email);
  await page.getByRole('heading', { name: words.accepted }).waitFor();
  await page.locator('summary').click();
  await look('result-accepted');
  await page.goto(at('/administration/settings'));
  await look('settings-accepted');
  await page.goto(at('/home'));
  await look('home-accepted');
  await send(page, 'unknown@example.org');
  await page.getByText(words.failedHere).waitFor();
  await page.locator('summary').click();
  await look('result-recipient-refused');

  await page.goto(at('/administration/settings'));
  await fillInSmtp(page, words, demo.smtp, { password: 'not the password' });
  await button(page, words.save).click();
  await page.getByText(words.replaced).waitFor();
  await look('settings-replaced');
  await send(page, admin.email);
  await page.getByText(words.authRefused).waitFor();
  await look('result-wrong-password');
  await page.goto(at('/administration/settings'));
  await look('settings-failing');

  const other = await visitor.context.newPage();
  await other.goto(at('/administration/settings'));
  await fillInSmtp(other, words, demo.smtp, { security: 'none' });
  await button(other, words.save).click();
  await other.getByText(words.replaced).waitFor();
  await other.close();
  await fillInSmtp(page, words, demo.smtp);
  await button(page, words.save).click();
  await page.getByRole('heading', { name: words.conflict }).waitFor();
  await look('settings-conflict');
  await page.goto(at('/administration/settings'));
  await look('settings-clear-text');
  await page.goto(at('/administration/settings?provider=none'));
  await look('remove');
  await button(page, words.remove).click();
  await page.getByText(words.removed).waitFor();
  await look('settings-removed');

  const nextWeek = new Date(Date.now() + 7 * 86_400_000).toISOString().slice(0, 10);
  await page.goto(at('/administration/settings?provider=microsoft365'));
  await fillInMicrosoft365(page, words, demo.microsoft365, { client_secret: 'not~the.secret', secret_expires_on: nextWeek });
  await button(page, words.save).click();
  await page.getByText(words.saved).waitFor();
  await look('settings-microsoft365-saved');
  await button(page, words.checkStored).click();
  await checked(words.checkFailed);
  await look('check-microsoft365-refused');
  await page.goto(at('/home'));
  await look('home-secret-expires');
  await page.goto(at(TESTS));
  await look('test-form-microsoft365');
  await send(page, admin.email);
  await page.getByText(words.failedHere).waitFor();
  await page.locator('summary').click();
  await look('result-microsoft365-refused');
  await page.goto(at('/administration/settings/email-provider/microsoft365/secret'));
  await look('secret');
  await button(page, words.replaceSecretNow).click();
  await page.getByText(words.problems).waitFor();
  await look('secret-refused');
  await page.getByLabel(words.clientSecret, { exact: true }).fill(demo.microsoft365.client_secret);
  await button(page, words.replaceSecretNow).click();
  await page.getByText(words.secretReplaced).waitFor();
  await send(page, admin.email);
  await page.getByRole('heading', { name: words.acceptedByMicrosoft }).waitFor();
  await page.locator('summary').click();
  await look('result-microsoft365-accepted');
  await page.goto(at('/administration/settings'));
  await button(page, words.checkStored).click();
  await checked(words.checkUnproven);
  await look('check-microsoft365');
  await page.goto(at('/administration/settings?provider=smtp'));
  await fillInSmtp(page, words, demo.smtp, { server_address: 'smtp.office365.com', server_port: 'x' });
  await button(page, words.save).click();
  await page.getByText(words.exchangeOnline).waitFor();
  await look('settings-exchange-online');

  await page.goto(at(AUDIT_LOG));
  await look('audit-log');
  for (const summary of await page.locator('tbody summary').all()) await summary.click();
  await look('audit-log-details');
  await page.locator('tbody td a').first().click();
  await page.locator('#request').waitFor();
  await look('audit-log-request');
  await page.goto(at(`${AUDIT_LOG}?who=nobody`));
  await page.getByText(words.auditLogNone).waitFor();
  await look('audit-log-none');
  await page.goto(at(`${AUDIT_LOG}?from=2026-11-24&until=2026-11-23&client=x`));
  await page.getByText(words.auditLogRefused).waitFor();
  await look('audit-log-refused');

  await page.goto(at('/account'));
  await look('account');
  await button(page, words.changePassword).click();
  await page.getByText(words.problems).waitFor();
  await look('account-refused');
  const elsewhere = await visit(browser, { locale: words.locale });
  await elsewhere.page.goto(url);
  await signIn(elsewhere.page, words, admin);
  await elsewhere.page.getByRole('heading', { level: 1, name: words.greeting }).waitFor();
  await leave(elsewhere);
  await page.goto(at('/account/sessions'));
  await look('sessions');
  await page.goto(at('/no/such/page'));
  await look('not-found');
  await page.goto(at('/account'));
  await page.locator('input[name=csrf_token]').evaluateAll((inputs) => inputs.forEach((input) => { input.value = 'x'; }));
  await button(page, words.save).click();
  await look('foreign-form');
  await button(page, words.signOut).click();
  await page.getByText(words.signedOut).waitFor();
  await look('signed-out');

  await page.goto(demo.invite(slug, `new-${words.code}@${slug}.example`, 'Nora Neumann'));
  await look('welcome');
  await page.locator('#new_password').fill('short');
  await page.locator('#repeat_password').fill('shorter');
  await button(page, words.setPassword).click();
  await look('welcome-refused');

  await page.goto(url);
  await signIn(page, words, member);
  await button(page, words.signOut).waitFor();
  await look('home-member');
  await page.goto(at('/administration/settings'));
  await page.getByRole('heading', { level: 1, name: words.forbidden }).waitFor();
  await look('forbidden');

  await page.goto(demo.catcher_url);
  await look('catcher');
  await page.getByRole('link', { name: words.subject }).first().click();
  await look('catcher-text');
  for (const view of ['html', 'headers', 'source']) {
    await page.goto(new URL(`?view=${view}`, page.url()).href);
    await look(`catcher-${view}`);
  }
  await page.goto(new URL('/mails/nothing', demo.catcher_url).href);
  await look('catcher-missing');
  await leave(visitor);
}
