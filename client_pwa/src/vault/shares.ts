/**
 * The recovery seed as three SLIP-39 shares of 33 words: any two make it again, one says nothing about it.
 *
 * The library adds to the prototypes of arrays and texts; therefore it is loaded while an association is
 * founded, and at no other time.
 */
import { sameBytes } from '../engine/bytes.ts';
import { RecoverySeed } from '../engine/secret.ts';

export const SHARES = 3;
export const SHARES_NEEDED = 2;

/** Returns each share's words. Rejects if any pair of them would not make the seed again. */
export async function sharesOf(seed: RecoverySeed): Promise<readonly (readonly string[])[]> {
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
