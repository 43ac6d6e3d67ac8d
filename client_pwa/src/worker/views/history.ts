/**
 * All that was ever said under one name of an entity, as far as this device has it: by ops that stand and by those that
 * others have taken the place of.
 */
import type { EntityId } from '../../engine/ids.ts';
import { type FoldOp, groupOf } from '../../engine/liveness.ts';
import { compartmentOf } from '../catalogue.ts';
import type { Calls, Candidate, History } from '../protocol.ts';
import { recordsOf } from './persons.ts';
import { plainValue, type Reading } from './reading.ts';

/** Returns it, the last said first, of every record of a person; null if there is no such entity. */
export function history(
  reading: Reading,
  { entity, kind, name }: Calls['view.history']['ask'],
): History | null {
  const records = recordsOf(reading, entity).map((state) => state.entity);
  const entities = records.length > 0 ? records : [entity as EntityId];
  if (entities.every((one) => reading.state(one) === null)) return null;
  const space = compartmentOf(kind) === null ? reading : reading.health;
  // Nothing is said here of what this device does not read.
  if (space === null) return { values: [], complete: false };
  const values = entities
    .flatMap((one) => space.replica.ops(one))
    .filter((op) => groupOf(op) === null && op.header.kind === kind)
    .flatMap((op) => valuesIn(space, op, name));
  return {
    values: values.toReversed().sort((a, b) => b.at - a.at),
    complete: entities.every((one) => isWhole(space, one)),
  };
}

/** A fact stands in the header, which is there also where a dead op came without its payload. */
function valuesIn(reading: Reading, { opId, header, payload }: FoldOp, name: string): Candidate[] {
  const facts = header.facts.map(([of, value]) => ({ of, value }));
  const fields = (payload?.fields ?? []).map(({ name: of, value }) => ({ of, value }));
  return [...facts, ...fields]
    .filter(({ of }) => of === name)
    .map(({ value }) => ({
      value: plainValue(value),
      author: reading.author(opId),
      at: reading.at(opId),
      mark: reading.mark(opId),
    }));
}

/** Tells whether a device has all that was ever said of an entity: it began before it, and every op of it opens. */
function isWhole({ replica }: Reading, entity: EntityId): boolean {
  const { base } = replica.reader.view;
  const entries = replica.entries.get(entity) ?? [];
  return entries.every(({ cursor, opId }) => cursor > base && replica.payloads.has(opId));
}
