/**
 * Bytes as the engine handles them: joined, hashed, compared and shown as hex.
 *
 * SHA-256 is synchronous here: an op takes four short hashes in a row, each of the one before, and
 * WebCrypto's answer to each comes a turn later.
 */
import { sha256 } from '@noble/hashes/sha2.js';

/** Bytes with a buffer of their own kind: WebCrypto takes no shared memory. */
export type Bytes = Uint8Array<ArrayBuffer>;

const PAIRS = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/** Returns the bytes of a label or another ASCII text. */
export function ascii(text: string): Bytes {
  return Uint8Array.from(text, (char) => char.charCodeAt(0));
}

export function join(...parts: readonly Uint8Array[]): Bytes {
  const joined = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

/** Returns the SHA-256 of the parts, joined. */
export function hash(...parts: readonly Uint8Array[]): Bytes {
  const [first = new Uint8Array(), ...more] = parts;
  return sha256(more.length === 0 ? first : join(first, ...more));
}

/** Returns the SHA-256 of the parts, joined: there may be more of them than a call may have arguments. */
export function hashAll(parts: Iterable<Uint8Array>): Bytes {
  const state = sha256.create();
  for (const part of parts) state.update(part);
  return state.digest();
}

export function u32(number: number): Bytes {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, number);
  return bytes;
}

export function u64(number: number): Bytes {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(number));
  return bytes;
}

/** Returns lowercase hex, the form in which bytes stand in URLs and JSON. */
export function toHex(bytes: Uint8Array): string {
  return native(bytes) ?? inPairs(bytes);
}

/** The browser's own conversion is many times faster; Chromium has it from 140 on, Node 24 not yet. */
function native(bytes: Uint8Array & { readonly toHex?: () => string }): string | undefined {
  return bytes.toHex?.();
}

function inPairs(bytes: Uint8Array): string {
  const pairs = new Array<string>(bytes.length);
  for (let at = 0; at < bytes.length; at += 1) pairs[at] = PAIRS[bytes[at] ?? 0] ?? '';
  return pairs.join('');
}

/** Returns the bytes of lowercase hex; anything else is a bug of the caller. */
export function fromHex(hex: string): Bytes {
  const bytes = new Uint8Array(hex.length / 2);
  for (let at = 0; at < bytes.length; at += 1) {
    bytes[at] = (nibble(hex.charCodeAt(2 * at)) << 4) | nibble(hex.charCodeAt(2 * at + 1));
  }
  return bytes;
}

function nibble(code: number): number {
  return code < 0x3a ? code - 0x30 : code - 0x57;
}

/** Orders byte strings as they stand: a prefix comes first. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const shared = Math.min(a.length, b.length);
  for (let at = 0; at < shared; at += 1) {
    const difference = (a[at] ?? 0) - (b[at] ?? 0);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && compareBytes(a, b) === 0;
}
