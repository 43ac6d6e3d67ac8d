"""How the rows of a segment become entries of a reader's log: checked against the chain, judged in cursor order."""

from collections.abc import Sequence

from sync.codec import NotCanonical
from sync.control import Body, ControlFault, EraseBody, decode_body
from sync.errors import IntegrityFailure, Reason
from sync.ids import OpId, SpaceId
from sync.integrity import require
from sync.limits import PUSH_OPS_MAX
from sync.liveness import is_killable
from sync.log import OpRow, PageSegment
from sync.logview import Entry, LogView, VoidOp
from sync.members import Members, found
from sync.op import OpClass
from sync.seen import Seen
from sync.segment import Segment, chain, decode_segment, is_signed
from sync.voids import void_of


def segment_of(paged: PageSegment, view: LogView) -> Segment:
    """Return the segment of a page, which is one of this space, whole, and no acknowledgement."""
    try:
        segment = decode_segment(paged.seg)
    except NotCanonical as error:
        raise IntegrityFailure(Reason.PAGE, view.cursor) from error
    is_whole = segment.space == view.members.space and segment.n == len(paged.rows)
    require(is_whole and 1 <= segment.n <= PUSH_OPS_MAX, Reason.PAGE, view)
    return segment


def check_signed(members: Members, segment: Segment, paged: PageSegment, view: LogView) -> None:
    """Check that a device which is or was a member has signed the segment."""
    author = members.by_device.get(segment.device)
    require(author is not None, Reason.DEVICE, view)
    require(author is not None and is_signed(author.ed_pk, paged.seg, paged.sig), Reason.SIGNATURE, view)


def check_chain(segment: Segment, seen: Sequence[Seen], view: LogView) -> None:
    """Check that the segment holds these ops, in this order."""
    require(chain(segment.prev_head, [row.op_id for row in seen])[-1] == segment.head, Reason.CHAIN, view)


def founded_by(view: LogView, segment: Segment, seen: Sequence[Seen], root: OpId | None) -> Members:
    """Return the members of a space as its first segment founds them; trust begins at the root."""
    require(seen[0].op_id == root, Reason.ROOT, view)
    author = (segment.space, segment.device)
    headers = [row.header for row in seen if row.header and (row.header.space, row.header.device) == author]
    bodies = [body_of(row, segment.space) for row in seen]
    members = found(segment.space, headers, bodies) if len(headers) == len(seen) else None
    if members is None:
        raise IntegrityFailure(Reason.FOUNDING, view.cursor)
    return members


def body_of(seen: Seen, space: SpaceId) -> Body | None:
    """Return a control op's body, or None: it is no control op, has no bytes here, or its body does not decode."""
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
        body = body_of(row, segment.space)
        void = None if founded else void_of(view, segment, row, body)
        entry = Entry(cursor, paged.server_ms, row.op_id, row.entity, row.row, row.header, body, void)
        _take(view, entry)
        if void is not None:
            view.voids[cursor] = VoidOp(segment.device, row.entity, paged.server_ms, void)
        if body is not None and void is None and founded is None:
            view.members = view.members.after(segment.device, body, cursor)
        entries.append(entry)
    view.members = founded or view.members
    return entries


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
