/** The members as this device knew them last: with what a restored server has lost of them. */
import { HLC_FIRST, later, receive } from './clock.ts';
import { type Body } from './control.ts';
import { type Entry } from './logview.ts';
import { isRevoked, type Members } from './members.ts';
import { type Header } from './op.ts';
import { type OutOp } from './outbox.ts';

type Control = Entry & { readonly header: Header };

/**
 * Returns the members of the log with the control ops that it has lost.
 *
 * What the log says of a device since then counts more. `members` and `controls` are those of the log, `lost` the
 * control ops that it has lost, in its order.
 */
export function lastKnown(
  members: Members,
  controls: readonly Control[],
  lost: readonly Control[],
): Members {
  let known = members;
  for (const { body, header } of lost) {
    const counts = body !== null && !isOvertaken(controls, header, body);
    if (counts) known = known.after(header.device, body);
  }
  return known;
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
  { opId, header }: OutOp,
  about: Body,
): boolean {
  if (about.kind !== 'member' || isRevoked(about)) return false;
  const last = controls.findLast(
    ({ body }) => body?.kind === 'member' && body.device === about.device,
  );
  if (last?.body?.kind !== 'member' || !isRevoked(last.body)) return false;
  const answer = { ms: last.header.hlc_ms, ctr: last.header.hlc_ctr };
  const readAt = lost
    .filter((entry) => entry.opId === opId)
    .map((entry) => receive(HLC_FIRST, header, entry.server_ms));
  // Of two that are equal `later` returns the first.
  const written = [{ ms: header.hlc_ms, ctr: header.hlc_ctr }, ...readAt];
  return written.some((time) => later(answer, time) === answer);
}

/** Tells whether the log has a later word on the device that a lost member op is about. */
function isOvertaken(controls: readonly Control[], lost: Header, about: Body): boolean {
  if (about.kind !== 'member') return false;
  return controls.some(({ body, header }) => {
    const isWord = body?.kind === 'member' && body.device === about.device;
    const later_ms = header.hlc_ms - lost.hlc_ms;
    return isWord && (later_ms > 0 || (later_ms === 0 && header.hlc_ctr > lost.hlc_ctr));
  });
}
