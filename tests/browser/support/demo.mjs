// Starts `posthorn demo` in a folder of its own and on free ports, as a newcomer would.

import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';

const root = path.resolve(import.meta.dirname, '../../..');
const binary = path.resolve(process.env.POSTHORN_BIN ?? path.join(root, 'target/debug/posthorn'));

/** The environment without what would configure Posthorn: a demo needs nothing. No DNS server is at port 9. */
function environment(more = {}) {
  const plain = Object.entries(process.env).filter(([name]) => !name.startsWith('POSTHORN_'));
  return { ...Object.fromEntries(plain), POSTHORN_LOG: 'warn', POSTHORN_DNS_SERVERS: '127.0.0.1:9', ...more };
}

/** A port on which nobody listens. */
export async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

export class Demo {
  static async start() {
    const data = await mkdtemp(path.join(tmpdir(), 'posthorn-demo-'));
    const port = await freePort();
    const process_ = spawn(
      binary,
      ['demo', '--listen', `127.0.0.1:${port}`, '--data', data, '--fresh', '--json'],
      { env: environment(), stdio: ['ignore', 'pipe', 'pipe'] },
    );
    const demo = new Demo();
    Object.assign(demo, { process: process_, data, log: '' });
    process_.stderr.on('data', (chunk) => { demo.log += chunk; });
    process_.on('error', (error) => { demo.log += `${binary}: ${error.message}\n`; });
    const lines = createInterface({ input: process_.stdout });
    for await (const line of lines) {
      Object.assign(demo, JSON.parse(line));
      break;
    }
    lines.close();
    process_.stdout.resume();
    if (!demo.tenants) throw new Error(`the demo did not start:\n${demo.log}`);
    return demo;
  }

  tenant(slug) {
    return this.tenants.find((tenant) => tenant.slug === slug);
  }

  /** Creates a person by the command line and returns the link to choose a password with. */
  invite(slug, email, name) {
    return this.link(['user', 'create', email, '--tenant', slug, '--name', name]);
  }

  /** Adds a member of the staff and returns the link to set up the account with. */
  staffLink(email) {
    return this.link(['staff', 'create', email, '--role', 'support', '--name', 'Nora Neumann']);
  }

  /** Runs the command line on the demo's database and returns the link that it prints. */
  link(command) {
    const { status, stdout, stderr } = spawnSync(
      binary,
      command,
      {
        encoding: 'utf8',
        env: environment({
          POSTHORN_DATABASE_URL: `sqlite:${path.join(this.data, 'posthorn.sqlite3')}`,
          POSTHORN_MASTER_KEY_FILE: path.join(this.data, 'master.key'),
          POSTHORN_BASE_URL: this.base_url,
        }),
      },
    );
    const link = /https?:\/\/\S+/.exec(stdout)?.[0];
    if (status !== 0 || !link) throw new Error(`posthorn ${command.join(' ')}: ${stdout}${stderr}`);
    return link;
  }

  async stop() {
    const ended = this.process.exitCode === null ? once(this.process, 'exit') : undefined;
    this.process.kill('SIGTERM');
    const impatience = setTimeout(() => this.process.kill('SIGKILL'), 12_000);
    await ended;
    clearTimeout(impatience);
    await rm(this.data, { recursive: true, force: true });
  }
}
