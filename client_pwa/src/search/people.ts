/**
 * Search over people by name: accents, case and order do not matter; one slip of the finger, or another spelling that
 * sounds the same, still finds them.
 */
import { soundOf } from './sound.ts';

/** Returns a text as it is compared: without accents, in small letters, punctuation as spaces. */
export function normalise(text: string): string {
  return text
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .toLocaleLowerCase('fr')
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();
}

/** A text as it is searched: normalised, and how that sounds, word by word. */
export type Heard = { readonly words: string; readonly sounds: string };

export function heard(text: string): Heard {
  const words = normalise(text);
  return { words, sounds: soundOf(words) };
}

/** A score from which on the text says what was asked for; below it is only like it. */
const SURE = 2;

/**
 * Returns how well a text answers a query: 0 not at all, 3 every word begins one of the text's, 2 every word is
 * inside, 1 with one slip in a word, or where it only sounds the same.
 */
function score(query: Heard, text: Heard): number {
  const words = query.words.split(' ');
  const theirs = text.words.split(' ');
  if (words.every((word) => theirs.some((one) => one.startsWith(word)))) return 3;
  if (words.every((word) => text.words.includes(word))) return 2;
  const sounds = query.sounds.split(' ');
  const theirSounds = text.sounds.split(' ');
  const isLike = (word: string, at: number): boolean => {
    if (theirs.some((one) => one.startsWith(word))) return true;
    if (word.length <= 2) return false;
    return (
      theirs.some((one) => isNear(word, one)) || theirSounds.some(isHeardIn(sounds[at] ?? word))
    );
  };
  return words.every(isLike) ? 1 : 0;
}

/** A sound of two letters begins too many names: it must be all that is heard. */
function isHeardIn(sound: string): (name: string) => boolean {
  return (name) => (sound.length > 2 ? name.startsWith(sound) : name === sound);
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

/**
 * Returns the items whose text says what was asked for, the best first, and those that are only like it; each in their
 * own order among equals.
 */
export function find<Item>(
  items: readonly Item[],
  heardOf: (item: Item) => Heard,
  query: string,
): { found: Item[]; alike: Item[] } {
  const wanted = heard(query);
  if (wanted.words === '') return { found: [...items], alike: [] };
  const scored = items.map((item) => ({ item, score: score(wanted, heardOf(item)) }));
  const best = scored.filter((one) => one.score >= SURE).sort((a, b) => b.score - a.score);
  const like = scored.filter((one) => one.score > 0 && one.score < SURE);
  return { found: best.map(({ item }) => item), alike: like.map(({ item }) => item) };
}
