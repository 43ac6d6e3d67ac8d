/**
 * The sealed envelope of a payload: padded to PADME sizes, AES-256-GCM, bound to its header.
 *
 * ```
 * sealed   = nonce(12) || AES-256-GCM(K, nonce, pad(payload), aad = "esc1/aad\0" || header)
 * pad      : append 0x80, then zeros to 256 if len + 1 <= 256, else to PADME(len + 1)
 * PADME(L) : e = floor(log2 L), s = floor(log2 e) + 1, m = 2^max(e - s, 0) - 1; (L + m) & ~m
 * ```
 */
import { ascii, type Bytes, hash, join } from './bytes.ts';
import { type HeaderBytes, NONCE_BYTES, type PayloadBytes, type Sealed } from './ids.ts';
import { hkdf } from './keys.ts';
import { PAYLOAD_BYTES_MAX, SEALED_BYTES_MAX } from './limits.ts';
import { type OpKey } from './secret.ts';

export const PADDED_BYTES_MIN = 256;
export const TAG_BYTES = 16;
const AAD = ascii('esc1/aad\0');
const AGAIN = ascii('esc1/again\0');
const END = 0x80;

/** The sealed bytes do not open under this key and header, or open to something that is no payload. */
export class DoesNotOpen extends Error {
  override readonly name = 'DoesNotOpen';
}

/** Returns the PADME size for a length >= 2: at most 12 % more, leaking O(log log length) bits. */
export function padme(length: number): number {
  const exponent = bitLength(length) - 1;
  const mask = 2 ** Math.max(exponent - bitLength(exponent), 0) - 1;
  return (length + mask) & ~mask;
}

function bitLength(number: number): number {
  return 32 - Math.clz32(number);
}

/** Returns the size in bytes to which a payload of `length` bytes is padded. */
export function paddedSize(length: number): number {
  return length < PADDED_BYTES_MIN ? PADDED_BYTES_MIN : padme(length + 1);
}

/** Returns the payload with its end mark and zeros up to its padded size. */
export function pad(payload: Uint8Array): Bytes {
  const padded = new Uint8Array(paddedSize(payload.length));
  padded.set(payload);
  padded[payload.length] = END;
  return padded;
}

/** Returns the payload. Throws DoesNotOpen for any length or ending that `pad` does not write. */
export function unpad(padded: Uint8Array): Bytes {
  let length = padded.length - 1;
  while (length >= 0 && padded[length] === 0) length -= 1;
  if (padded[length] !== END || paddedSize(length) !== padded.length) {
    throw new DoesNotOpen('The padding is not the one this length asks for.');
  }
  return new Uint8Array(padded.subarray(0, length));
}

/**
 * Returns the nonce of an op that is sealed again: the same for the same content, another one for any other.
 *
 * It is a keyed hash, so that nobody without the key can try out what the content may be.
 */
export async function nonceAgain(
  key: OpKey,
  payload: PayloadBytes,
  header: HeaderBytes,
): Promise<Bytes> {
  const content = hash(hash(header), hash(payload));
  return (await hkdf(key, content, AGAIN)).slice(0, NONCE_BYTES);
}

/** Seals a payload under its header. The nonce is 12 random bytes, never used twice with a key, or `nonceAgain`. */
export async function sealPayload(
  key: OpKey,
  nonce: Bytes,
  payload: PayloadBytes,
  header: HeaderBytes,
): Promise<Sealed> {
  if (nonce.length !== NONCE_BYTES || payload.length > PAYLOAD_BYTES_MAX) {
    throw new RangeError('A nonce has 12 bytes and a payload at most 63,487.');
  }
  const cipher = await crypto.subtle.encrypt(bound(nonce, header), await aesKey(key), pad(payload));
  return join(nonce, new Uint8Array(cipher)) as Sealed;
}

/** Returns the payload's bytes. Throws DoesNotOpen for another key, another header or any changed byte. */
export async function openPayload(
  key: OpKey,
  sealed: Sealed,
  header: HeaderBytes,
): Promise<PayloadBytes> {
  const least = NONCE_BYTES + PADDED_BYTES_MIN + TAG_BYTES;
  if (sealed.length < least || sealed.length > SEALED_BYTES_MAX) {
    throw new DoesNotOpen('No payload is sealed to this size.');
  }
  const aes = await aesKey(key);
  const algorithm = bound(sealed.subarray(0, NONCE_BYTES), header);
  try {
    const padded = await crypto.subtle.decrypt(algorithm, aes, sealed.subarray(NONCE_BYTES));
    return unpad(new Uint8Array(padded)) as PayloadBytes;
  } catch (error) {
    if (error instanceof DoesNotOpen || (error as Error).name !== 'OperationError') throw error;
    throw new DoesNotOpen('The key or the header is another one, or a byte was changed.');
  }
}

function bound(nonce: Bytes, header: HeaderBytes): AesGcmParams {
  return { name: 'AES-GCM', iv: nonce, additionalData: join(AAD, header) };
}

/** Imported once for each key: an entity's ops share one, and importing costs as much as opening. */
const aesKeys = new WeakMap<OpKey, Promise<CryptoKey>>();

function aesKey(key: OpKey): Promise<CryptoKey> {
  const known = aesKeys.get(key);
  if (known) return known;
  const uses: KeyUsage[] = ['encrypt', 'decrypt'];
  const imported = crypto.subtle.importKey('raw', key.reveal(), 'AES-GCM', false, uses);
  aesKeys.set(key, imported);
  return imported;
}
