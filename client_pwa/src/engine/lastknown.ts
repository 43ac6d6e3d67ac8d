/** The members as this device knew them last: with what a restored server has lost of them. */
import { HLC_FIRST, type Hlc, later, receive } from './clock.ts';
import { type Body } from './control.ts';
import type { DeviceId, OpId } from './ids.ts';
import { type Entry } from './logview.ts';
import { isRevoked, type Members } from './members.ts';
import { type Header } from './op.ts';
import { type OutOp } from './outbox.ts';

type Control = Entry & { readonly header: Header };
type HeardMs = ReadonlyMap<OpId, number>;

/**
 * Returns the members of the log with the control ops that it has lost.
 *
 * What the log says of a device since then counts more. An addition that was heard before a revocation does not undo
 * it, also where it was lost later. `members` and `controls` are those of the log, `lost` the
 * control ops that it has lost, in its order, as `stillLost` keeps them.
 */
export function lastKnown(
  members: Members,
  controls: readonly Control[],
  lost: readonly Control[],
): Members {
  const logged = new Set(controls.map(({ opId }) => opId));
  const heard_ms = new Map(lost.map(({ opId, server_ms }) => [opId, server_ms]));
  const revoking: Control[] = [];
  let known = members;
  for (const entry of lost) {
    const { body, header, opId } = entry;
    if (body === null || logged.has(opId) || isOvertaken(controls, entry, heard_ms)) continue;
    if (body.kind === 'member' && isRevoked(body)) revoking.push(entry);
    else if (isOvertaken(revoking, entry, heard_ms)) continue;
    known = known.after(header.device, body);
  }
  return known;
}

/**
 * Returns what is lost still, in its order, and each word on a device that came back before a later one on it.
 *
 * Such a word has another server time now; when it was heard first says which of the two is the older.
 */
export function stillLost<T extends Control>(
  lost: readonly T[],
  isLogged: (opId: OpId) => boolean,
): T[] {
  const still: T[] = [];
  const spokenOf = new Set<DeviceId>();
  for (const entry of lost.toReversed()) {
    const about = entry.body?.kind === 'member' ? entry.body.device : null;
    if (!isLogged(entry.opId)) {
      if (about !== null) spokenOf.add(about);
    } else if (about === null || !spokenOf.has(about)) continue;
    still.push(entry);
  }
  return still.reverse();
}

/**
 * Tells whether the log has revoked the device that an unsent op lets in, by an op whose author may have read it.
 *
 * Its hybrid time says so if it is not before the other's: whoever had read the revocation first would have written
 * later than that. Of what the log had, that is the time that its readers took from it. `controls` are those of the
 * log, `lost` those that it has lost, the unsent one among them if the log had it; `about` is the unsent op's body.
 */
export function isAnswered(
  controls: readonly Control[],
  lost: readonly Control[],
  op: OutOp,
  about: Body,
): boolean {
  if (about.kind !== 'member' || isRevoked(about)) return false;
  const last = controls.findLast(
    ({ body }) => body?.kind === 'member' && body.device === about.device,
  );
  if (last?.body?.kind !== 'member' || !isRevoked(last.body)) return false;
  const answer = { ms: last.header.hlc_ms, ctr: last.header.hlc_ctr };
  // Of two that are equal `later` returns the first.
  return later(answer, saidAt(lost, op)) === answer;
}

/** Returns the hybrid time of an unsent op; of what the log had, that which its readers took from it. */
export function saidAt(lost: readonly Control[], { opId, header }: OutOp): Hlc {
  const readAt = lost
    .filter((entry) => entry.opId === opId)
    .map((entry) => receive(HLC_FIRST, header, entry.server_ms));
  const written = { ms: header.hlc_ms, ctr: header.hlc_ctr };
  return readAt.reduce((least, time) => (later(least, time) === least ? time : least), written);
}

/** Tells whether the log has a later word on the device that a lost member op is about. */
function isOvertaken(controls: readonly Control[], lost: Control, heard_ms: HeardMs): boolean {
  if (lost.body?.kind !== 'member') return false;
  const { device } = lost.body;
  const then = heard(lost, heard_ms);
  return controls.some((word) => {
    const isWord = word.body?.kind === 'member' && word.body.device === device;
    // Of two that are equal `later` returns the first.
    return isWord && later(then, heard(word, heard_ms)) !== then;
  });
}

/** Returns the hybrid time that the first readers took from an op: whoever had read it wrote later than that. */
function heard({ header, opId, server_ms }: Control, heard_ms: HeardMs): Hlc {
  return receive(HLC_FIRST, header, heard_ms.get(opId) ?? server_ms);
}
