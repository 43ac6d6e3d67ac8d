import { expect, test } from 'vitest';
import { carriedLinkIn } from '../src/ui/routes.ts';

test('a join link and a set-up link are told apart, and any other address carries none', () => {
  expect(carriedLinkIn('#join=abc')).toEqual({ name: 'join.begin', link: 'abc' });
  expect(carriedLinkIn('#setup=abc')).toEqual({ name: 'found.begin', link: 'abc' });
  expect(['', '#', '#/people', '#/setup', 'setup=abc'].map(carriedLinkIn)).toEqual(
    Array(5).fill(null),
  );
});
