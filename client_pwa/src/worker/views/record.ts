/** A person's own page: what is said of them, and all that happened with them. */
import { type EntityState, type Group, ownGroup } from '../../engine/fold.ts';
import { FACT, FIELD } from '../../engine/liveness.ts';
import type { Day, LeftReason } from '../../domain/catalogue.types.ts';
import { mayErase } from '../erasing.ts';
import type { Left, PersonRecord, TimelineItem } from '../protocol.ts';
import { encounterNamed } from './encounters.ts';
import { erasingOf } from './erasures.ts';
import { healthByContact, healthOfPerson } from './health.ts';
import { isInBin, personLine } from './people.ts';
import { personState, recordLines } from './persons.ts';
import { type Reading, rowsOf, shown, textOf } from './reading.ts';
import { referralsByPerson } from './referrals.ts';
import { contactStands, encounterOf } from './standing.ts';
import { noteLines, procedureLines, requestLines, taskLines } from './written.ts';

/** Returns the page of a person by the id of any of their records, or null if there is none. */
export function personRecord(reading: Reading, id: string): PersonRecord | null {
  const state = personState(reading, id);
  const own = state === null ? null : ownGroup(state);
  if (state === null || own === null) return null;
  const written = {
    requests: requestLines(reading, state),
    procedures: procedureLines(reading, state),
    tasks: taskLines(reading, state),
    left: leftOf(reading, own),
  };
  return {
    line: personLine(reading, state),
    fields: reading.fields(own),
    health: healthOfPerson(reading, id),
    records: recordLines(reading, id),
    ...written,
    bin: isInBin(reading, state),
    timeline: timeline(reading, state, written),
    mayErase: mayErase(reading.replica),
    erasing: erasingOf(reading, id),
  };
}

function leftOf(reading: Reading, own: Group): Left | null {
  const said = own.registers.get(`${FACT}left`);
  const day = shown(own, FACT, 'left') as Day | null;
  if (said === undefined || day === null) return null;
  return {
    day,
    reason: shown(own, FIELD, 'left_reason') as LeftReason | null,
    author: reading.author(said.winner),
    at: reading.at(said.winner),
    mark: reading.mark(said.winner),
  };
}

type Written = Pick<PersonRecord, 'requests' | 'procedures' | 'tasks' | 'left'>;

function timeline(
  reading: Reading,
  state: EntityState,
  { requests, procedures, tasks, left }: Written,
): TimelineItem[] {
  const referrals = referralsByPerson(reading).get(state.entity) ?? [];
  const items: TimelineItem[] = [
    ...contactItems(reading, state),
    ...requests.map((pursuit) => ({ type: 'request' as const, pursuit, at: pursuit.at })),
    ...procedures.map((pursuit) => ({ type: 'procedure' as const, pursuit, at: pursuit.at })),
    ...tasks.map((task) => ({ type: 'task' as const, task, at: task.at })),
    ...noteLines(reading, state).map((note) => ({ type: 'note' as const, note, at: note.at })),
    ...(left === null ? [] : [{ type: 'left' as const, left, at: left.at }]),
    ...referrals.map((referral) => {
      return { type: 'referral' as const, referral, at: referral.sentAt ?? referral.since };
    }),
  ];
  return items.sort((a, b) => b.at - a.at);
}

function contactItems(reading: Reading, state: EntityState): TimelineItem[] {
  const health = healthByContact(reading, state);
  const contacts = rowsOf(state, 'contact').map((group): TimelineItem => ({
    type: 'contact',
    row: group.row,
    at: reading.at(group.row),
    author: reading.author(group.row),
    note: textOf(shown(group, FIELD, 'note')),
    fields: reading.fields(group),
    linked: shown(group, FACT, 'anonymous') === true,
    health: health.byRow.get(group.row) ?? [],
    encounter: encounterNamed(reading, encounterOf(group)),
    mark: reading.mark(group.row),
    void: !contactStands(reading, group),
  }));
  return [
    ...contacts,
    ...health.alone.map((care) => ({ type: 'care' as const, care, at: care.at })),
  ];
}
