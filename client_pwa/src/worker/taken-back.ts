/** Rows that are taken back, as the ops that it means. */
import type { EntityId, OpId } from '../engine/ids.ts';
import type { Intent } from '../engine/writer.ts';
import { HEALTH_OF_CONTACT, healthRows, namesOfRow } from './views/health.ts';
import type { Reading } from './views/reading.ts';

type Written = { readonly entity: EntityId; readonly kind: string; readonly row: OpId };

/** Some rows count no more, and with a contact the care that was written of it. */
export function takenBack(reading: Reading, rows: readonly Written[], reason: string): Intent[] {
  const contacts = rows.filter(({ kind }) => kind === 'contact');
  const names = new Set(contacts.flatMap(({ row }) => namesOfRow(reading, row)));
  const care = healthRows(reading, names).map((one) => ({ kind: HEALTH_OF_CONTACT, ...one }));
  const facts = { void: true };
  const fields = reason === '' ? {} : { 'reason/void': reason };
  return [...rows, ...care].map((one): Intent => ({ intent: 'amend', ...one, facts, fields }));
}
