/** Encounters with what was given and who was met, and the patrols they belong to. */
import { type EntityState, type Group, ownGroup } from '../../engine/fold.ts';
import type { OpId } from '../../engine/ids.ts';
import { FACT, FIELD } from '../../engine/liveness.ts';
import { VOID } from '../../engine/registry.ts';
import type {
  ContactService,
  KitItem,
  PatrolMode,
  PatrolType,
  Profession,
  Unit,
  WorkerRole,
} from '../../domain/catalogue.types.ts';
import type { EncounterLine, ItemLine, PatrolLine, WorkerLine, ZoneLine } from '../protocol.ts';
import { personNamed } from './persons.ts';
import {
  counts,
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
import { distributions, encounterOf } from './standing.ts';
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

/** Why something was written otherwise, and when that was said. */
type Reason = { readonly text: string; readonly at: number };

/** Returns the reasons that stand with a row, the last first; that of its withdrawal only if it is asked for. */
function reasonsOf(reading: Reading, group: Group, named: 'withdrawn' | null = null): Reason[] {
  const found = elements(group, FIELD, 'reason').flatMap(([name, value]) => {
    const winner = group.registers.get(`${FIELD}reason/${name}`)?.winner;
    const text = textOf(value);
    const isAsked = (name === VOID) === (named === 'withdrawn');
    return isAsked && winner !== undefined && text !== null
      ? [{ text, at: saidAt(reading, winner) }]
      : [];
  });
  return lastFirst(found);
}

/** What was forgotten bears the time at which it happened, and not the one at which it was said. */
function saidAt(reading: Reading, opId: OpId): number {
  return Math.max(reading.at(opId), reading.op(opId)?.header.hlc_ms ?? 0);
}

function lastFirst(reasons: readonly Reason[]): Reason[] {
  return reasons.toSorted((a, b) => b.at - a.at);
}

/** Tells whether anything of a row is not as it was written first; a withdrawal is no correction. */
function isAmended(group: Row): boolean {
  return Array.from(group.registers).some(
    ([setter, { winner }]) => winner !== group.row && !setter.slice(1).split('/').includes(VOID),
  );
}

const contacts = told((state, reading) =>
  rowsOf(state, 'contact').map(
    (group) => [encounterOf(group), contactOf(reading, state, group)] as const,
  ),
);

function contactOf(reading: Reading, { entity }: EntityState, group: Row) {
  const services = elements(group, FACT, 'services').map(([code]) => code as ContactService);
  return {
    id: entity,
    contact: group.row,
    counts: group.counts,
    services: group.counts ? services : [],
    reasons: reasonsOf(reading, group, group.counts ? null : 'withdrawn'),
  };
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
    return [encounterOf(group), { line, reasons, amended: isAmended(group) }];
  }),
);

const encounters = told((state) =>
  rowsOf(state, 'encounter').map((group) => [rowIdOf(group.row), { state, group }] as const),
);

const contactsByEncounter = once((reading) =>
  grouped(reading.holders('contact').flatMap((state) => contacts(reading, state))),
);

const itemsByEncounter = once((reading) =>
  grouped(reading.holders('distribution').flatMap((state) => items(reading, state))),
);

const encounterByName = once(
  (reading) => new Map(reading.entities('patrol').flatMap((state) => encounters(reading, state))),
);

/** Who was met, each once: two records of one person are one. Of an encounter that was taken back, who was in it. */
function metIn(reading: Reading, encounter: string, group: Group): EncounterLine['people'] {
  const met = new Map<string, EncounterLine['people'][number]>();
  for (const { id, contact, counts } of contactsByEncounter(reading).get(encounter) ?? []) {
    const person = personNamed(reading, id);
    const isThere = counts || !group.counts;
    if (isThere && !met.has(person.id)) met.set(person.id, { ...person, contact });
  }
  return [...met.values()];
}

type Person = ReturnType<typeof personNamed>;

/** Returns what was done in an encounter and for whom, once for each person met: two records of one person are one. */
export function servicesIn(
  reading: Reading,
  encounter: string,
): { readonly person: Person; readonly service: ContactService }[] {
  const done = new Map<string, { person: Person; services: Set<ContactService> }>();
  for (const { id, services } of contactsByEncounter(reading).get(encounter) ?? []) {
    const person = personNamed(reading, id);
    const before = done.get(person.id)?.services ?? [];
    done.set(person.id, { person, services: new Set([...before, ...services]) });
  }
  return [...done.values()].flatMap(({ person, services }) =>
    [...services].map((service) => ({ person, service })),
  );
}

/** Returns the encounter of a name, which is 16 bytes of its row in hex, or null. */
export function encounterNamed(reading: Reading, name: string): EncounterLine | null {
  const found = encounterByName(reading).get(name);
  return found === undefined ? null : encounterLine(reading, found.state, found.group);
}

/** Returns the encounters of a patrol, the last first. */
export function encountersOf(reading: Reading, patrol: EntityState): EncounterLine[] {
  const lines = rowsOf(patrol, 'encounter').map((group) => encounterLine(reading, patrol, group));
  return lines.sort((a, b) => b.at - a.at);
}

function encounterLine(reading: Reading, patrol: EntityState, group: Row): EncounterLine {
  const name = rowIdOf(group.row);
  const given = (itemsByEncounter(reading).get(name) ?? []).toSorted(
    (a, b) => reading.place(a.line.row as OpId) - reading.place(b.line.row as OpId),
  );
  const contacts = contactsByEncounter(reading).get(name) ?? [];
  const people = metIn(reading, name, group);
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
    people,
    anonymous: withoutAges(counts(group, 'anon')),
    ages: counts(group, 'anon_age'),
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
  for (const [name, { group }] of encounterByName(reading)) {
    if (!group.counts || zoneLine(reading, shown(group, FACT, 'zone'))?.id !== zone) continue;
    for (const { id } of metIn(reading, name, group)) {
      times.set(id, (times.get(id) ?? 0) + 1);
    }
  }
  return times;
}

/** Ages are counted beside genders, under a longer name that begins the same. */
function withoutAges(found: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.entries(found).filter(([code]) => !code.startsWith('age_')));
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
