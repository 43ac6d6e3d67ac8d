/** The cards of the data worker that keeps everything in memory: those that exist, and what makes a code one. */
import { CallProblem } from '../../src/worker/protocol.ts';

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
/** One that nobody has yet, two that somebody has, and one that two people have. */
export const CARD = {
  free: 'KWBDRMTANFEPLOGU',
  one: 'KWCAVE5MQ3ZTYH2R',
  other: 'KWJ7DPX4SGNB6LFO',
  shared: 'KWTY3QAZ7HRM5CVE',
};
/** The association's cards begin alike, and so do another's. */
const [OURS, FOREIGN] = ['KW', 'ZZ'];

/** Answers the letters; refuses what is no card, and a card of somebody else's. */
export function cardIn(code: string): string {
  const letters = code
    .replace(/^ESCALE:/, '')
    .replace(/[\s-]/g, '')
    .toUpperCase();
  if (letters.startsWith(FOREIGN) && letters.length === 16) throw new CallProblem('card_foreign');
  if (!/^[A-Z2-7]{16}$/.test(letters) || !letters.startsWith(OURS)) {
    throw new CallProblem('card_unreadable');
  }
  return letters;
}

export function drawCards(cards: number): readonly string[] {
  return Array.from({ length: cards }, () => {
    const bytes = crypto.getRandomValues(new Uint8Array(14));
    return OURS + Array.from(bytes, (byte) => LETTERS.charAt(byte % LETTERS.length)).join('');
  });
}
