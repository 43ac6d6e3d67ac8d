/**
 * One person for each class of records: what was written in any of them reads as one state, under the class's id.
 *
 * Nothing moves: each record keeps its own ops, and an unmerged one reads alone again.
 */
import { isSameValue } from '../../engine/codec.ts';
import { classes, type Link, linksOf } from '../../engine/duplicates.ts';
import { type EntityState, type Group, ownGroup, stricter } from '../../engine/fold.ts';
import type { EntityId, OpId } from '../../engine/ids.ts';
import { FACT, FIELD, type Setter } from '../../engine/liveness.ts';
import type { StakeRule } from '../../engine/registry.ts';
import type { Joining, RecordLine } from '../protocol.ts';
import {
  elements,
  grouped,
  once,
  type Reading,
  rowsOf,
  type Said,
  shown,
  textOf,
  told,
} from './reading.ts';
import { contactStands } from './standing.ts';

const KIND = 'person';

const linksTold = told((state) => linksOf(state));

export const links = once((reading): Link[] =>
  reading.entities(KIND).flatMap((state) => linksTold(reading, state)),
);

/** The people whom the log has erased, and those whom a restored server has forgotten to be. */
export function erasedIn({ replica }: Reading): { readonly has: (id: EntityId) => boolean } {
  return { has: (id) => replica.isErased(id) };
}

/** The records of each class, by each of their ids; the first names the class. */
const recordsById = once((reading): ReadonlyMap<string, readonly EntityState[]> => {
  const names = classes(links(reading), erasedIn(reading));
  const known = Array.from(names, ([id, name]) => [name, reading.state(id)] as const).filter(
    (pair): pair is [(typeof pair)[0], EntityState] => isPerson(pair[1]),
  );
  const found = new Map<string, readonly EntityState[]>();
  for (const records of grouped(known).values()) {
    if (records.length > 1) for (const { entity } of records) found.set(entity, records);
  }
  return found;
});

function isPerson(state: EntityState | null): boolean {
  return state !== null && ownGroup(state)?.kind === KIND;
}

/** Returns the records of a person by the id of any of them, the one that names them first; empty if there is none. */
export function recordsOf(reading: Reading, id: string): readonly EntityState[] {
  const several = recordsById(reading).get(id);
  if (several) return several;
  const state = reading.state(id);
  return state !== null && isPerson(state) ? [state] : [];
}

/** Returns what all records of a person tell together, or null. */
export function personState(reading: Reading, id: string): EntityState | null {
  const records = recordsOf(reading, id);
  return records.length === 0 ? null : together(reading, records);
}

/** Returns everybody once. */
export const persons = once((reading): EntityState[] =>
  reading
    .entities(KIND)
    .filter(({ entity }) => (recordsById(reading).get(entity)?.[0]?.entity ?? entity) === entity)
    .flatMap(({ entity }) => personState(reading, entity) ?? []),
);

/**
 * Returns the names of a person, the one that was written first at the head: in the log, then as written. Of several
 * records, the first one's names come first.
 */
export const aliasesTold = told((state, reading): string[] => {
  const own = ownGroup(state);
  const aliases = elements(own, FIELD, 'alias').map(([element, alias]) => {
    return {
      alias: textOf(alias) ?? '',
      winner: own?.registers.get(`${FIELD}alias/${element}`)?.winner,
    };
  });
  if (aliases.length > 1) aliases.sort((a, b) => writtenFirst(reading, a.winner, b.winner));
  return [...new Set(aliases.map(({ alias }) => alias))];
});

function writtenFirst(reading: Reading, a: OpId | undefined, b: OpId | undefined): number {
  if (a === undefined || b === undefined) return 0;
  const [one, other] = [a, b].map((opId) => reading.op(opId)?.header.entity ?? '');
  if (one !== other) return (one ?? '') < (other ?? '') ? -1 : 1;
  return reading.place(a) - reading.place(b);
}

const nameTold = told((state, reading) => {
  const [alias] = aliasesTold(reading, state);
  return alias ?? textOf(shown(ownGroup(state), FIELD, 'description')) ?? '';
});

/** Returns the id and the name under which a person is shown, whichever of their records is asked for. */
export function personNamed(reading: Reading, id: string): { id: string; name: string } {
  const state = personState(reading, id);
  return state === null ? { id, name: '' } : { id: state.entity, name: nameTold(reading, state) };
}

/** Returns what a record is called by itself. */
export function recordName(reading: Reading, state: EntityState): string {
  return nameTold(reading, state);
}

