// One-time passwords (RFC 6238), as an app on a telephone makes them.

import { createHmac } from 'node:crypto';

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

function decode(base32) {
  let bits = '';
  for (const character of base32) bits += alphabet.indexOf(character).toString(2).padStart(5, '0');
  return Buffer.from(bits.match(/.{8}/g).map((byte) => Number.parseInt(byte, 2)));
}

export function code(secret, step) {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(step));
  const mac = createHmac('sha1', decode(secret)).update(counter).digest();
  const offset = mac.at(-1) & 0xf;
  return String((mac.readUInt32BE(offset) & 0x7fffffff) % 1_000_000).padStart(6, '0');
}

const used = new Map();

/** A code that was not used yet: each counts once. One of the next half minute is accepted, too. */
export async function freshCode(secret) {
  for (;;) {
    const now = Math.floor(Date.now() / 30_000);
    const step = Math.max(now, (used.get(secret) ?? 0) + 1);
    if (step <= now + 1) {
      used.set(secret, step);
      return code(secret, step);
    }
    await new Promise((resolve) => { setTimeout(resolve, 1000); });
  }
}
