import { expect, test } from 'vitest';
import { spansOf } from '../src/ui/spans.ts';
import type { Candidate } from '../src/worker/protocol.ts';

const at = (time: number): Candidate => ({
  value: 'street',
  author: 'Awa',
  at: time,
  mark: 'seen',
});

test('each value takes the share of the time in which it stood, the first one first', () => {
  expect(spansOf([at(900), at(400), at(0)], 1000)).toEqual([
    { share: 0.4, isNow: false },
    { share: 0.5, isNow: false },
    { share: 0.1, isNow: true },
  ]);
});

test('the shares make up the whole time, in whatever order the values come', () => {
  const shares = spansOf([at(10), at(700), at(300)], 1000).map(({ share }) => share);
  expect(shares.reduce((sum, one) => sum + one, 0)).toBeCloseTo(1);
  expect(shares.every((share) => share > 0)).toBe(true);
});

test('a value that was said by a clock ahead of ours takes no time away', () => {
  expect(spansOf([at(2000), at(0)], 1000).map(({ share }) => share)).toEqual([2, 0]);
});

test('of nothing there is nothing to show', () => {
  expect(spansOf([], 1000)).toEqual([]);
});
