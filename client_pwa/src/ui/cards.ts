/** The code of a card that somebody carries: as it is scanned, typed and printed. Pure. */
import { inFours } from './seconds.ts';

/** What stands before the letters in the square of a card, so that no other square is taken for one. */
const MARK = 'ESCALE:';
export const CARD_LETTERS = 16;
export const CARDS_PER_SHEET = 10;

/** What a card does not print, by what it looks like on one. */
const letterByLook: Readonly<Record<string, string>> = { 0: 'O', 1: 'I', 8: 'B' };

/** What the square of a card holds. */
export function squareText(code: string): string {
  return MARK + code;
}

/** The letters in the square of a card. What is no card stays as it is, and the data worker says so. */
export function scannedCode(text: string): string {
  return text.startsWith(MARK) ? text.slice(MARK.length) : text;
}

/** The letters that somebody typed or pasted, in whatever case and however apart. */
export function typedLetters(text: string): string {
  return scannedCode(text.toUpperCase().replace(/\s/g, ''))
    .replace(/[018]/g, (look) => letterByLook[look] ?? '')
    .replace(/[^A-Z2-7]/g, '')
    .slice(0, CARD_LETTERS);
}

/** A field in which letters are typed, and where in it the next one goes. */
export type Typed = { readonly text: string; readonly caret: number };

/**
 * The same letters four by four, as they are printed, with the caret after the letters that it was after. While letters
 * are added, a group that is full has its space at once; while they are taken out, it has none, or no space could go.
 */
export function inGroups({ text, caret }: Typed, isAdding: boolean): Typed {
  const letters = typedLetters(text);
  const before = Math.min(typedLetters(text.slice(0, caret)).length, letters.length);
  const isOpen = isAdding && letters.length % 4 === 0 && letters.length < CARD_LETTERS;
  const grouped = inFours(letters).join(' ') + (isOpen && letters !== '' ? ' ' : '');
  const spaces = Math.floor((isAdding ? before : Math.max(0, before - 1)) / 4);
  return { text: grouped, caret: Math.min(before + spaces, grouped.length) };
}
