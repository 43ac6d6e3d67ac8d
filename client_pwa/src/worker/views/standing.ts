/**
 * What stands of an encounter. Of one that was taken back nothing does, whenever it was written: a tablet that had not
 * heard of that may have added to it meanwhile.
 */
import type { Group } from '../../engine/fold.ts';
import { FACT } from '../../engine/liveness.ts';
import { once, type Reading, type Row, rowIdOf, rowsOf, shown, textOf, told } from './reading.ts';

/** Returns the name of the encounter that a row belongs to. */
export function encounterOf(group: Group): string {
  return textOf(shown(group, FACT, 'encounter')) ?? '';
}

const takenBackTold = told((patrol): ReadonlySet<string> => {
  const encounters = rowsOf(patrol, 'encounter').filter(({ counts }) => !counts);
  return new Set(encounters.map(({ row }) => rowIdOf(row)));
});

const takenBack = once((reading): ReadonlySet<string> => {
  const patrols = reading.entities('patrol');
  return new Set(patrols.flatMap((patrol) => [...takenBackTold(reading, patrol)]));
});

/** The rows of a patrol that count what was given and taken back in its encounters. */
export const distributions = told((patrol, reading): readonly Row[] => {
  const gone = takenBackTold(reading, patrol);
  const rows = rowsOf(patrol, 'distribution');
  return rows.filter((group) => group.counts && !gone.has(encounterOf(group)));
});

/** Tells whether somebody was met, as a contact of them says. */
export function contactStands(reading: Reading, contact: Group): boolean {
  return contact.counts && !takenBack(reading).has(encounterOf(contact));
}
