// With the keyboard alone.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { launch, leave, signIn, visit } from './support/browser.mjs';
import { Demo } from './support/demo.mjs';
import { english as words } from './support/words.mjs';

let demo;
let browser;
before(async () => { [demo, browser] = await Promise.all([Demo.start(), launch()]); });
after(async () => { await browser?.close(); await demo?.stop(); });

/** What has the focus: its place among the page's elements, what it is, and whether one sees that. */
const focused = (page) => page.evaluate(() => {
  const element = document.activeElement;
  if (!element || element === document.body) return null;
  const shows = (candidate) => {
    const { outlineStyle, outlineWidth } = getComputedStyle(candidate);
    return outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2;
  };
  const { top, bottom, width, height } = element.getBoundingClientRect();
  return {
    place: [...document.querySelectorAll('*')].indexOf(element),
    name: element.name || element.textContent.trim().replace(/\s+/g, ' ') || element.tagName,
    visible: width > 1 && height > 1 && bottom > 0 && top < innerHeight,
    ring: shows(element) || (element.closest('label') !== null && shows(element.closest('label'))),
  };
});

/** Tabs through the page from its top; checks the order and the ring, and returns the names. */
async function tabThrough(page) {
  const names = [];
  let last = -1;
  for (let step = 0; step < 100; step += 1) {
    await page.keyboard.press('Tab');
    const at = await focused(page);
    if (!at || at.place < last) break;
    assert.ok(at.visible, `${at.name} has the focus and is not to be seen`);
    assert.ok(at.ring, `${at.name} has the focus and does not show it`);
    assert.ok(at.place > last, `${at.name} keeps the focus`);
    last = at.place;
    names.push(at.name);
  }
  return names;
}

test('signing in, saving nothing by accident, signing out', { timeout: 90_000 }, async () => {
  const { url, admin } = demo.tenant('acme');
  const visitor = await visit(browser, { locale: words.locale });
  const { page } = visitor;
  const press = (key) => page.keyboard.press(key);

  await page.goto(url);
  assert.deepEqual(await tabThrough(page), [words.skip, 'Posthorn Acme Ltd', 'email', 'password', words.signIn, words.t('auth-forgotten')]);

  await page.goto(url);
  for (let step = 0; step < 3; step += 1) await press('Tab');
  await page.keyboard.type(admin.email);
  await press('Tab');
  await page.keyboard.type(admin.password);
  await press('Enter');
  await page.getByRole('heading', { level: 1, name: words.greeting }).waitFor();

  await press('Tab');
  await press('Enter');
  assert.equal(await page.evaluate(() => document.activeElement.id), 'content', 'the skip link leads to the content');

  await page.goto(new URL('/administration/settings', url).href);
  const names = await tabThrough(page);
  for (const name of ['server_address', 'server_port', 'security', 'sender_address', 'sender_name',
    'username_same_as_sender', 'password', words.save, words.signOut]) {
    assert.ok(names.includes(name), `${name} is not to be reached: ${names.join(', ')}`);
  }

  await page.getByRole('textbox', { name: words.serverAddress }).focus();
  await press('Enter');
  await page.getByText(words.problems).waitFor();
  assert.equal(await page.evaluate(() => document.activeElement.id), 'problems', 'the summary has the focus');
  await press('Tab');
  await press('Enter');
  assert.equal(await page.evaluate(() => document.activeElement.name), 'server_address');

  await page.getByRole('button', { name: words.signOut }).focus();
  await press('Enter');
  await page.getByRole('status').filter({ hasText: words.signedOut }).waitFor();
  await leave(visitor);
});

test('every control of every form shows its focus', { timeout: 90_000 }, async () => {
  const { url, admin } = demo.tenant('acme');
  for (const colorScheme of ['light', 'dark']) {
    const visitor = await visit(browser, { locale: words.locale, colorScheme });
    const { page } = visitor;
    await page.goto(url);
    await signIn(page, words, admin);
    await page.getByRole('button', { name: words.signOut }).waitFor();
    for (const path of ['/home', '/account', '/account/sessions', '/administration/settings?provider=none']) {
      await page.goto(new URL(path, url).href);
      assert.ok((await tabThrough(page)).length > 4, path);
    }
    await page.goto(demo.catcher_url);
    await tabThrough(page);
    await leave(visitor);
  }
});
