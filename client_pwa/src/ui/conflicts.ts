/** A conflict: the values that stand, lettered by who wrote first. */
import type { Candidate, ConflictCard } from '../worker/protocol.ts';

export type Side = { readonly letter: string; readonly candidate: Candidate };

export function sidesOf(card: ConflictCard): readonly Side[] {
  return [...card.candidates]
    .sort((a, b) => a.at - b.at)
    .map((candidate, index) => ({ letter: String.fromCharCode(65 + index), candidate }));
}

export type Piece = { readonly text: string; readonly added: boolean };

/** The words of `text`, each marked when none of `others` has it. */
export function addedWords(text: string, others: readonly string[]): readonly Piece[] {
  const known = new Set(others.flatMap((other) => other.split(/\s+/).map(bare)));
  return text.split(/(\s+)/).map((piece) => ({
    text: piece,
    added: bare(piece) !== '' && !known.has(bare(piece)),
  }));
}

function bare(word: string): string {
  return word.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '');
}
