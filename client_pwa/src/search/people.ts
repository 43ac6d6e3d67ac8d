/** Search over people by name: accents, case and order do not matter, and one slip of the finger is forgiven. */

/** Returns a text as it is compared: without accents, in small letters, punctuation as spaces. */
export function normalise(text: string): string {
  return text
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .toLocaleLowerCase('fr')
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();
}

/**
 * Returns how well a text answers a query: 0 not at all, 3 every word begins one of the text's, 2 every word is
 * inside, 1 with one slip in a word. Both are normalised.
 */
export function score(query: string, text: string): number {
  const words = query.split(' ').filter((word) => word !== '');
  const theirs = text.split(' ');
  if (words.every((word) => theirs.some((one) => one.startsWith(word)))) return 3;
  if (words.every((word) => text.includes(word))) return 2;
  const forgives = (word: string, one: string): boolean => word.length > 2 && isNear(word, one);
  return words.every((word) => theirs.some((one) => one.startsWith(word) || forgives(word, one)))
    ? 1
    : 0;
}

/** Tells whether one letter more, less, another, or two exchanged make of a word the beginning of the other. */
export function isNear(word: string, other: string): boolean {
  let at = 0;
  while (at < word.length && other[at] === word[at]) at += 1;
  if (at === word.length) return true;
  const rest = word.slice(at);
  const theirs = other.slice(at);
  return (
    theirs.slice(1).startsWith(rest.slice(1)) ||
    theirs.startsWith(rest.slice(1)) ||
    theirs.slice(1).startsWith(rest) ||
    (rest.length > 1 && theirs.startsWith(`${rest[1] ?? ''}${rest[0] ?? ''}${rest.slice(2)}`))
  );
}

/** Returns the items whose normalised text answers the query, the best first, in their own order among equals. */
export function find<Item>(
  items: readonly Item[],
  textOf: (item: Item) => string,
  query: string,
): Item[] {
  const wanted = normalise(query);
  if (wanted === '') return [...items];
  return items
    .map((item) => ({ item, score: score(wanted, textOf(item)) }))
    .filter((found) => found.score > 0)
    .sort((a, b) => b.score - a.score)
    .map(({ item }) => item);
}
