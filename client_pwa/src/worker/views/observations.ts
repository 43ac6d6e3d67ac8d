/** What patrols saw of places, with what was picked up and who was met within it. */
import type { EntityState } from '../../engine/fold.ts';
import { FACT, FIELD } from '../../engine/liveness.ts';
import type { Mood, Territory } from '../../domain/catalogue.types.ts';
import type { ObservationLine } from '../protocol.ts';
import { encountersWithin, itemLines, zoneLine } from './encounters.ts';
import {
  elements,
  once,
  type Reading,
  type Row,
  rowIdOf,
  rowsOf,
  shown,
  textOf,
  told,
} from './reading.ts';

const observations = told((state) =>
  rowsOf(state, 'observation').map((group) => [rowIdOf(group.row), { state, group }] as const),
);

export const observationByName = once(
  (reading) => new Map(reading.entities('patrol').flatMap((state) => observations(reading, state))),
);

/** Returns the observation of a name, which is 16 bytes of its row in hex, or null. */
export function observationNamed(reading: Reading, name: string): ObservationLine | null {
  const found = observationByName(reading).get(name);
  return found === undefined ? null : lineOf(reading, found.state, found.group);
}

/** Returns the observations of a patrol, void ones too, the last first. */
export function observationsOf(reading: Reading, patrol: EntityState): ObservationLine[] {
  const lines = rowsOf(patrol, 'observation').map((group) => lineOf(reading, patrol, group));
  return lines.sort((a, b) => b.at - a.at);
}

function lineOf(reading: Reading, patrol: EntityState, group: Row): ObservationLine {
  const name = rowIdOf(group.row);
  const winners = Array.from(group.registers.values(), ({ winner }) => winner);
  return {
    row: group.row,
    patrol: patrol.entity,
    at: reading.at(group.row),
    author: reading.author(group.row),
    zone: zoneLine(reading, shown(group, FACT, 'zone')),
    seen: Number(shown(group, FACT, 'seen') ?? 0),
    territory: elements(group, FIELD, 'territory').map(([code]) => code as Territory),
    mood: shown(group, FIELD, 'mood') as Mood | null,
    police: shown(group, FIELD, 'police') === true,
    mediation: shown(group, FIELD, 'mediation') === true,
    note: textOf(shown(group, FIELD, 'note')) ?? '',
    items: itemLines(reading, name),
    encounters: encountersWithin(reading, name),
    mark: reading.markOf([group.row, ...winners]),
    void: !group.counts,
  };
}
