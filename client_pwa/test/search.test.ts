import { expect, test } from 'vitest';
import { find, heard, isNear } from '../src/search/people.ts';

const PEOPLE = ['Momo', 'Nadia la Bretonne', 'Dédé Béret', 'Le Marin', 'Petit Paul', 'Éric'];
const all = (query: string) => find(PEOPLE, heard, query);
const search = (query: string): string[] => all(query).found;

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
  expect(all(query)).toMatchObject({ found: [], alike: [{}] });
});

test.each([
  ['Filip', 'Philippe'],
  ['mèdi', 'Mehdi'],
  ['djamel', 'Jamel'],
  ['carime ali', 'Karim Ben Ali'],
  ['sofia', 'Sophiane'],
  ['momo', 'Maumau'],
])('%s finds %s, who sounds the same, as somebody only like it', (query, name) => {
  const people = [name, 'Fatou', 'Ernest'];
  expect(find(people, heard, query)).toEqual({ found: [], alike: [name] });
});

test('whoever is called so comes before whoever only sounds so, and is not told twice', () => {
  expect(find(['Maumau', 'Momo'], heard, 'momo')).toEqual({ found: ['Momo'], alike: ['Maumau'] });
});

test('what is as short as two letters sounds like too many names', () => {
  expect(all('fi').alike).toEqual([]);
  expect(find(['Sophie', 'Zohé'], heard, 'Zoé')).toEqual({ found: [], alike: ['Zohé'] });
});

test('two slips are not forgiven, and nothing is found for a stranger', () => {
  expect(isNear('nbdjb', 'nadia')).toBe(false);
  expect(all('Zoé')).toEqual({ found: [], alike: [] });
});

test('an empty query shows everybody', () => {
  expect(search('  ')).toEqual(PEOPLE);
});
