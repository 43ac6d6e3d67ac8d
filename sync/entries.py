"""How the rows of a segment become entries of a reader's log: named, checked against the chain, judged in cursor order.

A broken rule makes the one op *void*: kept, counted, without effect. Void is judged from headers, control bodies and
the log before the op, never from a payload or the registry, so that every reader judges alike, with keys or without,
from the first op on or from a checkpoint.
"""

from collections.abc import Sequence
from hashlib import sha256
from typing import Final, NamedTuple

from sync.codec import NotCanonical
from sync.control import Body, ControlFault, EraseBody, decode_body
from sync.errors import IntegrityFailure, Reason
from sync.ids import Digest, EntityId, HeaderBytes, OpId, SpaceId
from sync.limits import PUSH_OPS_MAX
from sync.liveness import is_killable
from sync.log import DeadRow, ErasedRow, IdRow, OpRow, PageSegment, Row
from sync.logview import Entry, LogView, Void, VoidOp
from sync.members import Fault, Members, found, judge
from sync.op import Header, HeaderFault, OpClass, decode_header, entity_of, op_id_of_hashes
from sync.segment import Segment, chain, decode_segment, is_signed

_VOID_BY_FAULT: Final = {
    Fault.NOT_MEMBER: Void.REVOKED,
    Fault.DEVICE_REVOKED: Void.REVOKED,
    Fault.ROLE_MISSING: Void.ROLE,
    Fault.EPOCH: Void.EPOCH,
    Fault.EPOCH_CONFLICT: Void.CONTROL,
    Fault.BAD_CONTROL: Void.CONTROL,
}


class Seen(NamedTuple):
    """A row whose name is known, before it is judged; a row of form 0 has nothing but its name."""

    op_id: OpId
    entity: EntityId | None
    header: Header | None
    row: Row


def segment_of(paged: PageSegment, view: LogView) -> Segment:
    """Return the segment of a page, which is one of this space, whole, and no acknowledgement."""
    try:
        segment = decode_segment(paged.seg)
    except NotCanonical as error:
        raise IntegrityFailure(Reason.PAGE, view.cursor) from error
    is_whole = segment.space == view.members.space and segment.n == len(paged.rows)
    require(is_whole and 1 <= segment.n <= PUSH_OPS_MAX, Reason.PAGE, view)
    return segment


def see(view: LogView, row: Row) -> Seen:
    """Return a row with its name, and note a stub that waits for its proof."""
    match row:
        case IdRow():
            return Seen(row.op_id, None, None, row)
        case ErasedRow():
            require(bytes(row.entity) != view.members.space, Reason.STUB, view)
            op_id = op_id_of_hashes(row.entity, row.header_hash, row.sealed_hash)
            view.stubs[op_id] = row.entity
            return Seen(op_id, row.entity, None, row)
        case OpRow():
            return _named(view, row, row.header, Digest(sha256(row.sealed).digest()))
        case DeadRow():
            seen = _named(view, row, row.header, row.sealed_hash)
            require(seen.header is not None and is_killable(seen.header), Reason.STUB, view)
            assert seen.entity is not None
            view.stubs[seen.op_id] = seen.entity
            return seen


def _named(view: LogView, row: Row, header_bytes: HeaderBytes, sealed_hash: Digest) -> Seen:
    header, entity = None, None
    try:
        header = decode_header(header_bytes)
        entity = header.entity
    except HeaderFault:
        entity = entity_of(header_bytes)
    if entity is None:
        raise IntegrityFailure(Reason.ENTITY, view.cursor)
    return Seen(op_id_of_hashes(entity, Digest(sha256(header_bytes).digest()), sealed_hash), entity, header, row)


def check_signed(members: Members, segment: Segment, paged: PageSegment, view: LogView) -> None:
    """Check that a device which is or was a member has signed the segment."""
    author = members.by_device.get(segment.device)
    require(author is not None, Reason.DEVICE, view)
    assert author is not None
    require(is_signed(author.ed_pk, paged.seg, paged.sig), Reason.SIGNATURE, view)


def check_chain(segment: Segment, seen: Sequence[Seen], view: LogView) -> None:
    """Check that the segment holds these ops, in this order."""
    require(chain(segment.prev_head, [row.op_id for row in seen])[-1] == segment.head, Reason.CHAIN, view)


def founded_by(view: LogView, segment: Segment, seen: Sequence[Seen], root: OpId | None) -> Members:
    """Return the members of a space as its first segment founds them; trust begins at the root."""
    require(seen[0].op_id == root, Reason.ROOT, view)
    author = (segment.space, segment.device)
    headers = [row.header for row in seen if row.header and (row.header.space, row.header.device) == author]
    bodies = [_body(row, segment.space) for row in seen]
    members = found(segment.space, headers, bodies) if len(headers) == len(seen) else None
    if members is None:
        raise IntegrityFailure(Reason.FOUNDING, view.cursor)
    return members


def _body(seen: Seen, space: SpaceId) -> Body | None:
    if seen.header is None or seen.header.op_class != OpClass.CONTROL or not isinstance(seen.row, OpRow):
        return None
    try:
        return decode_body(seen.header.kind, seen.row.sealed, space)
    except ControlFault:
        return None


def judged(
    view: LogView, segment: Segment, paged: PageSegment, seen: Sequence[Seen], founded: Members | None
) -> list[Entry]:
    """Return the rows of a segment as entries, each judged by the log before it, and note their effects in the view.

    A row of form 0 makes no entry. `founded` is what the founding segment made: it is judged as a whole.
    """
    entries = []
    for cursor, row in enumerate(seen, paged.first_cursor):
        if row.entity is None:
            continue
        body = _body(row, segment.space)
        void = None if founded else _void(view, segment, row, body)
        entry = Entry(cursor, paged.server_ms, row.op_id, row.entity, row.row, row.header, body, void)
        _take(view, entry)
        if void is not None:
            view.voids[cursor] = VoidOp(segment.device, row.entity, paged.server_ms, void)
        if body is not None and void is None and founded is None:
            view.members = view.members.after(segment.device, body)
        entries.append(entry)
    view.members = founded or view.members
    return entries


def _void(view: LogView, segment: Segment, seen: Seen, body: Body | None) -> Void | None:
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
    fault = judge(view.members, header, body)
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


def _take(view: LogView, entry: Entry) -> None:
    """Note an op's effects on the judgement of what follows; a kill counts only against an op before it."""
    view.first_entries.setdefault(entry.op_id, entry)
    if entry.void is not None or entry.header is None:
        return
    if entry.header.op_class == OpClass.GENESIS:
        view.geneses[entry.entity] = entry.op_id
    if isinstance(entry.body, EraseBody):
        for entity in entry.body.entities:
            view.erased.setdefault(entity, entry.cursor)
    for killed in entry.header.kills:
        target = view.first_entries.get(killed)
        if target is not None and _is_killed_by(target, entry):
            view.killed.setdefault(killed, entry.cursor)


def _is_killed_by(target: Entry, killer: Entry) -> bool:
    return (
        target.header is not None
        and target.void is None
        and target.entity == killer.entity
        and is_killable(target.header)
    )


def require(holds: bool, reason: Reason, view: LogView) -> None:
    """Raise IntegrityFailure unless a check of the log holds."""
    if not holds:
        raise IntegrityFailure(reason, view.cursor)
