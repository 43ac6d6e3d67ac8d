"""The reader's checks: what a page must prove before a replica takes it, and which of its ops are void.

Two kinds of failure are kept apart. Integrity (a page that no honest log holds) stops the pull and raises an alarm.
A broken rule makes the one op *void*: kept, counted, without effect, and the pull goes on. Void is judged from
headers, control bodies and the log before the op, never from a payload or the registry.

`Reader.read` looks and changes nothing; `Reader.commit` takes what it returned. So a page is applied whole or not at
all, with its cursor.
"""

from dataclasses import dataclass
from hashlib import sha256
from typing import Final, NamedTuple

from sync.codec import NotCanonical
from sync.control import Body, ControlFault, EraseBody, decode_body
from sync.errors import IntegrityFailure, Reason
from sync.ids import Digest, EntityId, HeaderBytes, OpId, SpaceId
from sync.limits import PUSH_OPS_MAX
from sync.liveness import is_killable
from sync.log import DeadRow, ErasedRow, IdRow, OpRow, Page, PageSegment, Row, decode_page, log_0, next_log
from sync.logview import Entry, LogView, StreamEnd, Void
from sync.members import Fault, Members, found, judge
from sync.op import Header, HeaderFault, OpClass, decode_header, entity_of, op_id_of_hashes
from sync.segment import Segment, chain, decode_segment, head_0, is_signed

_VOID_BY_FAULT: Final = {
    Fault.NOT_MEMBER: Void.REVOKED,
    Fault.DEVICE_REVOKED: Void.REVOKED,
    Fault.ROLE_MISSING: Void.ROLE,
    Fault.EPOCH: Void.EPOCH,
    Fault.EPOCH_CONFLICT: Void.CONTROL,
    Fault.BAD_CONTROL: Void.CONTROL,
}


class _Seen(NamedTuple):
    """A row whose name is known, before it is judged."""

    op_id: OpId
    entity: EntityId
    header: Header | None
    row: Row


@dataclass(frozen=True, slots=True)
class Reading:
    """A page that passed every check: the log after it, and its entries in cursor order."""

    before: int
    view: LogView
    entries: tuple[Entry, ...]
    segments: tuple[PageSegment, ...]


class Reader:
    """A reader's log of one space from cursor 1, without any key.

    Args:
        space: the space.
        root: op_id at cursor 1, which was scanned or printed; None at its founder until it has written it.
    """

    def __init__(self, space: SpaceId, root: OpId | None) -> None:
        log = log_0(space)
        self.root = root
        self.view = LogView(0, log, 0, Members(space), {0: log})
        self.segments: list[PageSegment] = []

    def read(self, data: bytes) -> Reading:
        """Check a page against the log so far and return what it adds. Raises IntegrityFailure."""
        try:
            page = decode_page(data)
        except NotCanonical as error:
            raise IntegrityFailure(Reason.PAGE, self.view.cursor) from error
        staged = self.view.stage()
        entries: list[Entry] = []
        for segment in page.segments:
            entries += _read_segment(staged, segment, self.root)
        _check_end(staged, page)
        return Reading(self.view.cursor, staged, tuple(entries), page.segments)

    def commit(self, reading: Reading) -> None:
        """Take what `read` returned; a reading made at another cursor is a bug."""
        assert reading.before == self.view.cursor
        self.view.absorb(reading.view)
        self.segments.extend(reading.segments)


def _check_end(view: LogView, page: Page) -> None:
    """Check the page's own claims; when nothing more is to come, every stub must be justified."""
    _require(page.to_cursor == view.cursor, Reason.PAGE, view)
    _require(page.log == view.log, Reason.LOG, view)
    _require(bool(page.segments) or not page.more, Reason.PAGE, view)
    if not page.more:
        for op_id, entity in list(view.stubs.items()):
            _require(op_id in view.killed or entity in view.erased, Reason.STUB, view)
            del view.stubs[op_id]


def _read_segment(view: LogView, paged: PageSegment, root: OpId | None) -> list[Entry]:
    try:
        segment = decode_segment(paged.seg)
    except NotCanonical as error:
        raise IntegrityFailure(Reason.PAGE, view.cursor) from error
    is_whole = segment.space == view.members.space and segment.n == len(paged.rows)
    _require(is_whole and 1 <= segment.n <= PUSH_OPS_MAX, Reason.PAGE, view)
    _require(paged.first_cursor == view.cursor + 1, Reason.CURSOR, view)
    _require(paged.server_ms > view.server_ms, Reason.SERVER_MS, view)
    seen = [_see(view, row) for row in paged.rows]
    founded = None
    if view.cursor == 0:
        _require(seen[0].op_id == root, Reason.ROOT, view)
        founded = _founded(view, segment, seen)
    _check_signed(founded or view.members, segment, paged, view)
    _check_place(view, segment, [row.op_id for row in seen])
    entries = _entries(view, segment, paged, seen, founded)
    last_cursor = view.cursor + segment.n
    view.log = next_log(view.log, last_cursor, paged.server_ms, paged.seg)
    view.cursor, view.server_ms, view.ends[last_cursor] = last_cursor, paged.server_ms, view.log
    view.streams[segment.stream] = StreamEnd(segment.device, segment.next_seq, segment.head)
    return entries


