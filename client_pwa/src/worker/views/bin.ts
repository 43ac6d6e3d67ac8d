/** Who is in the bin: found nowhere else, and nothing of them is lost. */
import { ownGroup } from '../../engine/fold.ts';
import { FACT } from '../../engine/liveness.ts';
import type { PersonLine } from '../protocol.ts';
import { isInBin, personLine } from './people.ts';
import { persons, recordsOf } from './persons.ts';
import type { Reading } from './reading.ts';

/** Returns them, the last put there first. */
export function bin(reading: Reading): PersonLine[] {
  return persons(reading)
    .filter((state) => isInBin(reading, state))
    .map((state) => ({ state, at: binnedAt(reading, state.entity) }))
    .sort((a, b) => b.at - a.at)
    .map(({ state }) => personLine(reading, state));
}

/** When the last of their records was put there. */
function binnedAt(reading: Reading, id: string): number {
  const said = recordsOf(reading, id).flatMap(
    (state) => ownGroup(state)?.registers.get(`${FACT}trash`)?.winner ?? [],
  );
  return Math.max(...said.map((opId) => reading.at(opId)));
}
