/** What the health file says of a person, whichever of their records it was written of. */
import { type EntityState, ownGroup } from '../../engine/fold.ts';
import type { EntityId, OpId } from '../../engine/ids.ts';
import { FIELD } from '../../engine/liveness.ts';
import type { ContactHealth, PersonRecord } from '../protocol.ts';
import { recordsOf, together } from './persons.ts';
import { grouped, type Reading, rowIdOf, type Row, rowsOf, shown, textOf } from './reading.ts';

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

/**
 * Returns what is said of each of a person's contacts, by the contact's row.
 *
 * A contact that was sealed again after a restore has another name than the one it was given here: then its time tells
 * it, for both were written in one gesture.
 */
export function healthByContact(
  reading: Reading,
  state: EntityState,
): ReadonlyMap<string, readonly ContactHealth[]> {
  const { health } = reading;
  if (health === null) return new Map();
  const contacts = rowsOf(state, 'contact').map(({ row }) => row);
  const byName = new Map(contacts.map((row) => [rowIdOf(row), row]));
  const byTime = new Map(contacts.map((row) => [reading.at(row), row]));
  const said = healthRecords(reading, state.entity)
    .flatMap((one) => rowsOf(one, HEALTH_OF_CONTACT))
    .filter(({ counts }) => counts)
    .map((group) => {
      const named = byName.get(textOf(shown(group, FIELD, CONTACT)) ?? '');
      const line = lineOf(health, group);
      return [named ?? byTime.get(line.at) ?? '', line] as const;
    });
  return grouped(said);
}

/** Returns the rows that add to any of some contacts, named by the first 16 bytes of theirs. */
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
