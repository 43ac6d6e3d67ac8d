/**
 * A server that was restored from an older backup: back to the last common end, and nothing that was saved is lost.
 *
 * The server has forgotten the end of its log, or has another one by now. A reader sees it by the log hash, which no
 * other log has. It asks which of its own segment ends the server has, steps back there, and then:
 *
 * - this device's own ops from after it go back into the outbox as they are, and are sent again;
 * - other devices' ops from after it stay here, shown and marked, until their authors send them again;
 * - revocations stay in force here: writing goes on under the newest epoch, also if the log has lost it, and what it
 *   seals waits for that epoch. Administrators rotate only when a person says that all of their devices have come back;
 * - if the log then gets another epoch instead of a lost one, what waits under that one is sealed again.
 *
 * A hostile server may say the same to roll a device back. Therefore it is told to people, until one of them has heard.
 */
import { type Digest, entityOfSpace, type StreamId } from './ids.ts';
import { lastKnown } from './lastknown.ts';
import { encodePage } from './log.ts';
import { type Entry } from './logview.ts';
import { type Members } from './members.ts';
import { type OutOp } from './outbox.ts';
import { type Reader } from './reader.ts';
import { isSound, newReplica, type Replica, type SoundEntry } from './replica.ts';
import { Start } from './start.ts';

/** Returns the server's log hash at a cursor, or null if no segment of its log ends there. */
export type Ask = (cursor: number) => Promise<Digest | null>;

/**
 * Returns the last of a reader's segment ends that the server's log has too; nothing is common but 0 at worst.
 *
 * A log hash says all that comes before it: the ends up to the last common one are common, those after it are not.
 */
export async function lastCommonEnd(ends: ReadonlyMap<number, Digest>, ask: Ask): Promise<number> {
  const sorted = [...ends].sort(([a], [b]) => a - b);
  const isCommon = async ([cursor, log]: readonly [number, Digest]): Promise<boolean> =>
    (await ask(cursor)) === log;
  const last = sorted.at(-1);
  if (last === undefined) throw new Error('A log has an end, if only its beginning.');
  if (await isCommon(last)) return last[0];
  let [common, lost] = [0, sorted.length - 1];
  while (lost - common > 1) {
    const middle = Math.floor((common + lost) / 2);
    const end = sorted[middle];
    if (end !== undefined && (await isCommon(end))) common = middle;
    else lost = middle;
  }
  return sorted[common]?.[0] ?? 0;
}

/**
 * Returns the replica as it is at the last common end; save it before anything is sent. The one given is used up: they
 * share the outbox.
 *
 * It goes further back where the log up to there was only read with what came after: an op that was dead by then came
 * without its payload, and the server's log may have it alive.
 *
 * The replica given is not one that is still starting; `common` is what `lastCommonEnd` says, `fresh` a new random
 * stream, and `now_ms` the device's own clock.
 */
export function stepBack(
  replica: Replica,
  common: number,
  fresh: StreamId,
  now_ms: number,
): Promise<Replica> {
  return replica.alone(async () => {
    const back = await replicaAt(replica, common, fresh, now_ms);
    const { firstEntries: known } = back.reader.view;
    const before = byFirstHearing(replica);
    const gone = before.filter((entry) => !known.has(entry.opId)).filter(isSound);
    const returned = gone.flatMap((entry) => goingAgain(replica, entry, common));
    replica.outbox.restart(returned, fresh);
    const own = new Set(returned.map(({ opId }) => opId));
    back.outbox = replica.outbox;
    back.hlc = replica.hlc;
    back.offsets = replica.offsets;
    back.restored_ms = replica.restored_ms ?? now_ms;
    const cameBack = [...replica.lost.values()].flat().filter(({ opId }) => known.has(opId));
    const stays = gone.filter(({ opId, body }) => !own.has(opId) || body !== null);
    const controls = replica.lost.get(entityOfSpace(replica.space)) ?? [];
    const older = new Map(controls.map(({ opId }, n) => [opId, n]));
    // A control op that was lost before is older than what the log, now lost too, had in its place.
    const placeOf = ({ opId }: SoundEntry) => older.get(opId) ?? older.size;
    await back.holdLost([...cameBack, ...stays].sort((a, b) => placeOf(a) - placeOf(b)));
    return back;
  });
}

