/** What a restored server means for this device, until a person has heard of it. */
import type { Replica } from '../engine/replica.ts';
import { OpClass } from '../engine/op.ts';
import type { SyncState } from './protocol.ts';

/** Returns how many records go out again, and how many of other devices are only here; null if nothing is to be told. */
export function restoredIn({
  restored_ms,
  lost,
  outbox,
  identity,
}: Replica): SyncState['restored'] {
  if (restored_ms === null) return null;
  const others = [...lost.values()].flat().filter(({ header }) => {
    return header.opClass !== OpClass.CONTROL && header.device !== identity.device;
  });
  return { own: outbox.ops.size - outbox.inState('aside').length, others: others.length };
}

/** Returns what is told of two logs at once. */
export function together(
  one: SyncState['restored'],
  other: SyncState['restored'],
): SyncState['restored'] {
  if (one === null || other === null) return one ?? other;
  return { own: one.own + other.own, others: one.others + other.others };
}
