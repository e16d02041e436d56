// A key is made, used where the API documents itself, seen in the list and in the audit log, and revoked.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { audit } from './support/audit.mjs';
import { launch, leave, signIn, visit } from './support/browser.mjs';
import { Demo } from './support/demo.mjs';
import { english, german } from './support/words.mjs';

const KEYS = '/administration/api-keys';

let demo;
let browser;
before(async () => { [demo, browser] = await Promise.all([Demo.start(), launch()]); });
after(async () => { await browser?.close(); await demo?.stop(); });

/** Makes one call in the viewer of the documentation, and returns the status that it shows. */
async function execute(page, operation) {
  const block = page.locator(`[id$="-${operation}"]`);
  if (!await block.locator('.opblock-body').isVisible()) await block.locator('.opblock-summary-control').click();
  const tryIt = block.getByRole('button', { name: 'Try it out' });
  if (await tryIt.isVisible()) await tryIt.click();
  const answered = page.waitForResponse((response) => response.url().includes('/api/v1/'));
  await block.getByRole('button', { name: 'Execute' }).click();
  return (await answered).status();
}

for (const [slug, words] of [['acme', english], ['globex', german]]) {
  test(`an API key from its making to its end: ${words.code}`, { timeout: 180_000 }, async () => {
    const { url, admin } = demo.tenant(slug);
    const at = (path) => new URL(path, url).href;
    const visitor = await visit(browser, { locale: words.locale });
    const { page } = visitor;
    const found = [];
    const look = async (name) => { found.push(...await audit(page, name)); };
    const send = () => page.locator('main form button[type=submit]').last().click();
    await page.goto(url);
    await signIn(page, words, admin);
    await page.getByRole('link', { name: words.administration }).click();
    await page.getByRole('link', { name: words.t('nav-api-keys'), exact: true }).click();
    await page.getByRole('heading', { level: 1, name: words.t('nav-api-keys') }).waitFor();
    await look('api-keys');
    await page.getByRole('link', { name: words.t('programs-make') }).click();
    await look('api-key-make');
    await send();
    await page.getByText(words.problems).waitFor();
    await look('api-key-refused');
    await page.locator('#name').fill('Shop');
    for (const scope of ['users:read', 'email-config:read']) await page.locator(`input[name="${scope}"]`).check();
    await send();
    await page.getByRole('heading', { level: 1, name: words.t('programs-made-title') }).waitFor();
    await look('api-key-told');
    const key = await page.locator('textarea').inputValue();
    assert.match(key, /^posthorn_[A-Za-z0-9_-]{43}$/);

    await page.goto(at('/api/docs'));
    await page.locator('.opblock').first().waitFor();
    const { paths } = await (await page.request.get(`${demo.base_url.replace('localhost', '127.0.0.1')}/api/openapi.json`, {
      headers: { host: new URL(url).host },
    })).json();
    const calls = Object.values(paths).flatMap((item) => Object.keys(item));
    assert.equal(await page.locator('.opblock').count(), calls.length, 'every call is shown');
    await page.getByRole('button', { name: 'Authorize' }).click();
    await page.locator('.modal-ux input').fill(key);
    await page.locator('.modal-ux').getByRole('button', { name: 'Apply credentials' }).click();
    await page.locator('.modal-ux').getByRole('button', { name: 'Close' }).click();
    assert.equal(await execute(page, 'getEmailConfig'), 200);
    assert.equal(await execute(page, 'deleteEmailConfig'), 403, 'the key lacks the scope');

    await page.goto(at(KEYS));
    const row = page.locator('tbody tr', { hasText: key.slice(0, 15) });
    assert.ok(!(await row.innerText()).includes(words.t('programs-never-used')), 'its use is seen');
    await look('api-keys-used');
    await row.getByRole('link', { name: words.t('programs-revoke') }).click();
    await look('api-key-revoke');
    await send();
    await row.getByText(words.t('programs-status-revoked')).waitFor();
    await look('api-key-revoked');
    await page.goto(at('/api/docs'));
    await page.getByRole('button', { name: 'Authorize' }).click();
    await page.locator('.modal-ux input').fill(key);
    await page.locator('.modal-ux').getByRole('button', { name: 'Apply credentials' }).click();
    await page.locator('.modal-ux').getByRole('button', { name: 'Close' }).click();
    assert.equal(await execute(page, 'getEmailConfig'), 401, 'it counts no more');
    await page.goto(at('/administration/audit-log'));
    for (const event of ['created', 'used', 'revoked']) {
      await page.locator('tbody tr', { hasText: words.t(`audit-log-key-${event}`) }).first().waitFor();
    }

    await page.goto(at(`${KEYS}/recipients`));
    await look('api-key-recipients');
    await page.locator('textarea').fill('no domain\npartner.example');
    await send();
    await page.getByText(words.problems).waitFor();
    await look('api-key-recipients-refused');
    await page.locator('textarea').fill('partner.example');
    await send();
    await page.getByRole('status').waitFor();
    assert.equal((await page.locator('textarea').inputValue()).trim(), 'partner.example');
    assert.deepEqual(found, []);
    // what the viewer was meant to be refused
    const isMeant = (complaint) => /^40[13] from .*\/api\/v1\/transports\/email-config/.test(complaint);
    await leave({ ...visitor, complaints: visitor.complaints.filter((complaint) => !isMeant(complaint)) });
  });
}
