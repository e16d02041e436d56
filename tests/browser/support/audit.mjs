// What must hold for every page: WCAG 2.2 AA as far as axe-core can tell, in light and dark, in a wide
// and a narrow window, and no scrolling sideways at 320 px.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];

export const schemes = ['light', 'dark'];
export const widths = [1280, 375];

/** What the page answers. Playwright sets no limit to a script in a page, so one that hangs would not say where. */
async function ask(page, name, script, argument) {
  let impatience;
  const late = new Promise((_, reject) => {
    impatience = setTimeout(() => reject(new Error(`${name}: no answer from the page within 30 seconds to ${String(script).slice(0, 100)}`)), 30_000);
  });
  try {
    return await Promise.race([page.evaluate(script, argument), late]);
  } finally {
    clearTimeout(impatience);
  }
}

/** Every violation on the page that is open, in words. */
export async function audit(page, name) {
  const found = [];
  await ask(page, name, axe);
  for (const colorScheme of schemes) {
    await page.emulateMedia({ colorScheme });
    for (const width of widths) {
      await page.setViewportSize({ width, height: 800 });
      // not awaited: a transition's end needs frames, and a window that nobody sees may draw none
      await ask(page, name, () => document.getAnimations().forEach((animation) => animation.finish()));
      // the frame with a caught mail is not ours, and no script runs in it
      const { passes, violations } = await ask(
        page, name,
        ([values]) => globalThis.axe.run({ exclude: [['iframe']] }, { runOnly: { type: 'tag', values }, resultTypes: ['violations'], iframes: false }),
        [tags],
      );
      if (passes.length < 5) found.push(`${name}: axe-core looked at nothing`);
      for (const { id, help, nodes } of violations) {
        for (const node of nodes) {
          found.push(`${name}, ${colorScheme}, ${width} px: ${id} (${help}) at ${node.target.join(' ')}: ${node.failureSummary}`);
        }
      }
    }
  }
  await page.setViewportSize({ width: 320, height: 800 });
  const wide = await ask(page, name, () => document.documentElement.scrollWidth);
  if (wide > 320) found.push(`${name}: ${wide} px wide in a window of 320 px`);
  await page.emulateMedia({ colorScheme: 'light' });
  await page.setViewportSize({ width: 1280, height: 800 });
  return found;
}
