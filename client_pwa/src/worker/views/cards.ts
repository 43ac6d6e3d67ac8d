/** Whose a card is. */
import { ownGroup } from '../../engine/fold.ts';
import type { EntityId } from '../../engine/ids.ts';
import { FIELD } from '../../engine/liveness.ts';
import { readCode } from '../card-code.ts';
import type { PersonLine } from '../protocol.ts';
import { personLine } from './people.ts';
import { personState } from './persons.ts';
import { grouped, once, type Reading, told } from './reading.ts';

/** Where two cards were given to somebody at once, both of them find them. */
const cardsTold = told((state): (readonly [string, EntityId])[] => {
  const said = ownGroup(state)?.registers.get(`${FIELD}card`)?.candidates ?? [];
  return said.flatMap(({ value }) => (typeof value === 'string' ? [[value, state.entity]] : []));
});

const recordsByCard = once((reading) =>
  grouped(reading.entities('person').flatMap((state) => cardsTold(reading, state))),
);

/** Returns the records that hold a card, each as it was given one; more than one if it was given twice. */
export function recordsWithCard(reading: Reading, card: string): readonly EntityId[] {
  return recordsByCard(reading).get(card) ?? [];
}

/** Returns who has a card, also from the bin; nobody, if it was not given yet. Throws CallProblem for what is no card of ours. */
export function cardHolders(reading: Reading, text: string): PersonLine[] {
  const card = readCode(reading.replica.space, text);
  const states = recordsWithCard(reading, card).map((entity) => personState(reading, entity));
  return [...new Set(states)].flatMap((state) => (state ? [personLine(reading, state)] : []));
}
