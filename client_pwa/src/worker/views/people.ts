/** People as tiles and as records. */
import { type EntityState, ownGroup } from '../../engine/fold.ts';
import { FACT, FIELD } from '../../engine/liveness.ts';
import { find, type Heard, heard } from '../../search/people.ts';
import type { Calls, PersonLine, PersonRecord, RequestLine, TimelineItem } from '../protocol.ts';
import type { Need, Status } from '../../domain/catalogue.types.ts';
import { mayErase } from '../erasing.ts';
import { encounterNamed } from './encounters.ts';
import { erasingOf } from './erasures.ts';
import { healthByContact, healthOfPerson } from './health.ts';
import { metLast, persons, personState, recordLines, recordsOf } from './persons.ts';
import {
  elements,
  once,
  type Reading,
  type Row,
  rowsOf,
  type Said,
  shown,
  textOf,
  told,
} from './reading.ts';
import { referralsByPerson } from './referrals.ts';
import { contactStands } from './standing.ts';

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

export function search(reading: Reading, query: string): Calls['view.people']['answer'] {
  const all = everybody(reading);
  const { found, alike } = find(
    query.trim() === '' ? all : byLastMet(reading),
    (one) => one.heard,
    query,
  );
  return {
    people: found.map(({ line }) => line),
    alike: alike.slice(0, ALIKE_MOST).map(({ line }) => line),
    total: all.length,
  };
}

/** Somebody of whom one record is in the bin is still there while another is not. */
function isInBin(reading: Reading, { entity }: EntityState): boolean {
  return recordsOf(reading, entity).every((state) => binTold(reading, state));
}

const binTold = told((state) => shown(ownGroup(state), FACT, 'trash') === true);

export function personLine(reading: Reading, state: EntityState): PersonLine {
  const { name, aliases, sign, conflict, openRequests } = personTold(reading, state);
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
    records: recordsOf(reading, state.entity).length,
  };
}

/** What a person's own state tells of them. */
const personTold = told((state) => {
  const own = ownGroup(state);
  const named = elements(own, FIELD, 'alias').map(([, alias]) => textOf(alias) ?? '');
  const aliases = [...new Set(named)];
  const sign = textOf(shown(own, FIELD, 'description'));
  const requests = rowsOf(state, 'request');
  return {
    name: aliases[0] ?? sign ?? '',
    aliases,
    sign,
    heard: heard([...aliases, sign ?? ''].join(' ')),
    conflict: state.groups.some(({ registers }) => Array.from(registers.values()).some(isConflict)),
    openRequests: requests.filter((group) => shown(group, FACT, 'status') === 'open').length,
  };
});

function isConflict({ conflict, undecided }: Said): boolean {
  return conflict || undecided === true;
}

export function personRecord(reading: Reading, id: string): PersonRecord | null {
  const state = personState(reading, id);
  const own = state === null ? null : ownGroup(state);
  if (state === null || own === null) return null;
  const requests = rowsOf(state, 'request').map((group) => requestLine(reading, group));
  return {
    line: personLine(reading, state),
    fields: reading.fields(own),
    health: healthOfPerson(reading, id),
    records: recordLines(reading, id),
    requests,
    timeline: timeline(reading, state, requests),
    mayErase: mayErase(reading.replica),
    erasing: erasingOf(reading, id),
  };
}

function requestLine(reading: Reading, group: Row): RequestLine {
  return {
    row: group.row,
    need: shown(group, FIELD, 'need') as Need | null,
    status: shown(group, FACT, 'status') as Status | null,
    at: reading.at(group.row),
    author: reading.author(group.row),
    mark: reading.mark(group.row),
  };
}

function timeline(
  reading: Reading,
  state: EntityState,
  requests: readonly RequestLine[],
): TimelineItem[] {
  const health = healthByContact(reading, state);
  const contacts = rowsOf(state, 'contact').map((group): TimelineItem => ({
    type: 'contact',
    row: group.row,
    at: reading.at(group.row),
    author: reading.author(group.row),
    note: textOf(shown(group, FIELD, 'note')),
    fields: reading.fields(group),
    health: health.byRow.get(group.row) ?? [],
    encounter: encounterNamed(reading, textOf(shown(group, FACT, 'encounter')) ?? ''),
    mark: reading.mark(group.row),
    void: !contactStands(reading, group),
  }));
  const cared = health.alone.map((care): TimelineItem => ({ type: 'care', care, at: care.at }));
  const asked = requests.map((request): TimelineItem => ({
    type: 'request',
    request,
    at: request.at,
  }));
  const referrals = referralsByPerson(reading).get(state.entity) ?? [];
  const referred = referrals.map((referral): TimelineItem => ({
    type: 'referral',
    referral,
    at: referral.sentAt ?? referral.since,
  }));
  return [...contacts, ...cared, ...asked, ...referred].sort((a, b) => b.at - a.at);
}
