/** Encounters with what was given and who was met, and the patrols they belong to. */
import { type EntityState, ownGroup } from '../../engine/fold.ts';
import type { OpId } from '../../engine/ids.ts';
import { FACT, FIELD } from '../../engine/liveness.ts';
import { VOID } from '../../engine/registry.ts';
import type {
  KitItem,
  PatrolMode,
  PatrolType,
  Profession,
  Unit,
  WorkerRole,
} from '../../domain/catalogue.types.ts';
import type { EncounterLine, ItemLine, PatrolLine, WorkerLine, ZoneLine } from '../protocol.ts';
import { contactsIn, metIn, unnamedIn } from './contacts.ts';
import {
  elements,
  grouped,
  once,
  type Reading,
  type Row,
  rowIdOf,
  rowsOf,
  shown,
  textOf,
  told,
} from './reading.ts';
import { lastFirst, type Reason, reasonsOf } from './reasons.ts';
import { distributions, placeOf } from './standing.ts';
import { bagCarried, bagName } from './stock.ts';

export function workers(reading: Reading): WorkerLine[] {
  const lines = reading.entities('worker').map((state) => workerLine(reading, state.entity));
  return lines.sort((a, b) => a.name.localeCompare(b.name, 'fr'));
}

export function workerLine(reading: Reading, id: string): WorkerLine {
  const state = reading.state(id);
  const own = state === null ? null : ownGroup(state);
  return {
    id,
    name: reading.workerName(id),
    role: shown(own, FACT, 'role') as WorkerRole | null,
    profession: shown(own, FACT, 'profession') as Profession | null,
  };
}

export const zones = once((reading): ZoneLine[] =>
  reading.directory.zone.map(({ id, name, area }) => {
    return { id, name: name ?? '', area: area ?? null };
  }),
);

export function zoneLine(reading: Reading, id: unknown): ZoneLine | null {
  return zones(reading).find((line) => line.id === id) ?? null;
}

/** Tells whether anything of a row is not as it was written first; a withdrawal is no correction. */
function isAmended(group: Row): boolean {
  return Array.from(group.registers).some(
    ([setter, { winner }]) => winner !== group.row && !setter.slice(1).split('/').includes(VOID),
  );
}

type Item = {
  readonly line: ItemLine;
  readonly reasons: readonly Reason[];
  readonly amended: boolean;
};

const items = told((state, reading) =>
  distributions(reading, state).map((group): readonly [string, Item] => {
    const reasons = reasonsOf(reading, group);
    const line = {
      row: group.row,
      item: shown(group, FACT, 'item') as KitItem,
      unit: (shown(group, FACT, 'unit') ?? 'piece') as Unit,
      count: Number(shown(group, FACT, 'count') ?? 0),
      reason: reasons[0]?.text ?? null,
    };
    return [placeOf(group), { line, reasons, amended: isAmended(group) }];
  }),
);

const encounters = told((state) =>
  rowsOf(state, 'encounter').map((group) => [rowIdOf(group.row), { state, group }] as const),
);

const itemsByPlace = once((reading) =>
  grouped(reading.holders('distribution').flatMap((state) => items(reading, state))),
);

/** Returns what was counted in the encounter or the observation of a name, as it was written. */
function itemsIn(reading: Reading, name: string): Item[] {
  return (itemsByPlace(reading).get(name) ?? []).toSorted(
    (a, b) => reading.place(a.line.row as OpId) - reading.place(b.line.row as OpId),
  );
}

export function itemLines(reading: Reading, name: string): ItemLine[] {
  return itemsIn(reading, name).map(({ line }) => line);
}

export const encounterByName = once(
  (reading) => new Map(reading.entities('patrol').flatMap((state) => encounters(reading, state))),
);

/** Returns the encounter of a name, which is 16 bytes of its row in hex, or null. */
export function encounterNamed(reading: Reading, name: string): EncounterLine | null {
  const found = encounterByName(reading).get(name);
  return found === undefined ? null : lineOf(reading, found.state, found.group);
}

/** Returns the encounters of a patrol, the last first. */
export function encountersOf(reading: Reading, patrol: EntityState): EncounterLine[] {
  const lines = rowsOf(patrol, 'encounter').map((group) => lineOf(reading, patrol, group));
  return lines.sort((a, b) => b.at - a.at);
}

const byObservation = once((reading) =>
  grouped(
    Array.from(encounterByName(reading).values(), (one) => {
      return [textOf(shown(one.group, FIELD, 'within')) ?? '', one] as const;
    }),
  ),
);

