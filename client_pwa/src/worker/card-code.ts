/**
 * The code of a card that somebody carries.
 *
 * ```
 * code  = base32 of 10 bytes, 16 letters:   mark(2) || random(7) || check(1)
 * mark  = the first 2 bytes of H("esc1/card-of\0" || space), so that a card of another association is known as such
 * check = the first byte of H of the 9 bytes before, so that a letter that was misread finds nobody else
 * ```
 * A card names nobody: whose it is stands sealed in the person's record.
 */
import { ascii, type Bytes, hash, join, sameBytes } from '../engine/bytes.ts';
import { BASE32, base32 } from '../engine/enrolment.ts';
import { bytesOf, type SpaceId } from '../engine/ids.ts';
import { CallProblem } from './protocol.ts';

const MARK_BYTES = 2;
const RANDOM_BYTES = 7;
const LETTERS = 16;
/** What stands before the letters where a camera reads them. */
const SCANNED = /^\s*ESCALE:/i;

/** Returns the code of a new card; `random` returns so many random bytes. */
export function newCode(space: SpaceId, random: (size: number) => Bytes): string {
  const begun = join(markOf(space), random(RANDOM_BYTES));
  return base32(join(begun, checkOf(begun)));
}

/** Returns the sixteen letters of a card as it was scanned or typed. Throws CallProblem for what is none, or another association's. */
export function readCode(space: SpaceId, text: string): string {
  const letters = text.replace(SCANNED, '').replace(/[\s-]/g, '').toUpperCase();
  const bytes = bytesOfLetters(letters);
  const begun = bytes?.subarray(0, MARK_BYTES + RANDOM_BYTES);
  if (!bytes || !begun || !sameBytes(checkOf(begun), bytes.subarray(begun.length))) {
    throw new CallProblem('card_unreadable');
  }
  if (!sameBytes(markOf(space), begun.subarray(0, MARK_BYTES))) {
    throw new CallProblem('card_foreign');
  }
  return letters;
}

function markOf(space: SpaceId): Bytes {
  return hash(ascii('esc1/card-of\0'), bytesOf(space)).subarray(0, MARK_BYTES);
}

function checkOf(begun: Bytes): Bytes {
  return hash(begun).subarray(0, 1);
}

/** Each letter is five bits. */
function bytesOfLetters(letters: string): Bytes | null {
  const fives = Array.from(letters, (letter) => BASE32.indexOf(letter));
  if (fives.length !== LETTERS || fives.includes(-1)) return null;
  const bits = fives.map((five) => five.toString(2).padStart(5, '0')).join('');
  return Uint8Array.from(bits.match(/.{8}/g) ?? [], (byte) => Number.parseInt(byte, 2));
}
