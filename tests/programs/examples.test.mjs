// Every example of docs/api.md, in its order, as a person would paste it into a shell.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';

import { Demo } from '../browser/support/demo.mjs';

const DOCUMENT = path.resolve(import.meta.dirname, '../../docs/api.md');

let demo;
let folder;
before(async () => {
  [demo, folder] = await Promise.all([Demo.start(), mkdtemp(path.join(tmpdir(), 'posthorn-examples-'))]);
});
after(async () => {
  await demo?.stop();
  if (folder) await rm(folder, { recursive: true, force: true });
});

/** The blocks of a kind, each with the block that follows it directly. */
function examples(text) {
  const blocks = [...text.matchAll(/^```(\S+)\n([\s\S]*?)^```\n/gm)];
  return blocks.flatMap((block, number) => {
    if (block[1] !== 'sh') return [];
    const next = blocks[number + 1];
    const follows = next?.[1] === 'json' && next.index === block.index + block[0].length;
    return [{ command: block[2], answer: follows ? JSON.parse(next[2]) : undefined }];
  });
}

/** Whether the answer has all that the document shows, each of the same kind. */
function assertShows(shown, answer, where = '') {
  if (Array.isArray(shown)) {
    assert.ok(Array.isArray(answer) && answer.length >= shown.length, `${where} is a list`);
    shown.forEach((one, number) => assertShows(one, answer[number], `${where}/${number}`));
  } else if (shown !== null && typeof shown === 'object') {
    assert.equal(typeof answer, 'object', where);
    for (const [name, value] of Object.entries(shown)) {
      assert.ok(name in answer, `${where}/${name} is missing in ${JSON.stringify(answer)}`);
      assertShows(value, answer[name], `${where}/${name}`);
    }
  } else {
    assert.equal(typeof answer, typeof shown, `${where}: ${JSON.stringify(answer)}`);
    if (typeof shown === 'boolean') assert.equal(answer, shown, where);
  }
}

test('every example of the documentation works as it stands there', { timeout: 120_000 }, async () => {
  const found = examples(await readFile(DOCUMENT, 'utf8'));
  const { url, api_key: apiKey } = demo.tenant('acme');
  const environment = {
    PATH: process.env.PATH, LANG: 'C.UTF-8',
    PORTAL: new URL(url).origin, API_KEY: apiKey,
    SMTP_PORT: String(demo.smtp.server_port), SMTP_PASSWORD: demo.smtp.password,
  };
  let run = 0;
  for (const { command, answer } of found) {
    // the first one only says where and with which key
    if (command.startsWith('export ')) continue;
    const { status, stdout, stderr } =
      spawnSync('bash', ['--norc', '-euo', 'pipefail', '-c', command], { cwd: folder, encoding: 'utf8', env: environment });
    assert.equal(status, 0, `${command}\n${stdout}\n${stderr}`);
    if (answer !== undefined) assertShows(answer, JSON.parse(stdout));
    run += 1;
  }
  assert.ok(run >= 10, `${run} examples were run`);
});
