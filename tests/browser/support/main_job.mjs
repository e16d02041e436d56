// The main job, as a person does it: from the base host to the mail that was read, and back to None.

import assert from 'node:assert/strict';

import { fillInSmtp, signIn } from './browser.mjs';

const text = (page) => page.locator('body').innerText();

export async function mainJob(page, words, demo, slug) {
  const { admin } = demo.tenant(slug);

  await page.goto(demo.base_url);
  await page.getByLabel(words.findName).fill(slug);
  await page.getByRole('button', { name: words.continue }).click();
  assert.equal(new URL(page.url()).host, new URL(demo.tenant(slug).url).host);
  await signIn(page, words, admin);
  await page.getByRole('heading', { level: 1, name: words.greeting }).waitFor();
  assert.equal(await page.locator('html').getAttribute('lang'), words.code);

  await page.getByRole('link', { name: words.administration }).click();
  await page.getByRole('heading', { level: 1, name: words.settings }).waitFor();
  await page.getByText(words.notSetUp).first().waitFor();
  await page.getByRole('link', { name: /^SMTP/ }).click();
  await fillInSmtp(page, words, demo.smtp);
  await page.getByRole('button', { name: words.save, exact: true }).click();
  await page.getByRole('status').filter({ hasText: words.saved }).waitFor();
  await page.getByText(words.untested).first().waitFor();
  assert.equal((await page.content()).includes(demo.smtp.password), false);

  await page.getByRole('link', { name: words.sendTest }).click();
  const recipient = page.getByRole('textbox', { name: words.recipient });
  assert.equal(await recipient.inputValue(), admin.email);
  await page.getByRole('button', { name: words.send, exact: true }).click();
  const sentence = page.getByRole('status').getByRole('heading', { name: words.accepted });
  await sentence.waitFor();
  assert.doesNotMatch(await text(page), words.neverSaid);
  await page.getByRole('heading', { name: words.ifNothingArrives }).waitFor();
  await page.locator('summary', { hasText: words.details }).click();
  const conversation = await page.locator('details pre').innerText();
  assert.match(conversation, /STARTTLS/);
  assert.equal(conversation.includes(demo.smtp.password), false);
  assert.equal(conversation.includes(Buffer.from(demo.smtp.password).toString('base64')), false);

  await readTheMail(page, words, demo);

  await page.goto(new URL('/administration/settings', demo.tenant(slug).url).href);
  await page.getByText(words.acceptedState).first().waitFor();
  await page.getByText(words.willBeReplaced).waitFor();
  await page.getByRole('link', { name: words.none }).click();
  await page.getByRole('heading', { level: 1, name: words.removeTitle }).waitFor();
  await page.getByRole('button', { name: words.remove }).click();
  await page.getByRole('status').filter({ hasText: words.removed }).waitFor();
  await page.getByText(words.notSetUp).first().waitFor();
}

async function readTheMail(page, words, demo) {
  await page.goto(demo.catcher_url);
  await page.getByRole('link', { name: words.subject, exact: true }).first().click();
  await page.getByRole('heading', { level: 1, name: words.subject, exact: true }).waitFor();
  const [greeting, what] = (await page.locator('pre').innerText()).trim().split('\n\n');
  assert.equal(greeting, words.itWorks);
  assert.match(what, words.mailSays);

  await page.getByRole('link', { name: 'HTML', exact: true }).click();
  const frame = page.locator('iframe');
  assert.equal(await frame.getAttribute('sandbox'), '');
  await frame.contentFrame().getByText(words.itWorks).waitFor();
  await frame.contentFrame().getByText(words.mailSays).waitFor();
  const source = new URL(await frame.getAttribute('src'), page.url()).href;
  const answer = await page.request.get(source);
  assert.match(answer.headers()['content-security-policy'], /^sandbox; default-src 'none'/);
}
