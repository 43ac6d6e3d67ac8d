/**
 * Which devices an administrator should look at, as the logs tell it: nothing of this is kept.
 *
 * | kind     | what the log holds                                              | who may have done it                    |
 * |----------|-----------------------------------------------------------------|-----------------------------------------|
 * | `void`   | ops that break a rule, which an honest server refuses           | the device, or a server that misleads it |
 * | `late`   | ops that it sent after it was retired, which a server refuses   | whoever has it, and the server          |
 * | `closed` | ops that do not open although every key for them is here        | the device                              |
 * | `copied` | its stream was replaced twice within a day                      | whoever has a copy of its profile       |
 *
 * A server that was restored makes every device replace its stream, once. What waits for a key is no doubt.
 */
import type { DeviceId } from '../../engine/ids.ts';
import { DAY_MS } from '../../engine/logview.ts';
import { OpClass } from '../../engine/op.ts';
import type { Replica, SoundEntry } from '../../engine/replica.ts';
import type { Doubt, DoubtKind, DoubtLine } from '../protocol.ts';
import { workerLine } from './encounters.ts';
import { grouped, type Reading } from './reading.ts';
import { devicesIn } from './team.ts';

/** One reason to doubt a device, and when the log had it. */
type Sign = { readonly device: DeviceId; readonly kind: DoubtKind; readonly at: number };

/** `health` is the replica of the health file, also where it is only administered. */
export function doubts(reading: Reading, health: Replica | null): DoubtLine[] {
  const replicas = health === null ? [reading.replica] : [reading.replica, health];
  const signs = replicas.flatMap((replica) => [
    ...voidIn(replica),
    ...closedIn(replica),
    ...copiedIn(replica),
  ]);
  if (signs.length === 0) return [];
  const byDevice = grouped(signs.map((sign) => [sign.device, sign] as const));
  return devicesIn(reading.replica).flatMap(({ worker, line: device }) => {
    // Of a device that is retired everything is done, but what the server takes from it all the same.
    const isTold = ({ kind }: Sign) => device.retired !== 'done' || kind === 'late';
    const told = (byDevice.get(device.id) ?? []).filter(isTold);
    if (told.length === 0) return [];
    return [{ device, worker: workerLine(reading, worker ?? ''), doubts: byKind(told) }];
  });
}

function byKind(signs: readonly Sign[]): Doubt[] {
  const all = grouped(signs.map(({ kind, at }) => [kind, at] as const));
  return Array.from(all, ([kind, times]) => ({
    kind: kind as DoubtKind,
    count: times.length,
    since: Math.min(...times),
  }));
}

function voidIn({ reader }: Replica): Sign[] {
  return Array.from(reader.view.voids.own().values(), ({ device, server_ms: at, ...op }) => {
    return { device, kind: op.void === 'revoked' ? 'late' : 'void', at };
  });
}

function closedIn(replica: Replica): Sign[] {
  return [...replica.waiting.values()]
    .filter((entry) => isClosed(replica, entry))
    .map(({ header: { device }, server_ms: at }) => ({ device, kind: 'closed', at }));
}

/** Tells whether an op had every key it needs and did not open, or its entity's genesis did not. */
function isClosed({ keyring, reader, waiting }: Replica, { entity, header }: SoundEntry): boolean {
  if (!keyring.epochKeys.has(header.epoch)) return false;
  const genesis = reader.view.geneses.get(entity);
  if (genesis === undefined) return false;
  if (header.opClass === OpClass.GENESIS || keyring.secrets.has(entity)) return true;
  const begun = waiting.get(genesis);
  return begun !== undefined && keyring.epochKeys.has(begun.header.epoch);
}

/** Each time that a device replaced its stream within a day of another. */
function copiedIn({ reader }: Replica): Sign[] {
  const { streams, begun } = reader.view;
  const beginnings = grouped(
    Array.from(streams.own(), ([stream, { device }]) => [device, begun.get(stream) ?? 0] as const),
  );
  return Array.from(beginnings).flatMap(([device, times]) => {
    const [, ...replaced] = times.sort((a, b) => a - b);
    return replaced
      .filter((at) => at > 0 && replaced.some((other) => isWithinADay(at, other)))
      .map((at) => ({ device: device as DeviceId, kind: 'copied' as const, at }));
  });
}

function isWithinADay(one: number, other: number): boolean {
  return one !== other && Math.abs(one - other) <= DAY_MS;
}
