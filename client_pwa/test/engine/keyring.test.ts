/** Epoch keys: learnt from wraps and from newer keys, each checked against what its epoch committed to. */
import { expect, test } from 'vitest';
import type { Bytes } from '../../src/engine/bytes.ts';
import type { EpochBody } from '../../src/engine/control.ts';
import { Identity, Keyring } from '../../src/engine/keyring.ts';
import { commit, sealPrev, wrap } from '../../src/engine/keys.ts';
import { EntitySecret, EpochKey } from '../../src/engine/secret.ts';
import { AWA, entity, foldOp, member, SAMIR, SPACE } from './kit.ts';

const KEYS = new Map([1, 2, 3].map((n) => [n, new EpochKey(new Uint8Array(32).fill(n))]));
const COMMITS = new Map(Array.from(KEYS, ([n, key]) => [n, commit(SPACE, n, key)]));
const BROKEN = new Uint8Array(80);

function key(n: number): EpochKey {
  const found = KEYS.get(n);
  if (found === undefined) throw new RangeError('There are three keys.');
  return found;
}

function commitment(n: number) {
  return commit(SPACE, n, key(n));
}

/** Returns the wrap of an epoch's key for Awa, or of another key. */
function wrapped(n: number, other = key(n)): Promise<Bytes> {
  const epoch = { space: SPACE, n, commitment: commitment(n) };
  return wrap(other, AWA.box?.public ?? BROKEN, epoch, AWA.device);
}

/** Returns the body of an epoch op with one wrap, for Awa. */
async function epoch(n: number, wrapForAwa: Bytes, previous?: EpochKey): Promise<EpochBody> {
  const older = previous ?? KEYS.get(n - 1);
  const prev = older ? await sealPrev(key(n), older, new Uint8Array(12), SPACE, n) : null;
  return { kind: 'epoch', n, commit: commitment(n), prev, wraps: [[AWA.device, wrapForAwa]] };
}

function held(keyring: Keyring): number[] {
  const right = [...keyring.epochKeys].filter(([n, found]) => found.equals(key(n)));
  return right.map(([n]) => n).sort();
}

test('a wrap brings the key of its epoch, once, and the device writes under the newest it holds', async () => {
  const keyring = new Keyring(SPACE, AWA);
  expect(keyring.newest).toBe(0);
  expect(await keyring.learn(await epoch(1, await wrapped(1)), 1, COMMITS)).toBe(true);
  expect(await keyring.learn(await epoch(1, await wrapped(1)), 1, COMMITS)).toBe(false);
  expect([keyring.newest, held(keyring), keyring.failed.size]).toEqual([1, [1], 0]);
});

test('a new member learns every older key from the newest', async () => {
  const keyring = new Keyring(SPACE, AWA);
  for (const n of [1, 2, 3]) {
    const other = { ...(await epoch(n, BROKEN)), wraps: [[SAMIR.device, BROKEN]] } as const;
    expect(await keyring.learn(other, n, COMMITS)).toBe(false);
  }
  expect(await keyring.learn(member(AWA, { wrap: await wrapped(3) }), 3, COMMITS)).toBe(true);
  expect(held(keyring)).toEqual([1, 2, 3]);
});

test('a wrap of another key, or of none, is an alarm and a missing key', async () => {
  const keyring = new Keyring(SPACE, AWA);
  expect(await keyring.learn(await epoch(1, await wrapped(1, key(2))), 1, COMMITS)).toBe(false);
  expect(await keyring.learn(await epoch(2, BROKEN), 2, COMMITS)).toBe(false);
  expect([held(keyring), keyring.failed]).toEqual([[], new Set([1, 2])]);
});

test('a key that failed is still learnt from a newer one', async () => {
  const keyring = new Keyring(SPACE, AWA);
  await keyring.learn(await epoch(1, BROKEN), 1, COMMITS);
  expect(await keyring.learn(await epoch(2, await wrapped(2)), 2, COMMITS)).toBe(true);
  expect([held(keyring), keyring.failed.size]).toEqual([[1, 2], 0]);
});

test('a box with another previous key is an alarm, and the newer key is held all the same', async () => {
  const keyring = new Keyring(SPACE, AWA);
  expect(await keyring.learn(await epoch(2, await wrapped(2), key(3)), 2, COMMITS)).toBe(true);
  expect([held(keyring), keyring.failed]).toEqual([[2], new Set([1])]);
});

test('a wrap for another device, or a device without box key, brings nothing and is no alarm', async () => {
  for (const who of [new Identity(AWA.signing, null), SAMIR]) {
    const keyring = new Keyring(SPACE, who);
    expect(await keyring.learn(await epoch(1, await wrapped(1)), 1, COMMITS)).toBe(false);
    expect(keyring.failed.size).toBe(0);
  }
});

test("an op's key needs its epoch and its entity's secret, and changes with the secret", async () => {
  const keyring = new Keyring(SPACE, AWA);
  const { header } = foldOp(1, {});
  const of = { ...header, entity: entity(1) };
  expect(keyring.key(of)).toBeNull();
  await keyring.learn(await epoch(1, await wrapped(1)), 1, COMMITS);
  expect(keyring.key(of)).toBeNull();
  expect(keyring.key({ ...of, opClass: 0 })).not.toBeNull();
  keyring.hold(entity(1), new EntitySecret(BROKEN.slice(0, 32)));
  const before = await keyring.key(of);
  keyring.hold(entity(1), new EntitySecret(BROKEN.slice(0, 32)));
  expect(await keyring.key(of)).toBe(before);
  keyring.hold(entity(1), new EntitySecret(new Uint8Array(32).fill(1)));
  const after = await keyring.key(of);
  expect(before && after?.equals(before)).toBe(false);
});
