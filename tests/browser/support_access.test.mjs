// Help for a tenant in Chromium: consent, console, diagnosis session with its banner and end, in both languages.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { audit } from './support/audit.mjs';
import { launch } from './support/browser.mjs';
import { Demo } from './support/demo.mjs';
import { supportTour } from './support/support_tour.mjs';
import { english, german } from './support/words.mjs';

let demo;
let browser;
before(async () => { [demo, browser] = await Promise.all([Demo.start(), launch()]); });
after(async () => { await browser?.close(); await demo?.stop(); });

for (const [slug, words] of [['acme', english], ['globex', german]]) {
  test(`support looks at ${slug} from consent to end: ${words.code}`, { timeout: 600_000 }, async () => {
    const found = [];
    await supportTour({
      browser, demo, slug, words,
      stop: async (page, name) => { found.push(...await audit(page, name)); },
    });
    assert.deepEqual(found, []);
  });
}