/** Returns the encounters that happened within the observation of a name and stand, the last first. */
export function encountersWithin(reading: Reading, observation: string): EncounterLine[] {
  const within = (byObservation(reading).get(observation) ?? []).filter(
    ({ group }) => group.counts,
  );
  const lines = within.map(({ state, group }) => lineOf(reading, state, group));
  return lines.sort((a, b) => b.at - a.at);
}

const linesByRow = once(() => new Map<OpId, EncounterLine>());

/** One encounter is asked for by many: by its round, by everybody met in it, by what waits to be recognised. */
function lineOf(reading: Reading, patrol: EntityState, group: Row): EncounterLine {
  const lines = linesByRow(reading);
  const line = lines.get(group.row) ?? encounterLine(reading, patrol, group);
  lines.set(group.row, line);
  return line;
}

function encounterLine(reading: Reading, patrol: EntityState, group: Row): EncounterLine {
  const name = rowIdOf(group.row);
  const given = itemsIn(reading, name);
  const contacts = contactsIn(reading, group);
  const reasons = lastFirst([
    ...reasonsOf(reading, group),
    ...given.flatMap((one) => one.reasons),
    ...contacts.filter(({ counts }) => counts || group.counts).flatMap((one) => one.reasons),
  ]);
  const isCorrected = isAmended(group) || given.some(({ amended }) => amended);
  return {
    row: group.row,
    patrol: patrol.entity,
    at: reading.at(group.row),
    author: reading.author(group.row),
    zone: zoneLine(reading, shown(group, FACT, 'zone')),
    people: metIn(reading, group),
    ...unnamedIn(reading, group),
    erased: contacts.length === 0 && !saysAnybody(group) && hasErased(reading),
    items: given.map(({ line }) => line),
    note: textOf(shown(group, FIELD, 'note')),
    mark: reading.mark(group.row),
    void: !group.counts,
    amended: isCorrected || reasons.length > 0,
    reasons: [...new Set(reasons.map(({ text }) => text))],
  };
}

/** Tells whether people without a name were ever counted in an encounter, even if none is left by a correction. */
function saysAnybody(group: Row): boolean {
  return Array.from(group.registers.keys()).some((setter) => setter.startsWith(`${FACT}anon_`));
}

function hasErased({ replica }: Reading): boolean {
  return replica.reader.view.erased.own().size > 0;
}

/** Returns how often each person was met in a zone. */
export function timesMetIn(reading: Reading, zone: string | null): Map<string, number> {
  const times = new Map<string, number>();
  for (const { group } of encounterByName(reading).values()) {
    if (!group.counts || zoneLine(reading, shown(group, FACT, 'zone'))?.id !== zone) continue;
    for (const { id } of metIn(reading, group)) {
      times.set(id, (times.get(id) ?? 0) + 1);
    }
  }
  return times;
}

/** Returns this worker's patrol that is open, or null: the one begun last. */
export function openPatrol(reading: Reading, worker: string | null): PatrolLine | null {
  const open = reading
    .entities('patrol')
    .filter((state) => shown(ownGroup(state), FACT, 'end') === null)
    .filter((state) => elements(ownGroup(state), FIELD, 'crew').some(([id]) => id === worker))
    .map((state) => patrolLine(reading, state));
  return open.sort((a, b) => b.start - a.start)[0] ?? null;
}

/** Returns the op that says when a patrol began, or undefined while none does. */
export function begunBy(patrol: EntityState): OpId | undefined {
  return ownGroup(patrol)?.registers.get(`${FACT}zone`)?.winner;
}

export function patrolLine(reading: Reading, state: EntityState): PatrolLine {
  const own = ownGroup(state);
  const met = encountersOf(reading, state).filter((line) => !line.void);
  const anonymous = met.flatMap((line) => Object.values(line.anonymous));
  const erased = met.filter((line) => line.erased).length;
  const named = met.reduce((total, line) => total + line.people.length, erased);
  const first = begunBy(state);
  const bag = bagCarried(reading, state);
  return {
    id: state.entity,
    zone: zoneLine(reading, shown(own, FACT, 'zone')),
    type: shown(own, FACT, 'type') as PatrolType | null,
    mode: shown(own, FACT, 'mode') as PatrolMode | null,
    route: textOf(shown(own, FIELD, 'route')),
    bag: bag === null ? null : { id: bag, name: bagName(reading, bag) },
    start: first === undefined ? 0 : reading.at(first),
    end: shown(own, FACT, 'end') as number | null,
    crew: elements(own, FIELD, 'crew').map(([id]) => workerLine(reading, id)),
    encounters: met.length,
    people: named + anonymous.reduce((total, count) => total + count, 0),
    mark: first === undefined ? 'tablet' : reading.mark(first),
  };
}
