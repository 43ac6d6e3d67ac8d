/** Encounters with what was given and who was met, and the patrols they belong to. */
import { type EntityState, type Group, ownGroup } from '../../engine/fold.ts';
import type { OpId } from '../../engine/ids.ts';
import { FACT, FIELD } from '../../engine/liveness.ts';
import type {
  ContactService,
  KitItem,
  PatrolMode,
  PatrolType,
  Profession,
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

export function zoneLine(reading: Reading, id: unknown): ZoneLine | null {
  const zone = reading.directory.zone.find((line) => line.id === id);
  return zone === undefined ? null : { id: zone.id, name: zone.name ?? '' };
}

const contacts = told((state) =>
  rowsOf(state, 'contact').map((group) => [encounterOf(group), contactOf(state, group)] as const),
);

function contactOf({ entity }: EntityState, group: Row) {
  const services = elements(group, FACT, 'services').map(([code]) => code as ContactService);
  return { id: entity, contact: group.row, services: group.counts ? services : [] };
}

const items = told((state) =>
  rowsOf(state, 'distribution')
    .filter(({ counts }) => counts)
    .map((group): readonly [string, ItemLine] => {
      const reason = elements(group, FIELD, 'reason').at(-1)?.[1] ?? null;
      const item = {
        row: group.row,
        item: shown(group, FACT, 'item') as KitItem,
        count: Number(shown(group, FACT, 'count') ?? 0),
        reason: textOf(reason),
      };
      return [encounterOf(group), item];
    }),
);

const encounters = told((state) =>
  rowsOf(state, 'encounter').map((group) => [rowIdOf(group.row), { state, group }] as const),
);

/** Returns the name of the encounter that a row belongs to. */
export function encounterOf(group: Group): string {
  return textOf(shown(group, FACT, 'encounter')) ?? '';
}

const contactsByEncounter = once((reading) =>
  grouped(reading.holders('contact').flatMap((state) => contacts(reading, state))),
);

const itemsByEncounter = once((reading) =>
  grouped(reading.holders('distribution').flatMap((state) => items(reading, state))),
);

const encounterByName = once(
  (reading) => new Map(reading.entities('patrol').flatMap((state) => encounters(reading, state))),
);

/** Who was met, each once: two records of one person are one. */
function metIn(reading: Reading, encounter: string): EncounterLine['people'] {
  const met = new Map<string, EncounterLine['people'][number]>();
  for (const { id, contact } of contactsByEncounter(reading).get(encounter) ?? []) {
    const person = personNamed(reading, id);
    if (!met.has(person.id)) met.set(person.id, { ...person, contact });
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
    (a, b) => reading.place(a.row as OpId) - reading.place(b.row as OpId),
  );
  const people = metIn(reading, name);
  const anonymous = withoutAges(counts(group, 'anon'));
  const isNobody = people.length === 0 && Object.keys(anonymous).length === 0;
  return {
    row: group.row,
    patrol: patrol.entity,
    at: reading.at(group.row),
    author: reading.author(group.row),
    zone: zoneLine(reading, shown(group, FACT, 'zone')),
    people,
    anonymous,
    erased: isNobody && reading.replica.reader.view.erased.own().size > 0,
    items: given,
    note: textOf(shown(group, FIELD, 'note')),
    mark: reading.mark(group.row),
    void: !group.counts,
    amended: given.some(({ reason }) => reason !== null),
  };
}

/** Returns how often each person was met in a zone. */
export function timesMetIn(reading: Reading, zone: string | null): Map<string, number> {
  const times = new Map<string, number>();
  for (const [name, { group }] of encounterByName(reading)) {
    if (zoneLine(reading, shown(group, FACT, 'zone'))?.id !== zone) continue;
    for (const { id } of metIn(reading, name)) {
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
