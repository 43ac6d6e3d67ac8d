/** Who has carried out each erasure, as far as the server has told; nothing here names who was erased. */
import type { DeviceId, EntityId, OpId } from '../../engine/ids.ts';
import { isRevoked, type Member } from '../../engine/members.ts';
import type { Replica, SoundEntry } from '../../engine/replica.ts';
import { askedErasures } from '../erasing.ts';
import type { Erasing, ErasureLine, Erasures, ErasureWaiting } from '../protocol.ts';
import type { Cursors } from '../cursors.ts';
import type { Seen } from '../seen.ts';
import { workerLine } from './encounters.ts';
import { recordsOf } from './persons.ts';
import type { Reading } from './reading.ts';
import { seenOf } from './team.ts';

/** Returns who has asked on this device that a person be erased, and is not heard yet; or null. */
export function erasingOf(reading: Reading, id: string): Erasing | null {
  const records = new Set(recordsOf(reading, id).map(({ entity }) => entity));
  const asked = askedErasures(reading.replica).find(({ entities }) =>
    entities.some((entity) => records.has(entity)),
  );
  if (asked === undefined) return null;
  const { opId } = asked.op;
  return { author: reading.author(opId), at: reading.at(opId) };
}

/** `health` is the replica of the health file, also where it is only administered. */
export function erasures(reading: Reading, health: Replica | null, seen: Seen | null): Erasures {
  const { replica } = reading;
  const asked = askedErasures(replica).map(({ op, entities }) =>
    lineOf(reading, op.opId, entities.length, null),
  );
  const done = replica.controls.flatMap((entry) => {
    const entities = firstErasedBy(replica, entry);
    if (entities.length === 0) return [];
    const carriedOut = seen && carriedOutBy(reading, health, seen, { entry, entities });
    return [{ ...lineOf(reading, entry.opId, entities.length, carriedOut), asked: false }];
  });
  return { known: seen?.known_ms ?? null, lines: [...done, ...asked].reverse() };
}

function lineOf(
  reading: Reading,
  op: OpId,
  records: number,
  carriedOut: ErasureLine['carriedOut'],
): ErasureLine {
  const { at, author } = { at: reading.at(op), author: reading.author(op) };
  return { op, at, author, records, asked: true, carriedOut };
}

/** Of what was erased twice, the first time counts. */
function firstErasedBy({ reader }: Replica, { body, cursor }: SoundEntry): readonly EntityId[] {
  if (body?.kind !== 'erase') return [];
  return body.entities.filter((entity) => reader.view.erased.get(entity) === cursor);
}

type Erasure = { readonly entry: SoundEntry; readonly entities: readonly EntityId[] };

function carriedOutBy(
  reading: Reading,
  health: Replica | null,
  seen: Seen,
  { entry, entities }: Erasure,
): ErasureLine['carriedOut'] {
  const { replica } = reading;
  const here = standingIn(replica, seen.association, entry.cursor);
  const there =
    health && seen.health && standingIn(health, seen.health, erasedAt(health, entities));
  const wrote = seenOf(replica);
  const devices = [...replica.reader.view.members.byDevice.values()].map((member) => {
    const standings = { here: here(member.device), there: there?.(member.device) ?? null };
    return { member, ...standings };
  });
  const concerned = devices.filter((one) => one.here !== null || one.there !== null);
  const waiting = concerned.filter((one) => one.here === 'behind' || one.there === 'behind');
  return {
    done: concerned.length - waiting.length,
    of: concerned.length,
    waiting: waiting.map(({ member: { device, worker }, here: standing }): ErasureWaiting => ({
      device,
      worker: workerLine(reading, worker ?? ''),
      here: device === replica.identity.device,
      wrote: wrote.get(device)?.wrote ?? null,
      health: standing !== 'behind',
    })),
  };
}

/** The cursor at which the last of some entities was erased; none has come so far as long as one is not. */
function erasedAt({ reader }: Replica, entities: readonly EntityId[]): number {
  return Math.max(...entities.map((entity) => reader.view.erased.get(entity) ?? Infinity));
}

/**
 * Tells of each device whether it has carried out what was erased at a cursor; null if it has nothing to carry out.
 *
 * Who was let in after that was never given it. A device that is retired is asked for nothing: nobody reaches it.
 */
function standingIn(
  { controls, reader, identity }: Replica,
  seen: Cursors,
  erasure: number,
): (device: DeviceId) => 'done' | 'behind' | null {
  const seenBy = new Map(seen);
  const joined = new Map<DeviceId, number>();
  for (const { body, cursor } of controls) {
    if (body?.kind === 'member' && !joined.has(body.device)) joined.set(body.device, cursor);
  }
  return (device) => {
    const member = reader.view.members.byDevice.get(device);
    const isConcerned = member !== undefined && isDevice(member);
    if (!isConcerned || (joined.get(device) ?? 0) > erasure) return null;
    const come = device === identity.device ? reader.view.cursor : (seenBy.get(device) ?? 0);
    return come < erasure ? 'behind' : 'done';
  };
}

/** The recovery papers are a member and no device. */
function isDevice(member: Member): boolean {
  return member.worker !== null && !isRevoked(member);
}
