/** What the catalogue says of a field, by the names that stand in an op. */
import { expect, test } from 'vitest';
import { fieldSpec, findSpec, label } from '../src/domain/labels.ts';

test('each of the counts of a field is a number, in the words of the field and of what it counts', () => {
  expect(fieldSpec('encounter.anon_man')).toMatchObject({ form: 'count', most: 200, plain: true });
  expect(label('encounter', 'anon_man', 'fr')).toBe('Sans nom (Homme)');
  expect(label('encounter', 'anon_age_25_34', 'en')).toBe('Without a name, by age (25 to 34)');
  expect(findSpec('encounter', 'anon_age_1000')).toBeNull();
  expect(findSpec('encounter', 'anonman')).toBeNull();
});

test('a zone has an outline of so many points at most', () => {
  expect(fieldSpec('zone.area')).toMatchObject({ form: 'area', most: 2_000 });
});
