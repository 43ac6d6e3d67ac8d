/**
 * The recovery seed as three SLIP-39 shares of 33 words: any two make it again, one says nothing about it.
 *
 * The library adds to the prototypes of arrays and texts; therefore it is loaded while an association is
 * founded or recovered, and at no other time.
 */
import { sameBytes } from '../engine/bytes.ts';
import { RecoverySeed, SECRET_BYTES } from '../engine/secret.ts';

export const SHARES = 3;
export const SHARES_NEEDED = 2;
export const SHARE_WORDS = 33;

/**
 * Why papers make no seed: a word that the list does not have, by its place from 0; a paper whose own check fails;
 * one paper twice; or papers that were not printed together. `paper` counts from 0.
 */
export type PaperFault =
  | { readonly fault: 'unknown_word'; readonly paper: number; readonly word: number }
  | { readonly fault: 'checksum'; readonly paper: number }
  | { readonly fault: 'same_paper' }
  | { readonly fault: 'other_set' };

type Words = readonly string[];

/** Returns each share's words. Rejects if any pair of them would not make the seed again. */
export async function sharesOf(seed: RecoverySeed): Promise<readonly Words[]> {
  const { default: slip39 } = await import('slip39');
  const bytes = Array.from(seed.reveal());
  const options = { threshold: 1, groups: [[SHARES_NEEDED, SHARES]] };
  const texts = slip39.fromArray(bytes, options).fromPath('r/0').mnemonics;
  for (const [at, one] of texts.entries()) {
    const other = texts[(at + 1) % SHARES] ?? '';
    const combined = Uint8Array.from(slip39.recoverSecret([one, other]));
    if (!sameBytes(combined, seed.reveal())) throw new Error('Two shares do not make the seed.');
  }
  return texts.map((text) => text.split(' '));
}

/** Returns the 1024 words that a paper may hold, ascending; the first four letters tell each from all others. */
export async function wordList(): Promise<Words> {
  const { default: helper } = await import('slip39/src/slip39_helper.js');
  return helper.WORD_LIST;
}

/** Returns the seed of two papers, each of 33 lowercase words; or what is wrong with them. Never throws for words. */
export async function seedOf(papers: readonly Words[]): Promise<RecoverySeed | PaperFault> {
  const fault = await faultOf(papers);
  if (fault !== null) return fault;
  const { default: slip39 } = await import('slip39');
  try {
    const secret = Uint8Array.from(slip39.recoverSecret(papers.map(textOf)));
    if (secret.length === SECRET_BYTES) return new RecoverySeed(secret);
  } catch {
    // The library says it in words for people who know it; to everybody else these two do not belong together.
  }
  return { fault: 'other_set' };
}

/** Returns what is wrong with papers, looked at one by one and then beside each other; null if nothing is. */
export async function faultOf(papers: readonly Words[]): Promise<PaperFault | null> {
  const { default: slip39 } = await import('slip39');
  const known = new Set(await wordList());
  for (const [paper, words] of papers.entries()) {
    const asked = Array.from({ length: SHARE_WORDS }, (_, at) => words[at] ?? '');
    const word = asked.findIndex((one) => !known.has(one));
    if (word >= 0) return { fault: 'unknown_word', paper, word };
    if (words.length > SHARE_WORDS || !slip39.validateMnemonic(textOf(words))) {
      return { fault: 'checksum', paper };
    }
  }
  const isTwice = new Set(papers.map(textOf)).size < papers.length;
  return isTwice ? { fault: 'same_paper' } : null;
}

function textOf(words: Words): string {
  return words.join(' ');
}
