// Debian's Chromium, and a visitor whose every page is watched: nothing may appear on the console, and
// nothing may be asked of another host.

import assert from 'node:assert/strict';

import { chromium } from 'playwright-core';

export async function launch() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: [
      '--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
      '--disable-background-networking', '--disable-component-update', '--disable-sync',
    ],
  });
}

/** A visitor with a window and cookies of their own; `complaints` is what was wrong on the way. */
export async function visit(browser, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
  context.setDefaultTimeout(20_000);
  const page = await context.newPage();
  const complaints = [];
  page.on('console', (message) => {
    // Chromium reports the status of a refused page there, too; `response` below knows better
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource:')) {
      complaints.push(`console at ${page.url()}: ${message.text()}`);
    }
  });
  page.on('pageerror', (error) => complaints.push(`script at ${page.url()}: ${error.message}`));
  page.on('request', (request) => {
    const { protocol, hostname } = new URL(request.url());
    const ours = hostname === 'localhost' || hostname.endsWith('.localhost');
    if (protocol !== 'http:' || !ours) complaints.push(`a request to ${request.url()} from ${page.url()}`);
  });
  page.on('response', (response) => {
    if (response.status() >= 500) complaints.push(`${response.status()} from ${response.url()}`);
    if (response.status() >= 400 && !response.request().isNavigationRequest()) {
      complaints.push(`${response.status()} from ${response.url()}, which ${page.url()} needs`);
    }
  });
  page.on('requestfailed', (request) => {
    // Who walks on before a picture has come stops its loading; that is no fault of the page
    if (request.failure()?.errorText === 'net::ERR_ABORTED' && !request.isNavigationRequest()) return;
    complaints.push(`${request.url()}: ${request.failure()?.errorText}`);
  });
  return { context, page, complaints };
}

/** Ends a visit; fails if anything was wrong on the way. */
export async function leave({ context, complaints }) {
  await context.close();
  assert.deepEqual(complaints, []);
}

/** Signs in on the page that is open. */
export async function signIn(page, words, { email, password }) {
  await page.getByLabel(words.email, { exact: true }).fill(email);
  await page.getByLabel(words.password, { exact: true }).fill(password);
  await page.getByRole('button', { name: words.signIn, exact: true }).click();
}

/** Opens the page again and again until it holds that: what the engine does in the background takes a moment. */
export async function openUntil(page, address, locator) {
  for (let left = 100; left > 0; left -= 1) {
    await page.goto(address);
    if (await locator.count() > 0) return;
    await page.waitForTimeout(200);
  }
  assert.fail(`${address} never held ${locator}`);
}

/** Fills in the Microsoft 365 form with the values that the demo printed. */
export async function fillInMicrosoft365(page, words, microsoft365, changes = {}) {
  const values = { ...microsoft365, ...changes };
  await page.getByLabel(words.senderAddress, { exact: true }).fill(values.sender_address);
  await page.getByLabel(words.tenantId, { exact: true }).fill(values.tenant_id);
  await page.getByLabel(words.clientId, { exact: true }).fill(values.client_id);
  await page.getByLabel(words.clientSecret, { exact: true }).fill(values.client_secret);
  if (values.secret_expires_on) await page.getByLabel(words.lastDay).fill(values.secret_expires_on);
}

/** Fills in the SMTP form with the values that the demo printed. */
export async function fillInSmtp(page, words, smtp, changes = {}) {
  const values = { ...smtp, ...changes };
  const security = { starttls: 'StartTLS', tls: 'SSL/TLS', none: words.clear }[values.security];
  await page.getByLabel(words.serverAddress, { exact: true }).fill(values.server_address);
  await page.getByLabel(words.port, { exact: true }).fill(String(values.server_port));
  await page.getByRole('radio', { name: new RegExp(`^${security}`) }).check();
  await page.getByLabel(words.senderAddress, { exact: true }).fill(values.sender_address);
  await page.getByRole('textbox', { name: words.senderName }).fill(values.sender_name);
  await page.getByRole('checkbox', { name: words.sameAsSender }).setChecked(values.username_same_as_sender === 'on');
  await page.getByLabel(words.password, { exact: true }).fill(values.password);
}
