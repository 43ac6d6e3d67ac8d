/** New cards, and a card that is handed to somebody. */
import type { EntityId } from '../engine/ids.ts';
import { newCode, readCode } from './card-code.ts';
import { editIntents, knownPerson } from './persons.ts';
import { CallProblem, type Calls } from './protocol.ts';
import { type Scene, say } from './scene.ts';
import { randomBytes } from './server.ts';
import { recordsWithCard } from './views/cards.ts';
import { recordsOf } from './views/persons.ts';
import type { Reading } from './views/reading.ts';

/** Fifty sheets of ten. */
const DRAWN_MAX = 500;

/** Returns codes that nobody has; nothing is kept of them before somebody is given one. */
export function drawCards(reading: Reading, cards: number): string[] {
  if (!Number.isInteger(cards) || cards < 1 || cards > DRAWN_MAX) throw new CallProblem('refused');
  const drawn = new Set<string>();
  while (drawn.size < cards) {
    const code = newCode(reading.replica.space, randomBytes);
    if (recordsWithCard(reading, code).length === 0) drawn.add(code);
  }
  return [...drawn];
}

export async function giveCard(scene: Scene, ask: Calls['card.give']['ask']): Promise<null> {
  const { reading } = scene;
  const card = readCode(reading.replica.space, ask.code);
  const person = knownPerson(reading, ask.person);
  const own = new Set<EntityId>(recordsOf(reading, person).map(({ entity }) => entity));
  const holders = recordsWithCard(reading, card);
  if (holders.some((entity) => !own.has(entity))) throw new CallProblem('card_taken');
  if (holders.length > 0) return null;
  await say(scene, editIntents(reading, person, { facts: {}, fields: { card } }));
  return null;
}
