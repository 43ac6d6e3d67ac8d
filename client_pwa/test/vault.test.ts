import { expect, test } from 'vitest';
import { ascii } from '../src/engine/bytes.ts';
import {
  afterWrongCode,
  newBrowserKeys,
  open,
  openVault,
  seal,
  sealVault,
} from '../src/vault/vault.ts';

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
