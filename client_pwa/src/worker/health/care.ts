/**
 * What is written into the health file: of a contact, and of a person.
 *
 * The first thing said of somebody there begins them there, with a secret of its own.
 */
import { ownGroup } from '../../engine/fold.ts';
import type { EntityId, OpId } from '../../engine/ids.ts';
import { FIELD } from '../../engine/liveness.ts';
import { OpClass, rowName } from '../../engine/op.ts';
import type { Intent } from '../../engine/writer.ts';
import { firstRecord } from '../persons.ts';
import { CallProblem, type Value, type Values } from '../protocol.ts';
import type { Session } from '../session.ts';
import { CONTACT, HEALTH_OF_CONTACT, HEALTH_OF_PERSON, healthRecords } from '../views/health.ts';
import type { Reading } from '../views/reading.ts';

/** Tells whether anything is said of the care given. */
export function saysCare(values: Values): boolean {
  return Object.values(values).some(isSaid);
}

function isSaid(value: Value): boolean {
  return typeof value === 'string' ? value.trim() !== '' : value !== null && value !== false;
}

/** Returns what is written of a contact, which stands under this record of a person. */
export function careIntents(
  health: Session | null,
  entity: EntityId,
  contact: OpId,
  values: Values,
): Intent[] {
  const said = Object.entries(values).filter(([, value]) => isSaid(value));
  const fields = { ...Object.fromEntries(said), [CONTACT]: rowName(contact) };
  const row: Intent = { intent: 'row', entity, kind: HEALTH_OF_CONTACT, fields };
  return [...begun(health, entity), row];
}

/** Returns what is written of a person, one edit for each record that would otherwise have its way. */
export function healthIntents(
  { health, reading }: { readonly health: Session | null; readonly reading: Reading },
  id: string,
  fields: Values,
): Intent[] {
  const records = healthRecords(reading, id);
  const entity = records[0]?.entity ?? firstRecord(reading, id);
  const others = records.slice(1).map((state) => {
    const registers = ownGroup(state)?.registers;
    const against = Object.entries(fields).filter(([name, value]) => {
      const stands = registers?.get(`${FIELD}${name}`)?.value ?? null;
      return name.includes('/') && value === null && stands !== null;
    });
    return { entity: state.entity, fields: Object.fromEntries(against) };
  });
  const told = others.filter((one) => Object.keys(one.fields).length > 0);
  const edits = [{ entity, fields }, ...told].map((one): Intent => {
    return { intent: 'edit', kind: HEALTH_OF_PERSON, ...one };
  });
  return [...begun(health, entity), ...edits];
}

function begun(health: Session | null, entity: EntityId): Intent[] {
  if (health === null) throw new CallProblem('refused');
  const classes = health.replica.ops(entity).map(({ header }) => header.opClass);
  if (classes.includes(OpClass.GENESIS)) return [];
  return [{ intent: 'genesis', entity, kind: HEALTH_OF_PERSON }];
}
