/** Encounters with people without a name, of whom somebody may have been one. */
import { DAY_MS } from '../../domain/day.ts';
import type { EncounterLine } from '../protocol.ts';
import { standsIn, unnamedIn } from './contacts.ts';
import { encounterByName, encounterNamed } from './encounters.ts';
import { once, type Reading, rowIdOf } from './reading.ts';

/** Further back nobody remembers who it was. */
const BACK_MS = 60 * DAY_MS;

/** The encounters in which anybody is left without a name, the last first. */
const unnamedEncounters = once((reading) =>
  [...encounterByName(reading).values()]
    .filter(({ group }) => group.counts)
    .map(({ group }) => ({ group, at: reading.at(group.row) }))
    .filter(({ group }) => Object.keys(unnamedIn(reading, group).anonymous).length > 0)
    .sort((a, b) => b.at - a.at),
);

/** Returns those of the last weeks in which somebody does not stand by name. */
export function unnamed(reading: Reading, person: string, now: number): EncounterLine[] {
  return unnamedEncounters(reading)
    .filter(({ group, at }) => at >= now - BACK_MS && !standsIn(reading, group, person))
    .flatMap(({ group }) => encounterNamed(reading, rowIdOf(group.row)) ?? []);
}
