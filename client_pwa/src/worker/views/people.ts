/** People as tiles and as records. */
import { type EntityState, type Group, ownGroup } from '../../engine/fold.ts';
import type { OpId } from '../../engine/ids.ts';
import { FACT, FIELD } from '../../engine/liveness.ts';
import { find } from '../../search/people.ts';
import type { PersonLine, PersonRecord, RequestLine, TimelineItem } from '../protocol.ts';
import type { Need, Status } from '../../domain/catalogue.types.ts';
import { encounterLines } from './encounters.ts';
import { elements, type Reading, shown, textOf } from './reading.ts';
import { referralLines } from './referrals.ts';

/** Returns everybody who is not in the bin, by name. */
export function people(reading: Reading): PersonLine[] {
  const lines = reading
    .entities('person')
    .filter((state) => shown(ownGroup(state), FACT, 'trash') !== true)
    .map((state) => personLine(reading, state));
  return lines.sort((a, b) => a.name.localeCompare(b.name, 'fr'));
}

export function search(reading: Reading, query: string): { people: PersonLine[]; total: number } {
  const everybody = people(reading);
  const found = find(everybody, ({ aliases, sign }) => [...aliases, sign ?? ''].join(' '), query);
  return { people: found, total: everybody.length };
}

export function personLine(reading: Reading, state: EntityState): PersonLine {
  const own = ownGroup(state);
  const aliases = elements(own, FIELD, 'alias').map(([, alias]) => textOf(alias) ?? '');
  const sign = textOf(shown(own, FIELD, 'description'));
  const contacts = rowsOf(state, 'contact').filter(({ counts }) => counts);
  const met = contacts.map(({ row }) => reading.at(row));
  const referrals = referralLines(reading).filter(({ person }) => person?.id === state.entity);
  return {
    id: state.entity,
    name: aliases[0] ?? sign ?? '',
    aliases,
    sign,
    lastMet: met.length > 0 ? Math.max(...met) : null,
    mark: reading.markOf(winners(state)),
    conflict: state.groups.some((group) =>
      [...group.registers.values()].some(({ conflict }) => conflict),
    ),
    openRequests: rowsOf(state, 'request').filter(
      (group) => shown(group, FACT, 'status') === 'open',
    ).length,
    referral: referrals[0]?.state ?? null,
  };
}

export function personRecord(reading: Reading, id: string): PersonRecord | null {
  const state = reading.state(id);
  const own = state === null ? null : ownGroup(state);
  if (state === null || own?.kind !== 'person') return null;
  const requests = rowsOf(state, 'request').map((group) => requestLine(reading, group));
  return {
    line: personLine(reading, state),
    fields: reading.fields(own),
    requests,
    timeline: timeline(reading, state, requests),
  };
}

type Row = Group & { readonly row: OpId };

export function rowsOf(state: EntityState, kind: string): Row[] {
  return state.groups.filter((group): group is Row => group.row !== null && group.kind === kind);
}

function winners(state: EntityState): OpId[] {
  return state.groups.flatMap((group) => [...group.registers.values()].map(({ winner }) => winner));
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
  const encounters = new Map(encounterLines(reading).map((line) => [line.row.slice(0, 32), line]));
  const contacts = rowsOf(state, 'contact').map((group): TimelineItem => ({
    type: 'contact',
    row: group.row,
    at: reading.at(group.row),
    author: reading.author(group.row),
    note: textOf(shown(group, FIELD, 'note')),
    encounter: encounters.get(textOf(shown(group, FACT, 'encounter')) ?? '') ?? null,
    mark: reading.mark(group.row),
    void: !group.counts,
  }));
  const asked = requests.map((request): TimelineItem => ({
    type: 'request',
    request,
    at: request.at,
  }));
  const referred = referralLines(reading)
    .filter(({ person }) => person?.id === state.entity)
    .map((referral): TimelineItem => ({
      type: 'referral',
      referral,
      at: referral.sentAt ?? referral.since,
    }));
  return [...contacts, ...asked, ...referred].sort((a, b) => b.at - a.at);
}
