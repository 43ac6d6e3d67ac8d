/** The members as this device knew them last: with what a restored server has lost of them. */
import { type Body } from './control.ts';
import { type Entry } from './logview.ts';
import { type Members } from './members.ts';
import { type Header } from './op.ts';

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

/** Tells whether the log has a later word on the device that a lost member op is about. */
function isOvertaken(controls: readonly Control[], lost: Header, about: Body): boolean {
  if (about.kind !== 'member') return false;
  return controls.some(({ body, header }) => {
    const isWord = body?.kind === 'member' && body.device === about.device;
    const later_ms = header.hlc_ms - lost.hlc_ms;
    return isWord && (later_ms > 0 || (later_ms === 0 && header.hlc_ctr > lost.hlc_ctr));
  });
}
