/** A patrol's home: who was met on this round, who is often met in its zone, who was met last, and what the bag holds. */
import type { Calls, PersonLine } from '../protocol.ts';
import { encountersOf, openPatrol, timesMetIn } from './encounters.ts';
import { people } from './people.ts';
import type { Reading } from './reading.ts';
import { bagLine, bagState } from './stock.ts';

const OFTEN_MAX = 8;
const RECENT_MAX = 8;

export function patrolHome(
  reading: Reading,
  worker: string | null,
): Calls['view.patrol']['answer'] {
  const patrol = openPatrol(reading, worker);
  const state = patrol === null ? null : reading.state(patrol.id);
  if (patrol === null || state === null) {
    return { patrol, met: [], often: [], recent: [], bag: null, encounters: [] };
  }
  const encounters = encountersOf(reading, state);
  const metIds = new Set(encounters.flatMap((line) => line.people.map(({ id }) => id)));
  const met = people(reading).filter(({ id }) => metIds.has(id));
  met.sort(metLastFirst);
  const others = people(reading).filter(({ id, left }) => !metIds.has(id) && left === null);
  const often = metOften(reading, patrol.zone?.id ?? null, others);
  const bag = patrol.bag === null ? null : bagState(reading, patrol.bag.id);
  return {
    patrol,
    met,
    often,
    recent: metLast(others.filter((line) => !often.includes(line))),
    bag: bag === null ? null : bagLine(reading, bag),
    encounters,
  };
}

function metLastFirst(a: PersonLine, b: PersonLine): number {
  return (b.lastMet ?? 0) - (a.lastMet ?? 0);
}

/** The people met most often in the zone, those met last first among equals. */
function metOften(
  reading: Reading,
  zone: string | null,
  others: readonly PersonLine[],
): PersonLine[] {
  const times = timesMetIn(reading, zone);
  return others
    .filter(({ id }) => times.has(id))
    .sort((a, b) => (times.get(b.id) ?? 0) - (times.get(a.id) ?? 0) || metLastFirst(a, b))
    .slice(0, OFTEN_MAX);
}

/** The people met last, wherever it was. */
function metLast(others: readonly PersonLine[]): PersonLine[] {
  return others
    .filter(({ lastMet }) => lastMet !== null)
    .sort(metLastFirst)
    .slice(0, RECENT_MAX);
}
