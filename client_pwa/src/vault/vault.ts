/**
 * A worker's keys on this browser, sealed under a code only they know and a key only this browser has.
 *
 * ```
 * vault key = HKDF(Argon2id(code, salt) || HMAC(browser key, salt), zero32, "esc1/vault\0")
 * ```
 * A short code alone never opens a copied profile: the browser key cannot be exported.
 */
import { argon2id } from 'hash-wasm';
import { ascii, type Bytes, join } from '../engine/bytes.ts';
import { SECRET_BYTES } from '../engine/secret.ts';

export const CODE_CHARS_MIN = 6;
export const SALT_BYTES = 16;
const NONCE_BYTES = 12;
const ARGON2 = { parallelism: 1, iterations: 2, memorySize: 19 * 1024, hashLength: SECRET_BYTES };
const FREE_ATTEMPTS = 3;
const WAIT_MS = 30_000;
const WAIT_MS_MAX = 5 * 60_000;

/** The sealed vault as it is kept; `failures` and `retryAt` outlive a restart. */
export type SealedVault = {
  readonly salt: Bytes;
  readonly sealed: Bytes;
  readonly failures: number;
  /** No attempt is taken before this instant. */
  readonly retryAt: number | null;
};

/** The two keys that never leave this browser: for the vault, and for what a locked tablet may show. */
export type BrowserKeys = { readonly vault: CryptoKey; readonly label: CryptoKey };

export async function newBrowserKeys(): Promise<BrowserKeys> {
  return {
    vault: await crypto.subtle.generateKey({ name: 'HMAC', hash: 'SHA-256' }, false, ['sign']),
    label: await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, [
      'encrypt',
      'decrypt',
    ]),
  };
}

/** Seals the contents under a code; `random` returns so many random bytes. */
export async function sealVault(
  contents: Bytes,
  code: string,
  browserKey: CryptoKey,
  random: (bytes: number) => Bytes,
): Promise<SealedVault> {
  const salt = random(SALT_BYTES);
  const key = await vaultKey(code, salt, browserKey);
  return { salt, sealed: await seal(key, contents, random), failures: 0, retryAt: null };
}

/** Returns the contents, or null for another code. */
export async function openVault(
  vault: SealedVault,
  code: string,
  browserKey: CryptoKey,
): Promise<Bytes | null> {
  return open(await vaultKey(code, vault.salt, browserKey), vault.sealed);
}

/** Returns the vault after a wrong code: three are free, then each wait is twice as long as the one before. */
export function afterWrongCode(vault: SealedVault, now_ms: number): SealedVault {
  const failures = vault.failures + 1;
  const over = failures - FREE_ATTEMPTS;
  const wait_ms = over < 0 ? 0 : Math.min(WAIT_MS * 2 ** over, WAIT_MS_MAX);
  return { ...vault, failures, retryAt: wait_ms === 0 ? null : now_ms + wait_ms };
}

async function vaultKey(code: string, salt: Bytes, browserKey: CryptoKey): Promise<CryptoKey> {
  const hashed = await argon2id({
    ...ARGON2,
    password: code.normalize('NFKC'),
    salt,
    outputType: 'binary',
  });
  const own = new Uint8Array(await crypto.subtle.sign('HMAC', browserKey, salt));
  const material = await crypto.subtle.importKey('raw', join(hashed, own), 'HKDF', false, [
    'deriveKey',
  ]);
  const zero32 = new Uint8Array(SECRET_BYTES);
  return crypto.subtle.deriveKey(
    { name: 'HKDF', hash: 'SHA-256', salt: zero32, info: ascii('esc1/vault\0') },
    material,
    { name: 'AES-GCM', length: 256 },
    false,
    ['encrypt', 'decrypt'],
  );
}

/** Returns nonce || AES-256-GCM of some bytes; `name` is bound to them, so that no record stands for another. */
export async function seal(
  key: CryptoKey,
  clear: Bytes,
  random: (bytes: number) => Bytes,
  name = '',
): Promise<Bytes> {
  const nonce = random(NONCE_BYTES);
  const cipher = await crypto.subtle.encrypt(bound(nonce, name), key, clear);
  return join(nonce, new Uint8Array(cipher));
}

/** Returns the bytes, or null if they were sealed under another key or name, or changed. */
export async function open(key: CryptoKey, sealed: Bytes, name = ''): Promise<Bytes | null> {
  try {
    const algorithm = bound(sealed.subarray(0, NONCE_BYTES), name);
    return new Uint8Array(
      await crypto.subtle.decrypt(algorithm, key, sealed.subarray(NONCE_BYTES)),
    );
  } catch (error) {
    if ((error as Error).name !== 'OperationError') throw error;
    return null;
  }
}

function bound(nonce: Bytes, name: string): AesGcmParams {
  return { name: 'AES-GCM', iv: nonce, additionalData: ascii(`esc1/store\0${name}`) };
}
