/** The words of a rescue paper as hands type them: four letters tell each word of the list from all others. */
export const PAPER_WORDS = 33;
export const PAPERS_NEEDED = 2;

const LETTERS_ENOUGH = 4;

/** Returns the words of a text in order; what was printed beside them, numbers among it, is left out. */
export function wordsIn(text: string): string[] {
  return text.toLowerCase().match(/[a-z]+/g) ?? [];
}

/** Returns the word of the list that was meant: the word itself, or the only one that begins with four letters or more. */
export function wordMeant(typed: string, list: readonly string[]): string | null {
  const [word = ''] = wordsIn(typed);
  if (list.includes(word)) return word;
  if (word.length < LETTERS_ENOUGH) return null;
  return list.find((one) => one.startsWith(word)) ?? null;
}

/** Returns the fields after some words were typed or pasted into one of them, and the field to go on with. */
export function spread(
  fields: readonly string[],
  at: number,
  words: readonly string[],
  list: readonly string[],
): { readonly fields: string[]; readonly next: number } {
  const begin = words.length >= fields.length ? 0 : at;
  const kept = [...fields];
  for (const [offset, word] of words.entries()) {
    if (begin + offset < kept.length) kept[begin + offset] = wordMeant(word, list) ?? word;
  }
  return { fields: kept, next: Math.min(begin + words.length, kept.length - 1) };
}
