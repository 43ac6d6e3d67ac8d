/**
 * The report of a round, which writes itself from what was recorded.
 *
 * A request and a referral name no round. They are of the one on which the person was met last before they were written:
 * in the same gesture, or by somebody of its crew while it was open.
 */
import { type EntityState, ownGroup } from '../../engine/fold.ts';
import type { OpId } from '../../engine/ids.ts';
import { FACT, FIELD } from '../../engine/liveness.ts';
import type { ContactService, Need } from '../../domain/catalogue.types.ts';
import type { ReferralLine, RoundReport, ServiceLine } from '../protocol.ts';
import { servicesIn } from './contacts.ts';
import { encountersOf, patrolLine } from './encounters.ts';
import { observationsOf } from './observations.ts';
import { personState } from './persons.ts';
import { elements, type Reading, rowIdOf, rowsOf, shown, textOf, told } from './reading.ts';
import { referralsByPerson, referredBy } from './referrals.ts';
import { encounterOf } from './standing.ts';
import { differencesOf, isCollected, lossesOf, unitSums } from './stock.ts';

type Person = RoundReport['met'][number];
type Counts = readonly (readonly [string, number])[];

/** What tells whether something is of a round. */
type Round = {
  /** The names of its encounters, without the void ones. */
  readonly encounters: ReadonlySet<string>;
  readonly crew: ReadonlySet<string | null>;
  readonly closedAt: number;
};

/** Returns the report of a round, or null if there is none by this id. */
export function roundReport(reading: Reading, id: string): RoundReport | null {
  const state = reading.state(id);
  const own = state === null ? null : ownGroup(state);
  if (state === null || own?.kind !== 'patrol') return null;
  const encounters = encountersOf(reading, state).filter((line) => !line.void);
  const names = encounters.map(({ row }) => rowIdOf(row as OpId));
  const people = encounters.flatMap((line) => line.people);
  const met = [...new Map(people.map(({ id, name }) => [id, { id, name }])).values()];
  const observations = observationsOf(reading, state).filter((line) => !line.void);
  const items = [...encounters, ...observations].flatMap((line) => line.items);
  const closing = closedBy(state);
  const round: Round = {
    encounters: new Set(names),
    crew: new Set(elements(own, FIELD, 'crew').map(([worker]) => worker)),
    closedAt: closing === null ? Infinity : reading.at(closing),
  };
  return {
    patrol: patrolLine(reading, state),
    report: textOf(shown(own, FIELD, 'report')),
    handover: textOf(shown(own, FIELD, 'handover')),
    closedBy: closing === null ? null : reading.author(closing),
    encounters,
    observations,
    met,
    anonymous: totals(encounters.flatMap(({ anonymous }) => Object.entries(anonymous))),
    ages: totals(encounters.flatMap(({ ages }) => Object.entries(ages))),
    given: totals(
      items.filter(({ item }) => !isCollected(item)).map(({ item, count }) => [item, count]),
    ),
    collected: unitSums(items.filter(({ item }) => isCollected(item))),
    services: services(reading, encounters),
    requests: met.flatMap((person) => requestsOf(reading, round, person)),
    referrals: met.flatMap((person) => referralsOf(reading, round, person)),
    losses: lossesOf(reading, state.entity),
    differences: differencesOf(reading, state.entity),
  };
}

/** Returns the op that closed a round, or null while it is open. */
export function closedBy(patrol: EntityState): OpId | null {
  const end = ownGroup(patrol)?.registers.get(`${FACT}end`);
  return end === undefined || end.value === null ? null : end.winner;
}

/** Each service with those to whom it was given. */
function services(
  reading: Reading,
  encounters: RoundReport['encounters'],
): RoundReport['services'] {
  const given: Partial<Record<ContactService, ServiceLine[]>> = {};
  for (const { row } of encounters) {
    for (const { person, service } of servicesIn(reading, { row: row as OpId })) {
      given[service] = [...(given[service] ?? []), { row, person }];
    }
  }
  return given;
}

/** Adds up by code; of what there is none, nothing is said. */
function totals(counts: Counts): Readonly<Record<string, number>> {
  const sums: Record<string, number> = {};
  for (const [code, count] of counts) {
    if (count > 0) sums[code] = (sums[code] ?? 0) + count;
  }
  return sums;
}

function requestsOf(
  reading: Reading,
  round: Round,
  person: Person,
): RoundReport['requests'][number][] {
  const state = personState(reading, person.id);
  if (state === null) return [];
  return rowsOf(state, 'request')
    .filter(({ counts, row }) => counts && isOfRound(reading, round, state, row))
    .map((group) => ({
      row: group.row,
      need: shown(group, FIELD, 'need') as Need | null,
      person,
    }));
}

function referralsOf(reading: Reading, round: Round, person: Person): ReferralLine[] {
  const state = personState(reading, person.id);
  const lines = referralsByPerson(reading).get(person.id) ?? [];
  return lines.filter(({ id }) => {
    const referral = reading.state(id);
    const opId = referral === null ? undefined : referredBy(referral);
    return state !== null && opId !== undefined && isOfRound(reading, round, state, opId);
  });
}

/** A person's contacts, the last one first; one that is void is still the one at which something was said. */
const contactsTold = told((state, reading) =>
  rowsOf(state, 'contact')
    .map((group) => ({
      row: group.row,
      at: reading.at(group.row),
      encounter: encounterOf(group),
    }))
    .sort((a, b) => b.at - a.at),
);

function isOfRound(reading: Reading, round: Round, person: EntityState, opId: OpId): boolean {
  const at = reading.at(opId);
  const last = contactsTold(reading, person).find((contact) => contact.at <= at);
  if (last === undefined || !round.encounters.has(last.encounter)) return false;
  const writer = reading.writer(opId);
  const isInOneGesture = last.at === at && reading.writer(last.row) === writer;
  return isInOneGesture || (at <= round.closedAt && round.crew.has(writer));
}
