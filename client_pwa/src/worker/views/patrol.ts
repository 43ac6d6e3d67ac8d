/** A patrol's home: who was met on this round, and who is often met in its zone. */
import { ownGroup } from '../../engine/fold.ts';
import { FACT } from '../../engine/liveness.ts';
import type { Calls, PersonLine } from '../protocol.ts';
import { encountersOf, openPatrol, timesMetIn } from './encounters.ts';
import { people } from './people.ts';
import { personState } from './persons.ts';
import { type Reading, shown } from './reading.ts';

const OFTEN_MAX = 8;

export function patrolHome(
  reading: Reading,
  worker: string | null,
): Calls['view.patrol']['answer'] {
  const patrol = openPatrol(reading, worker);
  const state = patrol === null ? null : reading.state(patrol.id);
  if (patrol === null || state === null) return { patrol, met: [], often: [], encounters: [] };
  const everybody = people(reading);
  const encounters = encountersOf(reading, state);
  const metIds = new Set(encounters.flatMap((line) => line.people.map(({ id }) => id)));
  const met = everybody.filter(({ id }) => metIds.has(id));
  met.sort((a, b) => (b.lastMet ?? 0) - (a.lastMet ?? 0));
  return {
    patrol,
    met,
    often: often(reading, patrol.zone?.id ?? null, everybody, metIds),
    encounters,
  };
}

/** The people met most often in the zone, those met last first among equals. */
function often(
  reading: Reading,
  zone: string | null,
  everybody: readonly PersonLine[],
  met: ReadonlySet<string>,
): PersonLine[] {
  const times = timesMetIn(reading, zone);
  const isActive = (id: string): boolean => {
    const state = personState(reading, id);
    return state !== null && shown(ownGroup(state), FACT, 'left') === null;
  };
  return everybody
    .filter(({ id }) => times.has(id) && !met.has(id) && isActive(id))
    .sort(
      (a, b) =>
        (times.get(b.id) ?? 0) - (times.get(a.id) ?? 0) || (b.lastMet ?? 0) - (a.lastMet ?? 0),
    )
    .slice(0, OFTEN_MAX);
}
