/** Cards: what is typed of one, and that what is printed on one can be read. */
import { expect, test } from 'vitest';
import {
  CARD_LETTERS,
  inGroups,
  scannedCode,
  squareText,
  type Typed,
  typedLetters,
} from '../src/ui/cards.ts';
import { PRINTED, qrReader, squaresOf } from '../src/ui/qr.ts';
import { painted } from './painted.ts';

const CODE = 'KWBDRMTANFEPL2G7';

/** Types a text sign by sign at the end, as a field that is grouped at every sign shows it. */
function typed(signs: string): Typed {
  return Array.from(signs).reduce<Typed>(
    ({ text }, sign) => inGroups({ text: text + sign, caret: text.length + 1 }, true),
    { text: '', caret: 0 },
  );
}

/** Takes out the sign before the caret. */
function erased({ text, caret }: Typed): Typed {
  const left = text.slice(0, caret - 1) + text.slice(caret);
  return inGroups({ text: left, caret: caret - 1 }, false);
}

test('case, spaces and hyphens make no difference to the letters of a card', () => {
  for (const text of ['kwbd rmta nfep l2g7', 'KWBD-RMTA-NFEP-L2G7', ` ${squareText(CODE)}\n`]) {
    expect(typedLetters(text), text).toBe(CODE);
  }
});

test('a sign that no card has is the letter it looks like, and nothing if it looks like none', () => {
  expect(typedLetters('k0o1-88é9!')).toBe('KOOIBB');
});

test('more than a card holds is left out', () => {
  expect(typedLetters(CODE + CODE)).toBe(CODE);
  expect(typedLetters(CODE)).toHaveLength(CARD_LETTERS);
});

test('letters stand four by four while they are typed, and the next one goes after the space', () => {
  expect(typed('kwb')).toEqual({ text: 'KWB', caret: 3 });
  expect(typed('kwbd')).toEqual({ text: 'KWBD ', caret: 5 });
  expect(typed('kwbd-rm')).toEqual({ text: 'KWBD RM', caret: 7 });
  expect(typed(CODE)).toEqual({ text: 'KWBD RMTA NFEP L2G7', caret: 19 });
});

test('a reader that types what it scans types the letters alone', () => {
  expect(typed(squareText(CODE)).text).toBe('KWBD RMTA NFEP L2G7');
});

test('letters are taken out one by one, across a space too', () => {
  let field = typed('kwbdr');
  const shown = Array.from({ length: 5 }, () => (field = erased(field)).text);
  expect(shown).toEqual(['KWBD', 'KWB', 'KW', 'K', '']);
});

test('a letter that was forgotten goes where the caret is, and the caret stays after it', () => {
  expect(inGroups({ text: 'KWXBD RM', caret: 3 }, true)).toEqual({ text: 'KWXB DRM', caret: 3 });
  expect(inGroups({ text: 'KWBDX RM', caret: 5 }, true)).toEqual({ text: 'KWBD XRM', caret: 6 });
});

test('a card is read as it is printed, with the mark that tells it from any other square', async () => {
  const read = await qrReader();
  const seen = read(painted(await squaresOf(squareText(CODE), PRINTED)));
  expect(seen).toBe(`ESCALE:${CODE}`);
  expect(scannedCode(seen ?? '')).toBe(CODE);
  expect(scannedCode('https://escale.example')).toBe('https://escale.example');
});
