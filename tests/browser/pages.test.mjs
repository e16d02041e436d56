// Every page in both languages: accessible, quiet, and no wider than the window.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { audit } from './support/audit.mjs';
import { launch, leave, visit } from './support/browser.mjs';
import { Demo } from './support/demo.mjs';
import { tour } from './support/tour.mjs';
import { english, german } from './support/words.mjs';

let demo;
let browser;
before(async () => { [demo, browser] = await Promise.all([Demo.start(), launch()]); });
after(async () => { await browser?.close(); await demo?.stop(); });

test('the audit sees what is planted for it, on a page with the strict policy', { timeout: 60_000 }, async () => {
  const visitor = await visit(browser, { locale: english.locale });
  await visitor.page.goto(demo.tenant('acme').url);
  assert.deepEqual(await audit(visitor.page, 'sign-in'), []);
  await visitor.page.evaluate(() => {
    const image = document.createElement('img');
    document.body.append(image);
    document.body.style.minWidth = '1000px';
    document.querySelector('label').remove();
  });
  const found = (await audit(visitor.page, 'spoilt')).join('\n');
  assert.match(found, /image-alt/);
  assert.match(found, /spoilt, dark, 375 px: label/);
  assert.match(found, /px wide in a window of 320 px/);
  await leave(visitor);
});

test('the watch sees what breaks the policy', { timeout: 60_000 }, async () => {
  const visitor = await visit(browser, { locale: english.locale });
  await visitor.page.goto(demo.tenant('acme').url);
  await visitor.page.evaluate(() => {
    const script = document.createElement('script');
    script.textContent = 'document.title = "spoilt"';
    document.body.append(script);
  });
  await assert.rejects(leave(visitor), /Content Security Policy/);
});

for (const [slug, words] of [['acme', english], ['globex', german]]) {
  test(`every page is accessible: ${slug}, ${words.code}`, { timeout: 600_000 }, async () => {
    const found = [];
    const seen = [];
    await tour({
      browser, demo, slug, words,
      stop: async (page, name) => {
        seen.push(name);
        found.push(...await audit(page, name));
      },
    });
    assert.deepEqual(found, []);
    assert.ok(seen.length > 40, seen.join(', '));
  });
}