/** Returns the records of a person who has several, each with who said that it is of theirs. */
export function recordLines(reading: Reading, id: string): RecordLine[] {
  const records = recordsOf(reading, id);
  if (records.length < 2) return [];
  return records.map((state) => {
    const own = ownGroup(state);
    return {
      id: state.entity,
      name: nameTold(reading, state),
      aliases: aliasesTold(reading, state),
      sign: textOf(shown(own, FIELD, 'description')),
      lastMet: metLast(reading, state),
      joined: joinings(reading, records, state).sort((a, b) => a.at - b.at)[0] ?? null,
    };
  });
}

const contactsTold = told((state, reading) => {
  const contacts = rowsOf(state, 'contact').map((group) => ({ group, at: reading.at(group.row) }));
  return contacts.sort((a, b) => b.at - a.at);
});

/** Returns when somebody was met last, or null for never. */
export function metLast(reading: Reading, state: EntityState): number | null {
  const contacts = contactsTold(reading, state);
  return contacts.find(({ group }) => contactStands(reading, group))?.at ?? null;
}

function joinings(
  reading: Reading,
  records: readonly EntityState[],
  { entity }: EntityState,
): Joining[] {
  return records.flatMap((state) =>
    linksTold(reading, state)
      .filter((link) => link.includes(entity))
      .flatMap(([, greater]) => {
        const opId = ownGroup(state)?.registers.get(`${FACT}same/${greater}`)?.winner;
        if (opId === undefined) return [];
        return [{ author: reading.author(opId), at: reading.at(opId), mark: reading.mark(opId) }];
      }),
  );
}

type Known = { readonly records: readonly EntityState[]; readonly state: EntityState };
const knownByFirst = new WeakMap<EntityState, Known>();

/** Returns what some records tell as one. The same records give the same state, so that what is told of it is told once. */
export function together(reading: Reading, records: readonly EntityState[]): EntityState {
  const [first] = records;
  if (first === undefined) throw new Error('A person has a record.');
  if (records.length === 1) return first;
  const kind = ownGroup(first)?.kind ?? KIND;
  const known = knownByFirst.get(first);
  const isSame = (one: EntityState, at: number): boolean => one === known?.records[at];
  if (known?.records.length === records.length && records.every(isSame)) return known.state;
  const stakes = reading.replica.registry.kinds.get(kind)?.highStakes ?? {};
  const owns = records.map(ownGroup).filter((group) => group !== null);
  const own: Group = { row: null, kind, counts: true, registers: joined(owns, stakes) };
  const rows = records.flatMap(({ groups }) => groups.filter(({ row }) => row !== null));
  const state = { entity: first.entity, groups: [own, ...rows] };
  knownByFirst.set(first, { records, state });
  return state;
}

type Stakes = Readonly<Record<string, StakeRule>>;

function joined(owns: readonly Group[], stakes: Stakes): Map<Setter, Said> {
  const said = new Map<Setter, Said[]>();
  for (const [setter, register] of owns.flatMap(({ registers }) => [...registers])) {
    const known = said.get(setter);
    if (known) known.push(register);
    else said.set(setter, [register]);
  }
  return new Map(
    Array.from(said, ([setter, registers]) => {
      const name = setter.slice(1);
      return [
        setter,
        oneOf(name, registers, Object.hasOwn(stakes, name) ? stakes[name] : undefined),
      ];
    }),
  );
}

/** An element is there if any record has it; else the first record that says anything is shown, or the stricter. */
function oneOf(name: string, said: readonly Said[], rule: StakeRule | undefined): Said {
  const [first] = said;
  if (first === undefined) throw new Error('A name is said by somebody.');
  if (said.length === 1) return first;
  const candidates = said.flatMap((one) => one.candidates);
  if (name.includes('/')) {
    return { ...(said.find(({ value }) => value !== null) ?? first), candidates };
  }
  const value = rule
    ? stricter(
        rule,
        said.map((one) => one.value),
      )
    : first.value;
  const front = said.find((one) => isSameValue(one.value, value)) ?? first;
  return {
    ...front,
    conflict: said.some(({ conflict }) => conflict),
    undecided: rule !== undefined && said.some((one) => !isSameValue(one.value, value)),
    also: said
      .filter((one) => one !== front)
      .flatMap((one) => one.candidates)
      .filter((one) => one.value !== null && !isSameValue(one.value, value)),
  };
}
