import { expect, test } from 'vitest';
import { find, isNear, normalise } from '../src/search/people.ts';

const PEOPLE = ['Momo', 'Nadia la Bretonne', 'Dédé Béret', 'Le Marin', 'Petit Paul', 'Éric'];
const search = (query: string): string[] => find(PEOPLE, normalise, query);

test('accents, case and the order of words do not matter', () => {
  expect(search('eric')).toEqual(['Éric']);
  expect(search('BRETONNE nadia')).toEqual(['Nadia la Bretonne']);
  expect(search('dede')).toEqual(['Dédé Béret']);
});

test('the beginning of a word comes before its middle', () => {
  expect(search('ma')).toEqual(['Le Marin']);
  expect(search('p')[0]).toBe('Petit Paul');
});

test.each([
  ['mmomo', 'one letter more'],
  ['mrin', 'one letter less'],
  ['nadja', 'another letter'],
  ['mrain', 'two letters exchanged'],
])('%s is forgiven: %s', (query) => {
  expect(search(query)).toHaveLength(1);
});

test('two slips are not forgiven, and nothing is found for a stranger', () => {
  expect(isNear('nbdjb', 'nadia')).toBe(false);
  expect(search('Zoé')).toEqual([]);
});

test('an empty query shows everybody', () => {
  expect(search('  ')).toEqual(PEOPLE);
});
