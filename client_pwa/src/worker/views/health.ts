/** What the health file says of a person, whichever of their records it was written of. */
import { toHex } from '../../engine/bytes.ts';
import { type EntityState, ownGroup } from '../../engine/fold.ts';
import type { EntityId, OpId } from '../../engine/ids.ts';
import { FIELD } from '../../engine/liveness.ts';
import { SALVAGES } from '../../engine/registry.ts';
import type { ContactHealth, PersonRecord } from '../protocol.ts';
import { recordsOf, together } from './persons.ts';
import { type Reading, rowIdOf, type Row, rowsOf, shown, textOf } from './reading.ts';

export const HEALTH_OF_PERSON = 'person_health';
export const HEALTH_OF_CONTACT = 'contact_health';
/** The field by which a row names the contact that it adds to. */
export const CONTACT = 'contact';

/** Returns what the health file holds of a person's records, as far as it knows them, in their order. */
export function healthRecords(reading: Reading, id: string): EntityState[] {
  const { health } = reading;
  if (health === null) return [];
  const states = recordsOf(reading, id).map(({ entity }) => health.state(entity));
  return states.filter((state): state is EntityState => {
    return state !== null && ownGroup(state)?.kind === HEALTH_OF_PERSON;
  });
}

/** Returns what is said of the person themself; null on a device that does not read it. */
export function healthOfPerson(reading: Reading, id: string): PersonRecord['health'] {
  const { health } = reading;
  if (health === null) return null;
  const records = healthRecords(reading, id);
  const own = records.length === 0 ? null : ownGroup(together(health, records));
  return { fields: own === null ? {} : health.fields(own) };
}

/** What is said of a person's contacts: by the contact's row, and that of which no contact is found here. */
export type HealthByContact = {
  readonly byRow: ReadonlyMap<string, readonly ContactHealth[]>;
  readonly alone: readonly ContactHealth[];
};

/**
 * Returns what is said of a person's contacts; nothing that is said is left out.
 *
 * A contact that was written or sealed again has another name than the one it was given here. Its row tells the name
 * that it took over; else its time tells it, if both were written in one gesture.
 */
export function healthByContact(reading: Reading, state: EntityState): HealthByContact {
  const { health } = reading;
  if (health === null) return { byRow: new Map(), alone: [] };
  const contacts = rowsOf(state, 'contact');
  const byName = rowsByName(reading, contacts);
  const byTime = new Map(contacts.map(({ row }) => [reading.at(row), row]));
  const byRow = new Map<string, ContactHealth[]>();
  const alone: ContactHealth[] = [];
  for (const one of healthRecords(reading, state.entity)) {
    for (const group of rowsOf(one, HEALTH_OF_CONTACT).filter(({ counts }) => counts)) {
      const line = lineOf(health, group);
      const named = byName.get(textOf(shown(group, FIELD, CONTACT)) ?? '');
      const row = named ?? byTime.get(line.at);
      if (row === undefined) alone.push(line);
      else byRow.set(row, [...(byRow.get(row) ?? []), line]);
    }
  }
  return { byRow, alone };
}

/** Returns the row of each contact by every name it has or took over; of two that took over one, the one that counts. */
function rowsByName(reading: Reading, contacts: readonly Row[]): ReadonlyMap<string, OpId> {
  const counting = contacts.toSorted((a, b) => Number(a.counts) - Number(b.counts));
  const over = counting.map(({ row }) => [nameTakenOver(reading, row), row] as const);
  const own = contacts.map(({ row }) => [rowIdOf(row), row] as const);
  return new Map([...over, ...own].filter((pair): pair is [string, OpId] => pair[0] !== null));
}

/** Returns the names by which the health file may know a row: its own, and the one it took over. */
export function namesOfRow(reading: Reading, row: OpId): string[] {
  return [rowIdOf(row), nameTakenOver(reading, row)].filter((name) => name !== null);
}

/** Returns the name of the row that a row was written again for, or null. */
function nameTakenOver(reading: Reading, row: OpId): string | null {
  const facts = reading.op(row)?.header.facts ?? [];
  const value = facts.find(([name]) => name === SALVAGES)?.[1];
  return value instanceof Uint8Array ? toHex(value) : null;
}

/** Returns the rows that add to any of some contacts, by any of their names. */
export function healthRows(
  { health }: Reading,
  contacts: ReadonlySet<string>,
): { readonly entity: EntityId; readonly row: OpId }[] {
  if (health === null) return [];
  return health.rows(HEALTH_OF_CONTACT).flatMap(({ entity, group }) => {
    const isOfOne = contacts.has(textOf(shown(group, FIELD, CONTACT)) ?? '');
    return group.row !== null && isOfOne ? [{ entity, row: group.row }] : [];
  });
}

function lineOf(health: Reading, group: Row): ContactHealth {
  const fields = Object.entries(health.fields(group)).filter(([name]) => name !== CONTACT);
  return {
    row: group.row,
    author: health.author(group.row),
    at: health.at(group.row),
    fields: Object.fromEntries(fields),
    mark: health.mark(group.row),
  };
}
