/**
 * Void: the ops of the log that break a rule. They are kept and counted, and have no effect.
 *
 * Void is judged from headers, control bodies and the log before the op, never from a payload or the registry, so that
 * every reader judges alike, with keys or without, from the first op on or from a checkpoint.
 */
import { type Body } from './control.ts';
import { type LogView, type Void } from './logview.ts';
import { type Fault, judge } from './members.ts';
import { type Header, OpClass } from './op.ts';
import { type Named } from './seen.ts';
import { type Segment, unseen } from './segment.ts';

const VOID_BY_FAULT: Readonly<Record<Fault, Void>> = {
  not_member: 'revoked',
  device_revoked: 'revoked',
  role_missing: 'role',
  epoch: 'epoch',
  epoch_conflict: 'control',
  bad_control: 'control',
};

/** Judges an op by its header, its control body and the log before it; what is erased is not judged. */
export function voidOf(
  view: LogView,
  segment: Segment,
  seen: Named,
  body: Body | null,
): Void | null {
  const { header } = seen;
  if (header === null) return seen.row.form === 3 ? null : 'header';
  if (header.space !== segment.space || header.device !== segment.device) return 'segment';
  if (view.firstEntries.has(seen.opId)) return 'logged';
  if (view.erased.has(seen.entity)) return 'erased';
  const fault = judge(view.members, header, body, unseen(segment, view.cursor + 1));
  return fault === null ? historyFault(view, header) : VOID_BY_FAULT[fault];
}

function historyFault(view: LogView, { opClass, entity, kind, re }: Header): Void | null {
  if (opClass === OpClass.GENESIS && view.geneses.has(entity)) return 'genesis';
  if (re === null) return null;
  const amended = view.firstEntries.get(re);
  const row = amended?.void === null ? amended.header : null;
  const isRow = row?.opClass === OpClass.ROW && row.entity === entity && row.kind === kind;
  return isRow ? null : 'amends';
}
