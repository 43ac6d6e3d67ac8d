import { argon2id } from 'hash-wasm';
import { expect, test, vi } from 'vitest';
import { ascii, join } from '../src/engine/bytes.ts';
import {
  afterWrongCode,
  newBrowserKeys,
  open,
  openVault,
  seal,
  sealVault,
  type SealedVault,
} from '../src/vault/vault.ts';

vi.unmock('hash-wasm');

const random = (length: number): Uint8Array<ArrayBuffer> =>
  crypto.getRandomValues(new Uint8Array(length));
const CONTENTS = ascii('seeds and a key of the store');

test('a vault opens with its code in its browser', async () => {
  const { vault } = await newBrowserKeys();
  const sealed = await sealVault(CONTENTS, '251425', vault, random);
  expect(await openVault(sealed, '251425', vault)).toEqual(CONTENTS);
});

test('another code, and the right code in another browser, open nothing', async () => {
  const [mine, another] = [await newBrowserKeys(), await newBrowserKeys()];
  const sealed = await sealVault(CONTENTS, '251425', mine.vault, random);
  expect(await openVault(sealed, '251426', mine.vault)).toBeNull();
  expect(await openVault(sealed, '251425', another.vault)).toBeNull();
});

test('the browser keys cannot be read out', async () => {
  const { vault, label } = await newBrowserKeys();
  await expect(crypto.subtle.exportKey('raw', vault)).rejects.toThrow();
  await expect(crypto.subtle.exportKey('raw', label)).rejects.toThrow();
});

test('after three wrong codes each wait is twice as long as the one before, up to five minutes', () => {
  let vault = { salt: random(16), sealed: random(40), failures: 0, retryAt: null as number | null };
  const waits = Array.from({ length: 8 }, () => {
    vault = afterWrongCode(vault, 1_000);
    return vault.retryAt === null ? 0 : vault.retryAt - 1_000;
  });
  expect(waits).toEqual([0, 0, 30_000, 60_000, 120_000, 240_000, 300_000, 300_000]);
});

test('a record stands only under its own name, and a changed byte opens nothing', async () => {
  const { label } = await newBrowserKeys();
  const sealed = await seal(label, CONTENTS, random, 'tail');
  expect(await open(label, sealed, 'tail')).toEqual(CONTENTS);
  expect(await open(label, sealed, 'draft')).toBeNull();
  const changed = sealed.map((byte, at) => (at === 20 ? byte ^ 1 : byte));
  expect(await open(label, changed, 'tail')).toBeNull();
});

const FLOOR = { parallelism: 1, iterations: 2, memorySize: 19 * 1024, hashLength: 32 };

/** A vault as an app that is not ours would seal it: the same steps, the code hashed with other parameters. */
async function sealedUnder(
  parameters: typeof FLOOR,
  browserKey: CryptoKey,
): Promise<SealedVault & typeof FLOOR> {
  const salt = random(16);
  const hashed = await argon2id({ ...parameters, password: '251425', salt, outputType: 'binary' });
  const own = new Uint8Array(await crypto.subtle.sign('HMAC', browserKey, salt));
  const material = await crypto.subtle.importKey('raw', join(hashed, own), 'HKDF', false, [
    'deriveKey',
  ]);
  const key = await crypto.subtle.deriveKey(
    { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(32), info: ascii('esc1/vault\0') },
    material,
    { name: 'AES-GCM', length: 256 },
    false,
    ['encrypt'],
  );
  const sealed = await seal(key, CONTENTS, random);
  return { salt, sealed, failures: 0, retryAt: null, ...parameters };
}

test.each<[string, Partial<typeof FLOOR>, boolean]>([
  ['the parameters of this app', {}, true],
  ['less memory', { memorySize: 8 * 1024 }, false],
  ['one pass', { iterations: 1 }, false],
])(
  'no record lowers the cost of guessing a code, even if it says with what it was sealed: %s',
  async (_, weaker, opens) => {
    const { vault } = await newBrowserKeys();
    const record = await sealedUnder({ ...FLOOR, ...weaker }, vault);
    expect(await openVault(record, '251425', vault)).toEqual(opens ? CONTENTS : null);
  },
);
