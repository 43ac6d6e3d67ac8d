/** Who was met in an encounter, by name and without one, as its count and the contacts of people tell it together. */
import type { EntityState } from '../../engine/fold.ts';
import type { EntityId, OpId } from '../../engine/ids.ts';
import { FACT, FIELD } from '../../engine/liveness.ts';
import type { ContactService } from '../../domain/catalogue.types.ts';
import type { EncounterLine } from '../protocol.ts';
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
import { type Reason, reasonsOf } from './reasons.ts';
import { encounterOf } from './standing.ts';

export type ContactLine = {
  readonly id: EntityId;
  readonly contact: OpId;
  readonly counts: boolean;
  readonly services: readonly ContactService[];
  readonly reasons: readonly Reason[];
  /** As whom they were counted, if that was without a name first; null for whoever was named at once. */
  readonly unnamed: { readonly gender: string | null; readonly age: string | null } | null;
};

const contactsTold = told((state, reading) =>
  rowsOf(state, 'contact').map(
    (group) => [encounterOf(group), contactOf(reading, state, group)] as const,
  ),
);

function contactOf(reading: Reading, { entity }: EntityState, group: Row): ContactLine {
  const services = elements(group, FACT, 'services').map(([code]) => code as ContactService);
  const isUnnamed = shown(group, FACT, 'anonymous') === true;
  const gender = textOf(shown(group, FIELD, 'anonymous_gender'));
  const age = textOf(shown(group, FIELD, 'anonymous_age'));
  return {
    id: entity,
    contact: group.row,
    counts: group.counts,
    services: group.counts ? services : [],
    reasons: reasonsOf(reading, group, group.counts ? null : 'withdrawn'),
    unnamed: isUnnamed ? { gender, age } : null,
  };
}

const contactsByEncounter = once((reading) =>
  grouped(reading.holders('contact').flatMap((state) => contactsTold(reading, state))),
);

/** An encounter's row, by which contacts are of it. */
type Named = Pick<Row, 'row'>;

/** Returns every contact of an encounter, those that were taken back too. */
export function contactsIn(reading: Reading, { row }: Named): readonly ContactLine[] {
  return contactsByEncounter(reading).get(rowIdOf(row)) ?? [];
}

/** Of an encounter that was taken back, who was in it. */
function thoseIn(reading: Reading, encounter: Row): readonly ContactLine[] {
  return contactsIn(reading, encounter).filter((one) => one.counts || !encounter.counts);
}

/** Returns who was met, each once: two records of one person are one. */
export function metIn(reading: Reading, encounter: Row): EncounterLine['people'] {
  const met = new Map<string, EncounterLine['people'][number]>();
  for (const { id, contact } of thoseIn(reading, encounter)) {
    const person = personNamed(reading, id);
    if (!met.has(person.id)) met.set(person.id, { ...person, contact });
  }
  return [...met.values()];
}

/** Tells whether somebody stands in an encounter, by whichever of their records. */
export function standsIn(reading: Reading, encounter: Named, person: string): boolean {
  const { id } = personNamed(reading, person);
  return contactsIn(reading, encounter).some(
    (one) => one.counts && personNamed(reading, one.id).id === id,
  );
}

/** Tells whether anybody was named in an encounter from the beginning. */
export function namesAnybody(reading: Reading, encounter: Named): boolean {
  return contactsIn(reading, encounter).some((one) => one.counts && one.unnamed === null);
}

type Person = ReturnType<typeof personNamed>;

/** Returns what was done in an encounter and for whom, once for each person met: two records of one person are one. */
export function servicesIn(
  reading: Reading,
  encounter: Named,
): { readonly person: Person; readonly service: ContactService }[] {
  const done = new Map<string, { person: Person; services: Set<ContactService> }>();
  for (const { id, services } of contactsIn(reading, encounter)) {
    const person = personNamed(reading, id);
    const before = done.get(person.id)?.services ?? [];
    done.set(person.id, { person, services: new Set([...before, ...services]) });
  }
  return [...done.values()].flatMap(({ person, services }) =>
    [...services].map((service) => ({ person, service })),
  );
}

type Counts = Readonly<Record<string, number>>;
type Unnamed = { readonly anonymous: Counts; readonly ages: Counts };

/** Returns how many are left without a name: as they were counted, less who was recognised since. */
export function unnamedIn(reading: Reading, encounter: Row): Unnamed {
  const recognised = recognisedIn(reading, encounter);
  return {
    anonymous: less(withoutAges(counts(encounter, 'anon')), recognised.anonymous),
    ages: less(counts(encounter, 'anon_age'), recognised.ages),
  };
}

/**
 * Returns as whom those were counted who were recognised since, each person once; without some contacts, if they are to
 * be taken back. Of two contacts of one person that do not say the same, every device takes the same one.
 */
export function recognisedIn(
  reading: Reading,
  encounter: Row,
  except: ReadonlySet<string> = new Set(),
): Unnamed {
  const linked = thoseIn(reading, encounter)
    .filter(({ contact, unnamed }) => unnamed !== null && !except.has(contact))
    .toSorted((a, b) => (a.contact < b.contact ? 1 : -1));
  const byPerson = new Map(linked.map((one) => [personNamed(reading, one.id).id, one.unnamed]));
  const those = [...byPerson.values()];
  return {
    anonymous: numbered(those.map((one) => one?.gender ?? null)),
    ages: numbered(those.map((one) => one?.age ?? null)),
  };
}

function numbered(codes: readonly (string | null)[]): Counts {
  const found: Record<string, number> = {};
  for (const code of codes) if (code !== null) found[code] = (found[code] ?? 0) + 1;
  return found;
}

function less(counted: Counts, taken: Counts): Counts {
  const left = Object.entries(counted).map(([code, count]): [string, number] => {
    return [code, count - (taken[code] ?? 0)];
  });
  return Object.fromEntries(left.filter(([, count]) => count > 0));
}

/** Ages are counted beside genders, under a longer name that begins the same. */
function withoutAges(found: Counts): Counts {
  return Object.fromEntries(Object.entries(found).filter(([code]) => !code.startsWith('age_')));
}
