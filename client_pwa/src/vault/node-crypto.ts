/**
 * The three functions of Node's `crypto` that slip39 asks for, in a browser: its own random bytes, and
 * @noble/hashes, which the engine stands on too. `vite.config.ts` puts this file in the place of `crypto`.
 */
import { hmac } from '@noble/hashes/hmac.js';
import { pbkdf2 } from '@noble/hashes/pbkdf2.js';
import { sha256 } from '@noble/hashes/sha2.js';

type Hmac = { readonly update: (data: Uint8Array) => Hmac; readonly digest: () => Uint8Array };

export function randomBytes(length: number): Uint8Array {
  return crypto.getRandomValues(new Uint8Array(length));
}

export function createHmac(_hash: 'sha256', key: Uint8Array): Hmac {
  return hmac.create(sha256, key);
}

export function pbkdf2Sync(
  password: Uint8Array,
  salt: Uint8Array,
  c: number,
  dkLen: number,
): Uint8Array {
  return pbkdf2(sha256, password, salt, { c, dkLen });
}
