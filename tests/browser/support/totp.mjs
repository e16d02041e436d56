// One-time passwords (RFC 6238), as an app on a telephone makes them.

import { createHmac } from 'node:crypto';

const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
const halfMinute = 30_000;

function bytes(base32) {
  let bits = '';
  for (const letter of base32.replace(/\s/g, '')) bits += letters.indexOf(letter).toString(2).padStart(5, '0');
  return Buffer.from(bits.match(/.{8}/g).map((byte) => Number.parseInt(byte, 2)));
}

/** The code of that moment. */
export function code(secret, at = Date.now()) {
  const step = Buffer.alloc(8);
  step.writeBigUInt64BE(BigInt(Math.floor(at / halfMinute)));
  const digest = createHmac('sha1', bytes(secret)).update(step).digest();
  const start = digest.at(-1) & 15;
  return String((digest.readUInt32BE(start) & 0x7fff_ffff) % 1_000_000).padStart(6, '0');
}

/** The code of the next half minute: it counts already, also after the present one was used. */
export function nextCode(secret) {
  return code(secret, Date.now() + halfMinute);
}

const used = new Map();

/** A code that was not used yet: each counts once. One of the next half minute is accepted, too. */
export async function freshCode(secret) {
  for (;;) {
    const now = Math.floor(Date.now() / halfMinute);
    const step = Math.max(now, (used.get(secret) ?? 0) + 1);
    if (step <= now + 1) {
      used.set(secret, step);
      return code(secret, step * halfMinute);
    }
    await new Promise((resolve) => { setTimeout(resolve, 1000); });
  }
}