/** Returns what the log says and then what it has lost, each once; what came back, with its first server time. */
function byFirstHearing({ lost: byEntity, reader }: Replica): Entry[] {
  const logged = reader.view.firstEntries;
  const lost = [...byEntity.values()].flat();
  const heard_ms = new Map(lost.map(({ opId, server_ms }) => [opId, server_ms]));
  const dated = [...logged.own().values()].map((entry) => {
    return { ...entry, server_ms: heard_ms.get(entry.opId) ?? entry.server_ms };
  });
  return [...dated, ...lost.filter(({ opId }) => !logged.has(opId))];
}

/** Returns the members with what a restored server has lost of them: whoever was revoked there stays so here. */
export function lastKnownMembers({ controls, lost, reader, space }: Replica): Members {
  return lastKnown(reader.view.members, controls, lost.get(entityOfSpace(space)) ?? []);
}

/** Returns a replica that has read the same log up to a cursor at or before `common`, and knows nothing else. */
async function replicaAt(
  { identity, registry, reader, space }: Replica,
  common: number,
  fresh: StreamId,
  now_ms: number,
): Promise<Replica> {
  const [cursor, start] = ground(reader, common);
  const back = newReplica(identity, registry, space, reader.root, fresh, start);
  if (start !== null && reader.start?.proof) {
    const { segments, proof } = reader.start;
    const whole = { toCursor: start.cursor, log: null, more: false, segments };
    await back.applyStart(encodePage(whole), 'store');
    await back.finishStart(proof, now_ms);
  }
  const segments = reader.segments.filter(({ firstCursor }) => firstCursor <= cursor);
  if (segments.length > 0) {
    const log = reader.view.ends.get(cursor) ?? null;
    await back.applyPage(
      encodePage({ toCursor: cursor, log, more: true, segments }),
      now_ms,
      'store',
    );
  }
  return back;
}

/** Returns the cursor to go back to, and the checkpoint that it begins at, if that holds there. */
function ground({ view, start }: Reader, common: number): readonly [number, Start | null] {
  let limit = common;
  for (const entry of view.firstEntries.own().values()) {
    if (isBare(entry, common, view)) limit = Math.min(limit, entry.cursor - 1);
  }
  if (start !== null && limit < start.cursor) return [0, null];
  const again = start && new Start(view.members.space, start.cursor, start.checkpoint);
  const ends = [...view.ends.own().keys()].filter((end) => end <= limit);
  return [Math.max(...ends), again];
}

/** Tells whether an op up to the common end came without its payload for a reason that stands only after it. */
function isBare(
  { cursor, entity, opId, row }: Entry,
  common: number,
  { erased, killed }: Reader['view'],
): boolean {
  if (cursor > common || row.form === 1) return false;
  return (erased.get(entity) ?? killed.get(opId) ?? common + 1) > common;
}

/**
 * Returns an own op as one to keep until it is pulled: of after the common end as one to send, of before it as one that
 * the server has. Nothing if it has been written again in other words.
 */
function goingAgain(
  { identity, keyring, outbox, reader }: Replica,
  { opId, header, body, row, cursor }: SoundEntry,
  common: number,
): OutOp[] {
  const isHere = reader.view.firstEntries.has(opId);
  const isLetGo = !keyring.lost.stand || !outbox.ops.has(opId);
  if (body !== null && !isHere && isLetGo) return [];
  const isKept = cursor > common || isHere;
  if (header.device !== identity.device || row.form !== 1 || !isKept) return [];
  const { header: headerBytes, sealed } = row;
  const state = cursor > common ? 'queued' : 'acknowledged';
  return [{ opId, header, headerBytes, sealed, state, code: null }];
}
