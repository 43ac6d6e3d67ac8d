"""Void: the ops of the log that break a rule. They are kept and counted, and have no effect.

Void is judged from headers, control bodies and the log before the op, never from a payload or the registry, so that
every reader judges alike, with keys or without, from the first op on or from a checkpoint.
"""

from typing import Final

from sync.control import Body
from sync.log import ErasedRow
from sync.logview import LogView, Void
from sync.members import Fault, judge
from sync.op import Header, OpClass
from sync.seen import Seen
from sync.segment import Segment, unseen

_VOID_BY_FAULT: Final = {
    Fault.NOT_MEMBER: Void.REVOKED,
    Fault.DEVICE_REVOKED: Void.REVOKED,
    Fault.ROLE_MISSING: Void.ROLE,
    Fault.EPOCH: Void.EPOCH,
    Fault.EPOCH_CONFLICT: Void.CONTROL,
    Fault.BAD_CONTROL: Void.CONTROL,
}


def void_of(view: LogView, segment: Segment, seen: Seen, body: Body | None) -> Void | None:
    """Judge an op by its header, its control body and the log before it; what is erased is not judged."""
    header = seen.header
    if header is None:
        return None if isinstance(seen.row, ErasedRow) else Void.HEADER
    if (header.space, header.device) != (segment.space, segment.device):
        return Void.SEGMENT
    if seen.op_id in view.first_entries:
        return Void.LOGGED
    if seen.entity in view.erased:
        return Void.ERASED
    fault = judge(view.members, header, body, unseen(segment, view.cursor + 1))
    return _history_fault(view, header) if fault is None else _VOID_BY_FAULT[fault]


def _history_fault(view: LogView, header: Header) -> Void | None:
    if header.op_class == OpClass.GENESIS and header.entity in view.geneses:
        return Void.GENESIS
    if header.re is None:
        return None
    amended = view.first_entries.get(header.re)
    if amended is None or amended.void is not None or amended.header is None:
        return Void.AMENDS
    row = (amended.header.op_class, amended.header.entity, amended.header.kind)
    return None if row == (OpClass.ROW, header.entity, header.kind) else Void.AMENDS
