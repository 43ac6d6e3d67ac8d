/** The sealed record of what a restored server has lost: it is written again only when that changes. */
import type { Bytes } from '../engine/bytes.ts';
import { Codec, flag, int, nullable, struct } from '../engine/codec.ts';
import { INT_MAX, type SpaceId } from '../engine/ids.ts';
import type { Replica, SoundEntry } from '../engine/replica.ts';
import { lostEntry, lostOf, type StoredLost, storedLost } from '../engine/stored.ts';
import type { Contents } from './contents.ts';

export const LOST = 'lost';

/** What of it can change: the ops themselves only come back, or are all told anew by a step back. */
export type Lost = {
  readonly count: number;
  readonly restored_ms: number | null;
  /** Whether the log is read from its first op although the vault names a checkpoint: the server has lost that too. */
  readonly fromFirst: boolean;
};

/** Nothing, and no state of a replica: after it the record is written in any case. */
export const NOTHING_LOST: Lost = { count: -1, restored_ms: null, fromFirst: false };

export function lostIn(replica: Replica, { start }: Contents): Lost {
  let count = 0;
  for (const entries of replica.lost.values()) count += entries.length;
  const fromFirst = start !== null && replica.reader.start === null;
  return { count, restored_ms: replica.restored_ms, fromFirst };
}

export function isSame(one: Lost, other: Lost): boolean {
  return (
    one.count === other.count &&
    one.restored_ms === other.restored_ms &&
    one.fromFirst === other.fromFirst
  );
}

type Stored = Omit<Lost, 'count'> & { readonly ops: readonly StoredLost[] };

const record = new Codec<Stored>(
  struct<Stored>(
    { restored_ms: nullable(int(-INT_MAX, INT_MAX)), fromFirst: flag, ops: storedLost },
    1,
  ),
);

/** Returns the record, or null if there is nothing to say. */
export function encodeLost(replica: Replica, { count, ...lost }: Lost): Bytes | null {
  if (count === 0 && lost.restored_ms === null && !lost.fromFirst) return null;
  return record.encode({ ...lost, ops: lostOf(replica) });
}

export function decodeLost(
  data: Bytes | null,
  space: SpaceId,
): Omit<Lost, 'count'> & { readonly entries: readonly SoundEntry[] } {
  if (data === null) return { restored_ms: null, fromFirst: false, entries: [] };
  const { ops, ...lost } = record.decode(data);
  return { ...lost, entries: ops.map((one) => lostEntry(one, space)) };
}
