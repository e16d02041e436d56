// The main job in Chromium, in both languages, with scripts and without.

import { after, before, test } from 'node:test';

import { launch, leave, visit } from './support/browser.mjs';
import { Demo } from './support/demo.mjs';
import { mainJob } from './support/main_job.mjs';
import { english, german } from './support/words.mjs';

let demo;
let browser;
before(async () => { [demo, browser] = await Promise.all([Demo.start(), launch()]); });
after(async () => { await browser?.close(); await demo?.stop(); });

for (const [slug, words] of [['acme', english], ['globex', german]]) {
  for (const javaScriptEnabled of [true, false]) {
    const name = `${slug} sets up SMTP and reads the test message, ${javaScriptEnabled ? 'with' : 'without'} JavaScript`;
    test(name, { timeout: 120_000 }, async () => {
      const visitor = await visit(browser, { locale: words.locale, javaScriptEnabled });
      await mainJob(visitor.page, words, demo, slug);
      await leave(visitor);
    });
  }
}

test('without a language set, the browser decides', { timeout: 60_000 }, async () => {
  for (const words of [english, german]) {
    const visitor = await visit(browser, { locale: words.locale });
    await visitor.page.goto(demo.tenant('acme').url);
    await visitor.page.getByRole('heading', { level: 1, name: words.signIn }).waitFor();
    await leave(visitor);
  }
});
