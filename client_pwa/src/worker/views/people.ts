/** People as tiles, and as they are searched. */
import { type EntityState, ownGroup } from '../../engine/fold.ts';
import { FACT, FIELD } from '../../engine/liveness.ts';
import { find, type Heard, heard } from '../../search/people.ts';
import type { Day } from '../../domain/catalogue.types.ts';
import type { Calls, PersonLine } from '../protocol.ts';
import { aliasesTold, metLast, persons, recordsOf } from './persons.ts';
import { once, type Reading, rowsOf, type Said, shown, textOf, told } from './reading.ts';
import { referralsByPerson } from './referrals.ts';

type Person = { readonly line: PersonLine; readonly heard: Heard };

/** More than that are a list to read, not a hint. */
const ALIKE_MOST = 6;

const byName = new Intl.Collator('fr');

/** Everybody who is not in the bin, by name. */
const everybody = once((reading): Person[] => {
  const shownOnes = persons(reading).filter((state) => !isInBin(reading, state));
  const found = shownOnes.map((state) => {
    return { line: personLine(reading, state), heard: personTold(reading, state).heard };
  });
  return found.sort((a, b) => byName.compare(a.line.name, b.line.name));
});

export const people = once((reading): PersonLine[] => everybody(reading).map(({ line }) => line));

/** Whoever was met last first: of two who answer alike, that is more often the one. */
const byLastMet = once((reading): Person[] =>
  everybody(reading).toSorted((a, b) => (b.line.lastMet ?? 0) - (a.line.lastMet ?? 0)),
);

/** Whoever has left the active list comes after everybody else. */
function leftLast(a: Person, b: Person): number {
  return Number(a.line.left !== null) - Number(b.line.left !== null);
}

export function search(reading: Reading, query: string): Calls['view.people']['answer'] {
  const all = everybody(reading);
  const { found, alike } = find(
    query.trim() === '' ? all : byLastMet(reading),
    (one) => one.heard,
    query,
  );
  return {
    people: found.sort(leftLast).map(({ line }) => line),
    alike: alike
      .sort(leftLast)
      .slice(0, ALIKE_MOST)
      .map(({ line }) => line),
    total: all.length,
  };
}

/** Somebody of whom one record is in the bin is still there while another is not. */
export function isInBin(reading: Reading, { entity }: EntityState): boolean {
  return recordsOf(reading, entity).every((state) => binTold(reading, state));
}

const binTold = told((state) => shown(ownGroup(state), FACT, 'trash') === true);

export function personLine(reading: Reading, state: EntityState): PersonLine {
  const { name, aliases, sign, conflict, openRequests, left } = personTold(reading, state);
  return {
    id: state.entity,
    name,
    aliases,
    sign,
    lastMet: metLast(reading, state),
    mark: reading.markOfState(state),
    conflict,
    openRequests,
    referral: referralsByPerson(reading).get(state.entity)?.[0]?.state ?? null,
    left,
    records: recordsOf(reading, state.entity).length,
  };
}

/** What a person's own state tells of them. */
const personTold = told((state, reading) => {
  const own = ownGroup(state);
  const aliases = aliasesTold(reading, state);
  const sign = textOf(shown(own, FIELD, 'description'));
  const requests = rowsOf(state, 'request');
  return {
    name: aliases[0] ?? sign ?? '',
    aliases,
    sign,
    heard: heard([...aliases, sign ?? ''].join(' ')),
    conflict: state.groups.some(({ registers }) => Array.from(registers.values()).some(isConflict)),
    openRequests: requests.filter((one) => one.counts && shown(one, FACT, 'status') === 'open')
      .length,
    left: shown(own, FACT, 'left') as Day | null,
  };
});

function isConflict({ conflict, undecided }: Said): boolean {
  return conflict || undecided === true;
}