def _check_signed(members: Members, segment: Segment, paged: PageSegment, view: LogView) -> None:
    author = members.by_device.get(segment.device)
    _require(author is not None, Reason.DEVICE, view)
    assert author is not None
    _require(is_signed(author.ed_pk, paged.seg, paged.sig), Reason.SIGNATURE, view)


def _check_place(view: LogView, segment: Segment, op_ids: list[OpId]) -> None:
    """Check that the segment continues its stream, holds these ops, and has seen this log and no other."""
    first = StreamEnd(segment.device, 1, head_0(segment.space, segment.stream, segment.device))
    end = view.streams.get(segment.stream, first)
    _require((segment.device, segment.from_seq, segment.prev_head) == end, Reason.STREAM, view)
    _require(chain(segment.prev_head, op_ids)[-1] == segment.head, Reason.CHAIN, view)
    _require(view.ends.get(segment.seen_cursor) == segment.seen_log, Reason.SEEN, view)


def _see(view: LogView, row: Row) -> _Seen:
    match row:
        case IdRow():
            raise IntegrityFailure(Reason.PAGE, view.cursor)
        case ErasedRow():
            _require(bytes(row.entity) != view.members.space, Reason.STUB, view)
            op_id = op_id_of_hashes(row.entity, row.header_hash, row.sealed_hash)
            view.stubs[op_id] = row.entity
            return _Seen(op_id, row.entity, None, row)
        case OpRow():
            return _named(view, row, row.header, Digest(sha256(row.sealed).digest()))
        case DeadRow():
            seen = _named(view, row, row.header, row.sealed_hash)
            _require(seen.header is not None and is_killable(seen.header), Reason.STUB, view)
            view.stubs[seen.op_id] = seen.entity
            return seen


def _named(view: LogView, row: Row, header_bytes: HeaderBytes, sealed_hash: Digest) -> _Seen:
    header, entity = None, None
    try:
        header = decode_header(header_bytes)
        entity = header.entity
    except HeaderFault:
        entity = entity_of(header_bytes)
    if entity is None:
        raise IntegrityFailure(Reason.ENTITY, view.cursor)
    return _Seen(op_id_of_hashes(entity, Digest(sha256(header_bytes).digest()), sealed_hash), entity, header, row)


def _founded(view: LogView, segment: Segment, seen: list[_Seen]) -> Members:
    author = (segment.space, segment.device)
    headers = [row.header for row in seen if row.header and (row.header.space, row.header.device) == author]
    bodies = [_body(row, segment.space) for row in seen]
    members = found(segment.space, headers, bodies) if len(headers) == len(seen) else None
    if members is None:
        raise IntegrityFailure(Reason.FOUNDING, view.cursor)
    return members


def _body(seen: _Seen, space: SpaceId) -> Body | None:
    if seen.header is None or seen.header.op_class != OpClass.CONTROL or not isinstance(seen.row, OpRow):
        return None
    try:
        return decode_body(seen.header.kind, seen.row.sealed, space)
    except ControlFault:
        return None


def _entries(
    view: LogView, segment: Segment, paged: PageSegment, seen: list[_Seen], founded: Members | None
) -> list[Entry]:
    entries = []
    for cursor, row in enumerate(seen, paged.first_cursor):
        body = _body(row, segment.space)
        void = None if founded else _void(view, segment, row, body)
        entry = Entry(cursor, paged.server_ms, row.op_id, row.entity, row.row, row.header, body, void)
        _take(view, entry)
        if body is not None and void is None and founded is None:
            view.members = view.members.after(segment.device, body)
        entries.append(entry)
    view.members = founded or view.members
    return entries


def _void(view: LogView, segment: Segment, seen: _Seen, body: Body | None) -> Void | None:
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
        view.erased.update(dict.fromkeys(entry.body.entities, entry.cursor))
    for killed in entry.header.kills:
        target = view.first_entries.get(killed)
        if target is not None and _is_killed_by(target, entry):
            view.killed[killed] = entry.cursor


def _is_killed_by(target: Entry, killer: Entry) -> bool:
    return (
        target.header is not None
        and target.void is None
        and target.entity == killer.entity
        and is_killable(target.header)
    )


def _require(holds: bool, reason: Reason, view: LogView) -> None:
    if not holds:
        raise IntegrityFailure(reason, view.cursor)
