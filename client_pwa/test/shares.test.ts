/** The papers of the recovery member: what a browser answers slip39 with, and that two papers are enough. */
import * as node from 'node:crypto';
import slip39 from 'slip39';
import { expect, test } from 'vitest';
import { RecoverySeed } from '../src/engine/secret.ts';
import * as browser from '../src/vault/node-crypto.ts';
import { faultOf, seedOf, sharesOf, wordList } from '../src/vault/shares.ts';

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

test('one share makes no seed, and any two make it', async () => {
  const [one = [], two = [], three = []] = shares;
  for (const pair of [
    [one, two],
    [two, three],
    [three, one],
  ]) {
    const seed = await seedOf(pair);
    expect(seed instanceof RecoverySeed && seed.equals(SEED)).toBe(true);
  }
  for (const alone of shares) expect(await seedOf([alone])).toEqual({ fault: 'other_set' });
});

test('every bad paper is told by what is wrong with it', async () => {
  const [one = [], two = []] = shares;
  const others = await sharesOf(new RecoverySeed(new Uint8Array(32).fill(9)));
  const another = one[5] === 'academic' ? 'acid' : 'academic';
  const faults = [
    [[one, two.with(32, 'momo')], { fault: 'unknown_word', paper: 1, word: 32 }],
    [[one.slice(1), two], { fault: 'unknown_word', paper: 0, word: 32 }],
    [[one.with(5, another), two], { fault: 'checksum', paper: 0 }],
    [[one, [...two, 'acid']], { fault: 'checksum', paper: 1 }],
    [[one, one], { fault: 'same_paper' }],
    [[one, others[1] ?? []], { fault: 'other_set' }],
  ] as const;
  for (const [papers, fault] of faults) expect(await seedOf(papers)).toEqual(fault);
  expect(await faultOf([one])).toBeNull();
});

test('four letters tell every word of the list from all others', async () => {
  const list = await wordList();
  expect(list).toHaveLength(1024);
  expect(new Set(list.map((word) => word.slice(0, 4))).size).toBe(1024);
});
