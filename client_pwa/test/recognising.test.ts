/** Who somebody without a name was: as whom they may have been counted, and what is asked. */
import { expect, test } from 'vitest';
import { translate, type Language } from '../src/i18n/translate.ts';
import type { Display } from '../src/ui/display.svelte.ts';
import { areAlike, countedWords, presumed, recognised } from '../src/ui/recognising.ts';
import { standing } from './fake/seed.ts';

const TWO_MEN = { row: 'e1', anonymous: { man: 2 }, ages: {} } as const;
const MIXED = { row: 'e2', anonymous: { man: 2, woman: 1 }, ages: {} } as const;
const ONE_AGED = { row: 'e3', anonymous: { man: 2 }, ages: { '25_34': 1 } } as const;
const ALL_AGED = { row: 'e4', anonymous: { man: 2 }, ages: { '25_34': 1, '35_44': 1 } } as const;
const SAME_AGE = { row: 'e5', anonymous: { woman: 1 }, ages: { '25_34': 1 } } as const;

function wordsIn(language: Language): Pick<Display, 't'> {
  return { t: (key, ...values) => translate(language, key, ...values) };
}

const known = {
  gender: standing('woman', 'Awa', 0, 'seen'),
  age_band: standing('35_44', 'Awa', 0, 'seen'),
};

test('nothing is asked of those who were all counted alike', () => {
  expect([TWO_MEN, SAME_AGE].map(areAlike)).toEqual([true, true]);
  expect([MIXED, ONE_AGED, ALL_AGED].map(areAlike)).toEqual([false, false, false]);
});

test('who was counted alike with the others is recognised as one of them', () => {
  expect(recognised(TWO_MEN, presumed(TWO_MEN, {}))).toEqual({
    encounter: 'e1',
    gender: 'man',
    age: null,
  });
  expect(recognised(SAME_AGE, presumed(SAME_AGE, {}))).toEqual({
    encounter: 'e5',
    gender: 'woman',
    age: '25_34',
  });
});

test('what is known of a person is presumed where somebody was counted so, and nowhere else', () => {
  expect(presumed(MIXED, known)).toEqual({ gender: 'woman', age: null });
  expect(presumed(MIXED, {})).toEqual({ gender: null, age: null });
  expect(presumed(ALL_AGED, known)).toEqual({ gender: 'man', age: '35_44' });
  expect(presumed(ONE_AGED, known)).toEqual({ gender: 'man', age: null });
});

test('nobody is recognised without the gender, nor without the age where everybody’s was counted', () => {
  expect(recognised(MIXED, { gender: null, age: null })).toBeNull();
  expect(recognised(ALL_AGED, { gender: 'man', age: null })).toBeNull();
  expect(recognised(ONE_AGED, { gender: 'man', age: null })?.age).toBeNull();
  expect(recognised(ALL_AGED, { gender: 'man', age: '25_34' })?.age).toBe('25_34');
});

test('those without a name are told by what was counted of them, and none of nobody', () => {
  const anonymous = { man: 2, woman: 1, trans_man: 0, non_binary: 2 };
  expect(countedWords({ anonymous }, wordsIn('fr'))).toBe(
    '2 hommes, 1 femme, 2 personnes non binaires',
  );
  expect(countedWords({ anonymous }, wordsIn('en'))).toBe('2 men, 1 woman, 2 non-binary people');
});
