/** What was given the last time, to say it again. */
import type { OpId } from '../../engine/ids.ts';
import type { LastTime } from '../protocol.ts';
import { namesAnybody } from './contacts.ts';
import { encounterNamed, encountersOf } from './encounters.ts';
import { personState } from './persons.ts';
import { type Reading, rowsOf } from './reading.ts';
import { encounterOf } from './standing.ts';
import { isCollected, unitSums } from './stock.ts';

/**
 * Returns it as it was with a person on any round, or else on a round as it was with whoever was met last. What was taken
 * back then says nothing of today.
 */
export function lastTime(
  reading: Reading,
  { patrol, person }: { readonly patrol: string; readonly person: string | null },
): LastTime | null {
  const encounters = person === null ? metOn(reading, patrol) : metWith(reading, person);
  const known = encounters.filter((line) => !line.void).sort((a, b) => b.at - a.at);
  for (const { row, at, anonymous, ages, items } of known) {
    const given = unitSums(items.filter(({ item }) => !isCollected(item)));
    const isOfNobody = person === null && !namesAnybody(reading, { row: row as OpId });
    const counts = isOfNobody ? { anonymous, ages } : { anonymous: {}, ages: {} };
    if (given.length > 0) {
      return { at, ...counts, items: given };
    }
  }
  return null;
}

function metOn(reading: Reading, patrol: string) {
  const state = reading.state(patrol);
  return state === null ? [] : encountersOf(reading, state);
}

function metWith(reading: Reading, person: string) {
  const state = personState(reading, person);
  const contacts = state === null ? [] : rowsOf(state, 'contact').filter(({ counts }) => counts);
  const names = new Set(contacts.map(encounterOf));
  return [...names].map((name) => encounterNamed(reading, name)).filter((line) => line !== null);
}
