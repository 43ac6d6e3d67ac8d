/** Encounters with what was given and who was met, and the patrols they belong to. */
import { type EntityState, ownGroup } from '../../engine/fold.ts';
import { FACT, FIELD } from '../../engine/liveness.ts';
import type { KitItem, PatrolType, Profession, WorkerRole } from '../../domain/catalogue.types.ts';
import type { EncounterLine, ItemLine, PatrolLine, WorkerLine, ZoneLine } from '../protocol.ts';
import { rowsOf } from './people.ts';
import { counts, elements, type Reading, rowIdOf, shown, textOf } from './reading.ts';

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

export function encounterLines(reading: Reading): EncounterLine[] {
  const contacts = new Map<string, { id: string; name: string; contact: string }[]>();
  for (const { entity, group } of reading.rows('contact')) {
    const encounter = textOf(shown(group, FACT, 'encounter')) ?? '';
    const state = reading.state(entity);
    const alias =
      state === null ? null : (elements(ownGroup(state), FIELD, 'alias')[0]?.[1] ?? null);
    const met = { id: entity, name: textOf(alias) ?? '', contact: group.row ?? '' };
    contacts.set(encounter, [...(contacts.get(encounter) ?? []), met]);
  }
  const items = new Map<string, ItemLine[]>();
  for (const { group } of reading.rows('distribution')) {
    const encounter = textOf(shown(group, FACT, 'encounter')) ?? '';
    if (group.row === null || !group.counts) continue;
    const reason = elements(group, FIELD, 'reason').at(-1)?.[1] ?? null;
    const item = {
      row: group.row,
      item: shown(group, FACT, 'item') as KitItem,
      count: Number(shown(group, FACT, 'count') ?? 0),
      reason: textOf(reason),
    };
    items.set(encounter, [...(items.get(encounter) ?? []), item]);
  }
  const lines = reading.entities('patrol').flatMap((state) =>
    rowsOf(state, 'encounter').map((group): EncounterLine => {
      const id = rowIdOf(group.row);
      const given = items.get(id) ?? [];
      return {
        row: group.row,
        patrol: state.entity,
        at: reading.at(group.row),
        author: reading.author(group.row),
        zone: zoneLine(reading, shown(group, FACT, 'zone')),
        people: contacts.get(id) ?? [],
        anonymous: withoutAges(counts(group, 'anon')),
        items: given,
        mark: reading.mark(group.row),
        void: !group.counts,
        amended: given.some(({ reason }) => reason !== null),
      };
    }),
  );
  return lines.sort((a, b) => b.at - a.at);
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

export function patrolLine(reading: Reading, state: EntityState): PatrolLine {
  const own = ownGroup(state);
  const encounters = encounterLines(reading).filter(
    (line) => line.patrol === state.entity && !line.void,
  );
  const anonymous = encounters.flatMap((line) => Object.values(line.anonymous));
  const named = encounters.reduce((total, line) => total + line.people.length, 0);
  const first = own?.registers.get(`${FACT}zone`)?.winner;
  return {
    id: state.entity,
    zone: zoneLine(reading, shown(own, FACT, 'zone')),
    type: shown(own, FACT, 'type') as PatrolType | null,
    start: first === undefined ? 0 : reading.at(first),
    end: shown(own, FACT, 'end') as number | null,
    crew: elements(own, FIELD, 'crew').map(([id]) => workerLine(reading, id)),
    encounters: encounters.length,
    people: named + anonymous.reduce((total, count) => total + count, 0),
    mark: first === undefined ? 'tablet' : reading.mark(first),
  };
}
