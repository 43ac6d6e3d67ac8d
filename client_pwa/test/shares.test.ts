/** The papers of the recovery member: what a browser answers slip39 with, and that two papers are enough. */
import * as node from 'node:crypto';
import slip39 from 'slip39';
import { expect, test } from 'vitest';
import { RecoverySeed } from '../src/engine/secret.ts';
import * as browser from '../src/vault/node-crypto.ts';
import { sharesOf } from '../src/vault/shares.ts';

const SEED = new RecoverySeed(Uint8Array.from({ length: 32 }, (_, at) => at * 7));
const shares = await sharesOf(SEED);

test('a browser answers as Node does', () => {
  const [key, data] = [node.randomBytes(28), node.randomBytes(32)];
  const derived = browser.pbkdf2Sync(key, data, 50, 16);
  expect(derived).toEqual(new Uint8Array(node.pbkdf2Sync(key, data, 50, 16, 'sha256')));
  const digest = browser.createHmac('sha256', key).update(data).digest();
  expect(digest).toEqual(new Uint8Array(node.createHmac('sha256', key).update(data).digest()));
  expect(browser.randomBytes(16)).toHaveLength(16);
  expect(browser.randomBytes(16)).not.toEqual(browser.randomBytes(16));
});

test('there are three shares of 33 words, no two alike, and none of another time', async () => {
  expect(shares.map((words) => words.length)).toEqual([33, 33, 33]);
  const again = await sharesOf(SEED);
  expect(new Set([...shares, ...again].map((words) => words.join(' '))).size).toBe(6);
});

test.each([
  [0, 1],
  [0, 2],
  [2, 1],
])('shares %i and %i make the seed', (a, b) => {
  const pair = [shares[a], shares[b]].map((words) => words?.join(' ') ?? '');
  expect(Uint8Array.from(slip39.recoverSecret(pair))).toEqual(SEED.reveal());
});

test('one share alone, or one with a word changed, makes nothing', () => {
  const [one = [], two = []] = shares;
  const other = one[5] === 'academic' ? 'acid' : 'academic';
  const changed = one.with(5, other).join(' ');
  expect(() => slip39.recoverSecret([one.join(' ')])).toThrow();
  expect(() => slip39.recoverSecret([changed, two.join(' ')])).toThrow();
});
