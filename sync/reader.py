"""The reader's checks: what a page must prove before a replica takes it.

Two kinds of failure are kept apart. Integrity (a page that no honest log holds) stops the pull and raises an alarm. A
broken rule makes the one op *void*, and the pull goes on: `entries` says which.

`Reader.read` looks and changes nothing; `Reader.commit` takes what it returned. So a page is applied whole or not at
all, with its cursor. A reader that begins at a checkpoint is `starting` until that is proved, and shows nothing.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from msgspec.structs import replace

from sync.codec import NotCanonical
from sync.entries import check_chain, check_signed, founded_by, judged, segment_of
from sync.erasure import forget_in_segments, forget_in_view
from sync.errors import IntegrityFailure, Reason
from sync.ids import EntityId, HeaderBytes, OpId, Sealed, SpaceId
from sync.integrity import require
from sync.log import DeadRow, ErasedRow, IdRow, OpRow, Page, PageSegment, Row, decode_page, log_0, next_log
from sync.logview import Entry, LogView, StreamEnd
from sync.members import Members
from sync.seen import see
from sync.segment import Segment, head_0
from sync.start import Start

NO_OPS: Final[Mapping[HeaderBytes, Sealed]] = {}


@dataclass(frozen=True, slots=True)
class Reading:
    """A page that passed every check: the log after it, and its entries in cursor order."""

    before: int
    view: LogView
    entries: tuple[Entry, ...]
    segments: tuple[PageSegment, ...]


class Reader:
    """A reader's log of one space, without any key.

    Args:
        space: the space.
        root: op_id at cursor 1, which was scanned or printed; None at its founder until it has written it.
        start: where it begins, if not at the first op.

    Attributes:
        segments: the segments pulled, without those of the start.
    """

    def __init__(self, space: SpaceId, root: OpId | None, start: Start | None = None) -> None:
        log = log_0(space)
        self.root = root
        self.start = start
        self.view = LogView(0, log, 0, Members(space), {0: log})
        self.segments: list[PageSegment] = []

    @property
    def starting(self) -> bool:
        """Whether the checkpoint it begins at is not proved yet."""
        return self.start is not None and self.start.proof is None

    def read(self, data: bytes, now_ms: int, own: Mapping[HeaderBytes, Sealed] = NO_OPS) -> Reading:
        """Check a page against the log so far and return what it adds. Raises IntegrityFailure.

        Args:
            now_ms: the reader's own clock; from then on a stub waits for its proof.
            own: sealed bytes of this device's own ops by their headers. It keeps those that come back without: a
                server that loses the end of its log must be given them again.
        """
        assert not self.starting
        try:
            page = decode_page(data)
        except NotCanonical as error:
            raise IntegrityFailure(Reason.PAGE, self.view.cursor) from error
        segments = tuple(_with_own(segment, own) for segment in page.segments) if own else page.segments
        staged = self.view.stage()
        entries: list[Entry] = []
        for segment in segments:
            entries += _read_segment(staged, segment, self.root)
        _check_end(staged, page)
        staged.note_unproven(now_ms)
        return Reading(self.view.cursor, staged, tuple(entries), segments)

    def commit(self, reading: Reading) -> None:
        """Take what `read` returned; a reading made at another cursor is a bug. What is erased by then is let go of."""
        assert reading.before == self.view.cursor
        erased = {entity for entity in reading.view.erased if entity not in self.view.erased}
        late = {
            entry.entity
            for entry in reading.entries
            if entry.entity in self.view.erased and not isinstance(entry.row, ErasedRow)
        }
        self.view.absorb(reading.view)
        self.segments.extend(reading.segments)
        if erased or late:
            self._forget(erased | late)

    def _forget(self, entities: Collection[EntityId]) -> None:
        bared = forget_in_view(self.view, entities)
        self.segments = forget_in_segments(self.segments, bared)
        if self.start is not None:
            self.start.segments = forget_in_segments(self.start.segments, bared)

    def read_start(self, data: bytes) -> None:
        """Check a page of the bootstrap and take it. Raises IntegrityFailure, and then changed nothing."""
        assert self.start is not None
        self.start.read(data, self.root)

    def finish_start(self, proof: bytes, now_ms: int) -> tuple[Entry, ...]:
        """Prove the start by the server's checkpoint, stand there, and return its entries.

        Raises:
            IntegrityFailure: it is not what was scanned; the bootstrap begins again from nothing.
        """
        assert self.start is not None
        view, entries = self.start.prove(proof)
        view.note_unproven(now_ms)
        self.view = view
        return entries


def _with_own(segment: PageSegment, own: Mapping[HeaderBytes, Sealed]) -> PageSegment:
    return replace(segment, rows=tuple(_with_bytes(row, own) for row in segment.rows))


def _with_bytes(row: Row, own: Mapping[HeaderBytes, Sealed]) -> Row:
    sealed = own.get(row.header) if isinstance(row, DeadRow) else None
    if sealed is None or not isinstance(row, DeadRow) or sha256(sealed).digest() != row.sealed_hash:
        return row
    return OpRow(row.header, sealed)


def _check_end(view: LogView, page: Page) -> None:
    """Check the page's own claims; when nothing more is to come, every stub must be justified."""
    require(page.to_cursor == view.cursor, Reason.PAGE, view)
    require(page.log == view.log, Reason.LOG, view)
    require(bool(page.segments) or not page.more, Reason.PAGE, view)
    view.stubs = {op_id: of for op_id, of in view.stubs.items() if op_id not in view.killed and of not in view.erased}
    require(page.more or not view.stubs, Reason.STUB, view)


def _read_segment(view: LogView, paged: PageSegment, root: OpId | None) -> list[Entry]:
    segment = segment_of(paged, view)
    require(not any(isinstance(row, IdRow) for row in paged.rows), Reason.PAGE, view)
    require(paged.first_cursor == view.cursor + 1, Reason.CURSOR, view)
    require(paged.server_ms > view.server_ms, Reason.SERVER_MS, view)
    seen = [see(view, row) for row in paged.rows]
    founded = founded_by(view, segment, seen, root) if view.cursor == 0 else None
    check_signed(founded or view.members, segment, paged, view)
    _check_place(view, segment)
    check_chain(segment, seen, view)
    entries = judged(view, segment, paged, seen, founded)
    last_cursor = view.cursor + segment.n
    view.log = next_log(view.log, last_cursor, paged.server_ms, paged.seg)
    view.cursor, view.server_ms, view.ends[last_cursor] = last_cursor, paged.server_ms, view.log
    view.note_stream(segment, paged.server_ms)
    return entries


def _check_place(view: LogView, segment: Segment) -> None:
    """Check that the segment continues its stream, and that its device has seen this log and no other."""
    first = StreamEnd(segment.device, 1, head_0(segment.space, segment.stream, segment.device))
    end = view.streams.get(segment.stream, first)
    require((segment.device, segment.from_seq, segment.prev_head) == end, Reason.STREAM, view)
    is_seen = segment.seen_cursor < view.base or view.ends.get(segment.seen_cursor) == segment.seen_log
    require(is_seen, Reason.SEEN, view)
