// Pictures of every page, in both languages, light and dark, wide and narrow:
//
//     POSTHORN_BIN=target/debug/posthorn node tests/browser/screenshots.mjs FOLDER

import { mkdir } from 'node:fs/promises';
import path from 'node:path';

import { schemes, widths } from './support/audit.mjs';
import { launch } from './support/browser.mjs';
import { Demo } from './support/demo.mjs';
import { supportTour } from './support/support_tour.mjs';
import { tour } from './support/tour.mjs';
import { english, german } from './support/words.mjs';

const folder = process.argv[2];
if (!folder) {
  console.error('usage: node tests/browser/screenshots.mjs FOLDER');
  process.exit(2);
}
await mkdir(folder, { recursive: true });
const [demo, browser] = await Promise.all([Demo.start(), launch()]);
try {
  for (const [slug, words] of [['acme', english], ['globex', german]]) {
    let number = 0;
    const pictures = {
      browser, demo, slug, words,
      stop: async (page, name) => {
        number += 1;
        for (const colorScheme of schemes) {
          await page.emulateMedia({ colorScheme });
          for (const width of widths) {
            await page.setViewportSize({ width, height: 800 });
            await page.evaluate(() => document.getAnimations().forEach((animation) => animation.finish()));
            const file = `${String(number).padStart(2, '0')}-${name}-${words.code}-${colorScheme}-${width}.png`;
            await page.screenshot({ path: path.join(folder, file), fullPage: true });
          }
        }
        await page.emulateMedia({ colorScheme: 'light' });
        await page.setViewportSize({ width: 1280, height: 800 });
      },
    };
    await tour(pictures);
    await supportTour(pictures);
  }
} finally {
  await browser.close();
  await demo.stop();
}
