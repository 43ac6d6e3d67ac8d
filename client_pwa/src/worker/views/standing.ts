/**
 * What stands of an encounter or an observation. Of one that was taken back nothing does, whenever it was written: a
 * tablet that had not heard of that may have added to it meanwhile.
 */
import type { Group } from '../../engine/fold.ts';
import { FACT, FIELD } from '../../engine/liveness.ts';
import { once, type Reading, type Row, rowIdOf, rowsOf, shown, textOf, told } from './reading.ts';

/** Beside which a row that was forgotten says why it is there. */
export const ADDED = 'added';

/** Returns the name of the encounter that a row belongs to. */
export function encounterOf(group: Group): string {
  return textOf(shown(group, FACT, 'encounter')) ?? '';
}

/** Returns the name of the observation that a row belongs to. */
export function observationOf(group: Group): string {
  return textOf(shown(group, FACT, 'observation')) ?? '';
}

/** Returns the name of what a row counts something in: no encounter has the name of an observation. */
export function placeOf(group: Group): string {
  return encounterOf(group) || observationOf(group);
}

const takenBackTold = told((patrol): ReadonlySet<string> => {
  const places = ['encounter', 'observation'].flatMap((kind) => rowsOf(patrol, kind));
  return new Set(places.filter(({ counts }) => !counts).map(({ row }) => rowIdOf(row)));
});

const takenBack = once((reading): ReadonlySet<string> => {
  const patrols = reading.entities('patrol');
  return new Set(patrols.flatMap((patrol) => [...takenBackTold(reading, patrol)]));
});

/**
 * The rows of a patrol that count what was given and taken back in its encounters, and picked up in its observations.
 *
 * Who corrects an encounter adds an item only where it has none. Two who have both added one did not know of each other,
 * and mean the same: the last one stands.
 */
export const distributions = told((patrol, reading): readonly Row[] => {
  const gone = takenBackTold(reading, patrol);
  const rows = rowsOf(patrol, 'distribution').filter(
    (group) => group.counts && !gone.has(placeOf(group)),
  );
  const added = rows.filter(({ registers }) => registers.has(`${FIELD}reason/${ADDED}`));
  added.sort((a, b) => reading.place(a.row) - reading.place(b.row));
  const countOf = (group: Row): string => [placeOf(group), countedIn(group)].join('/');
  const last = new Map(added.map((group) => [countOf(group), group]));
  const others = new Set(added.filter((group) => last.get(countOf(group)) !== group));
  return rows.filter((group) => !others.has(group));
});

/** Returns what a row counts: an item in its unit. */
export function countedIn(group: Group): string {
  return [shown(group, FACT, 'item'), shown(group, FACT, 'unit') ?? 'piece'].join('/');
}

/** Tells whether somebody was met, as a contact of them says. */
export function contactStands(reading: Reading, contact: Group): boolean {
  return contact.counts && !takenBack(reading).has(encounterOf(contact));
}
