/** Thirty-three words on a small keyboard: four letters, a space, or the whole paper at once. */
import { expect, test } from 'vitest';
import { spread, wordMeant, wordsIn } from '../src/ui/paper-words.ts';
import { wordList } from '../src/vault/shares.ts';

const LIST = await wordList();
const EMPTY = Array.from({ length: 33 }, () => '');

test('four letters are enough, in any case and among spaces; every word is meant by its own four', () => {
  expect(['academic', 'ACAD', ' acade ', 'acid'].map((typed) => wordMeant(typed, LIST))).toEqual([
    'academic',
    'academic',
    'academic',
    'acid',
  ]);
  expect(LIST.map((word) => wordMeant(word.slice(0, 4), LIST))).toEqual(LIST);
});

test('three letters, another ending or another word mean nothing', () => {
  const typed = ['aca', 'acadamic', 'momo', '', '7'];
  expect(typed.map((one) => wordMeant(one, LIST))).toEqual(Array(5).fill(null));
});

test('a paper that is pasted is spread over the fields, without its numbers', () => {
  const printed = LIST.slice(0, 33).map((word, at) => `${String(at + 1)}. ${word}`);
  const { fields, next } = spread(EMPTY, 0, wordsIn(printed.join('\n')), LIST);
  expect([fields, next]).toEqual([LIST.slice(0, 33), 32]);
  expect(spread(EMPTY, 7, LIST.slice(0, 33), LIST).fields).toEqual(LIST.slice(0, 33));
});

test('a few words go where they are typed, what is not known stays as it was typed, and none falls off the end', () => {
  const { fields, next } = spread(EMPTY, 31, ['acad', 'momo', 'acid'], LIST);
  expect([fields.slice(30), next]).toEqual([['', 'academic', 'momo'], 32]);
});
