/** Who may have been written down twice, by their names. */
import { expect, test } from 'vitest';
import { alike } from '../src/search/alike.ts';
import { normalise } from '../src/search/people.ts';
import { soundOf } from '../src/search/sound.ts';

const found = (...people: readonly (readonly string[])[]): string[] =>
  alike(people, (names) => names, 100).map(
    ({ items: [a, b], like }) => `${a[0] ?? ''} ${like} ${b[0] ?? ''}`,
  );

test.each([
  ['Sofiane', 'Sophian'],
  ['Mehdi', 'Médi'],
  ['Karim', 'Carime'],
  ['Fatou', 'Fatoo'],
  ['Youssef', 'Yousef'],
  ['Jamel', 'Djamel'],
  ['Momo', 'Maumau'],
])('%s and %s sound the same', (one, other) => {
  expect(soundOf(normalise(one))).toBe(soundOf(normalise(other)));
});

test.each([
  ['Momo', 'Mimi'],
  ['Fatou', 'Fatima'],
  ['Chaka', 'Saka'],
])('%s and %s do not', (one, other) => {
  expect(soundOf(normalise(one))).not.toBe(soundOf(normalise(other)));
});

test('pairs are found by any alias, each once, the surest first', () => {
  const people = [
    ['Nadia', 'La Grande'],
    ['Sofiane'],
    ['Grande', 'Nadya'],
    ['Sophian'],
    ['Bachir'],
  ];
  expect(found(...people)).toEqual(['Nadia written Grande', 'Sofiane sound Sophian']);
});

test('one slip of the finger is found in a long name and not in a short one', () => {
  expect(found(['Mohamed'], ['Mohanmed'])).toEqual(['Mohamed slip Mohanmed']);
  expect(found(['Hirondelle'], ['Hirnodelle'])).toEqual(['Hirondelle slip Hirnodelle']);
  expect(found(['Dédé'], ['Dodo'], ['Rosa'], ['Rosi'])).toEqual([]);
  expect(found(['Mohamed'], ['Mohamed de la Rotonde'])).toEqual([]);
});

test('nobody is like themself, nor like somebody without a name', () => {
  expect(found(['Momo', 'Maumau'], [], [''], ['?'])).toEqual([]);
  expect(found(['Le'], ['La'])).toEqual([]);
});

test('no more are given than asked for', () => {
  const many = Array.from({ length: 2000 }, () => ['Momo']);
  expect(alike(many, (names) => names, 7)).toHaveLength(7);
});
