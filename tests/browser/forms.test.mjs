// Refused forms, rights and sessions, as a person meets them.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { fillInSmtp, launch, leave, signIn, visit } from './support/browser.mjs';
import { Demo } from './support/demo.mjs';
import { english, german } from './support/words.mjs';

let demo;
let browser;
before(async () => { [demo, browser] = await Promise.all([Demo.start(), launch()]); });
after(async () => { await browser?.close(); await demo?.stop(); });

async function signedIn(slug, words, who) {
  const visitor = await visit(browser, { locale: words.locale });
  await visitor.page.goto(demo.tenant(slug).url);
  await signIn(visitor.page, words, who);
  await visitor.page.getByRole('button', { name: words.signOut }).waitFor();
  return visitor;
}

for (const [slug, words] of [['acme', english], ['globex', german]]) {
  test(`a refused form says everything at once: ${words.code}`, { timeout: 60_000 }, async () => {
    const visitor = await signedIn(slug, words, demo.tenant(slug).admin);
    const { page } = visitor;
    await page.goto(new URL('/administration/settings?provider=smtp', demo.tenant(slug).url).href);
    const typed = { server_address: 'not a host', server_port: '99999', sender_address: 'nobody' };
    await fillInSmtp(page, words, demo.smtp, { ...typed, username_same_as_sender: '', password: '' });
    await page.getByRole('textbox', { name: words.username }).fill('somebody');
    const [answer] = await Promise.all([
      page.waitForResponse((response) => response.request().method() === 'POST'),
      page.getByRole('button', { name: words.save, exact: true }).click(),
    ]);
    assert.equal(answer.status(), 422);

    const summary = page.getByRole('alert').filter({ hasText: words.problems });
    const links = summary.getByRole('link');
    assert.equal(await links.count(), 4);
    for (const [number, name] of ['server_address', 'server_port', 'sender_address', 'password'].entries()) {
      await links.nth(number).click();
      const field = page.locator(`[name="${name}"]`);
      assert.equal(await field.evaluate((element) => element === document.activeElement), true, name);
      assert.equal(await field.getAttribute('aria-invalid'), 'true', name);
      const described = (await field.getAttribute('aria-describedby')).split(' ');
      assert.equal(
        await page.locator(`#${described[0]}`).innerText(),
        await links.nth(number).innerText(),
        'the field says what the summary says',
      );
    }
    for (const [name, value] of Object.entries(typed)) {
      assert.equal(await page.locator(`[name="${name}"]`).inputValue(), value);
    }
    assert.equal(await page.getByRole('textbox', { name: words.username }).inputValue(), 'somebody');
    assert.match(await page.title(), words.errorTitle);
    await leave(visitor);
  });

  test(`a wrong password is named, with what to do: ${words.code}`, { timeout: 60_000 }, async () => {
    const visitor = await signedIn(slug, words, demo.tenant(slug).admin);
    const { page } = visitor;
    await page.goto(new URL('/administration/settings?provider=smtp', demo.tenant(slug).url).href);
    await fillInSmtp(page, words, demo.smtp, { password: 'certainly not this one' });
    await page.getByRole('button', { name: words.save, exact: true }).click();
    await page.getByRole('link', { name: words.sendTest }).click();
    await page.getByRole('button', { name: words.send, exact: true }).click();
    await page.getByRole('heading', { name: words.authRefused }).waitFor();
    await page.getByText(words.failedHere).waitFor();
    assert.doesNotMatch(await page.content(), /certainly not this one/);
    await page.goto(new URL('/administration/settings', demo.tenant(slug).url).href);
    await page.getByRole('heading', { name: words.failingState }).waitFor();
    await leave(visitor);
  });

  test(`a member is told who can help: ${words.code}`, { timeout: 60_000 }, async () => {
    const { url, admin, members: [member] } = demo.tenant(slug);
    const visitor = await signedIn(slug, words, member);
    const { page } = visitor;
    assert.equal(await page.getByRole('link', { name: words.administration }).count(), 0);
    const answer = await page.goto(new URL('/administration/settings', url).href);
    assert.equal(answer.status(), 403);
    await page.getByRole('heading', { level: 1, name: words.forbidden }).waitFor();
    await page.getByRole('link', { name: admin.email }).waitFor();
    await leave(visitor);
  });

  test(`sessions are listed and ended: ${words.code}`, { timeout: 60_000 }, async () => {
    const { url, members: [, member] } = demo.tenant(slug);
    const other = await signedIn(slug, words, member);
    const visitor = await signedIn(slug, words, member);
    const { page } = visitor;
    await page.getByRole('link', { name: words.account }).click();
    await page.getByRole('link', { name: words.sessions }).click();
    const rows = page.locator('tbody').getByRole('row');
    assert.equal(await rows.count(), 2);
    assert.equal(await rows.filter({ hasText: words.thisSession }).count(), 1);
    await page.getByRole('button', { name: words.endOthers }).click();
    await page.getByRole('status').filter({ hasText: words.othersEnded }).waitFor();
    assert.equal(await rows.count(), 1);
    await other.page.goto(new URL('/home', url).href);
    assert.equal(new URL(other.page.url()).pathname, '/sign-in');
    await leave(other);

    const cookies = await visitor.context.cookies();
    await page.getByRole('button', { name: words.signOut }).click();
    await page.getByRole('status').filter({ hasText: words.signedOut }).waitFor();
    await visitor.context.addCookies(cookies.filter(({ name }) => name.endsWith('posthorn_session')));
    await page.goto(new URL('/home', url).href);
    assert.equal(new URL(page.url()).pathname, '/sign-in', 'the server has ended the session, too');
    await leave(visitor);
  });
}
