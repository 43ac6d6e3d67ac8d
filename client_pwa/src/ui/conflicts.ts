/** A conflict: the values that stand, lettered by who wrote first. */
import type { Candidate, ConflictCard } from '../worker/protocol.ts';

export type Side = { readonly letter: string; readonly candidate: Candidate };

export function sidesOf(card: ConflictCard): readonly Side[] {
  return [...card.candidates]
    .sort((a, b) => a.at - b.at)
    .map((candidate, index) => ({ letter: String.fromCharCode(65 + index), candidate }));
}

export type Piece = { readonly text: string; readonly added: boolean };

/** `text` in its order, cut where words begin or cease that none of `others` has. */
export function addedWords(text: string, others: readonly string[]): readonly Piece[] {
  const known = new Set(others.flatMap((other) => other.split(/\s+/).map(bare)));
  const pieces: Piece[] = [];
  for (const word of text.split(/(?<=\s)/)) {
    const added = bare(word) !== '' && !known.has(bare(word));
    const last = pieces.at(-1);
    if (last?.added === added) pieces[pieces.length - 1] = { text: last.text + word, added };
    else pieces.push({ text: word, added });
  }
  return pieces;
}

function bare(word: string): string {
  return word.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '');
}
