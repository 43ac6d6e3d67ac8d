"""The start of a reader that does not read from the first op: the ops live at a checkpoint, proved by its hash.

Pages come in any number of days and after any number of interruptions; each is checked by signatures and chains, and
what they leave out, add or reorder shows at the end, when the checkpoint is computed from them. Nothing of a start is
shown or built upon before.
"""

from dataclasses import dataclass, field

from sync.checkpoint import checkpoint_digest, decode_checkpoint, live_digest
from sync.codec import NotCanonical
from sync.entries import check_chain, check_signed, founded_by, judged, segment_of
from sync.errors import IntegrityFailure, Reason
from sync.ids import Digest, OpId, SpaceId
from sync.integrity import require
from sync.log import Page, PageSegment, decode_page, log_0
from sync.logview import Entry, LogView, StreamEnd
from sync.members import Members
from sync.seen import see
from sync.segment import Segment, head_0


@dataclass(slots=True)
class Start:
    """Where a reader begins.

    Attributes:
        cursor: K, a segment end of the log.
        checkpoint: cp there, as it was scanned.
        segments: those read so far.
        after: the cursor to ask for next.
        complete: whether the last page said that nothing more is to come.
        proof: the server's checkpoint, once it was found to be the one scanned.
    """

    space: SpaceId
    cursor: int
    checkpoint: Digest
    segments: list[PageSegment] = field(init=False)
    after: int = field(init=False)
    complete: bool = field(init=False)
    proof: bytes | None = field(init=False, default=None)
    _view: LogView = field(init=False)
    _entries: list[Entry] = field(init=False)

    def __post_init__(self) -> None:
        self.begin_again()

    def read(self, data: bytes, root: OpId | None) -> None:
        """Check a page of the bootstrap and take it. Raises IntegrityFailure, and then changed nothing."""
        staged = self._view.stage()
        try:
            page = decode_page(data)
        except NotCanonical as error:
            raise IntegrityFailure(Reason.PAGE, self.after) from error
        entries: list[Entry] = []
        for segment in page.segments:
            entries += self._read_segment(staged, segment, root)
        self._check_end(staged, page)
        self._view.absorb(staged)
        self._entries += entries
        self.segments += page.segments
        self.after, self.complete = page.to_cursor, not page.more

    def prove(self, proof: bytes) -> tuple[LogView, tuple[Entry, ...]]:
        """Compare the server's checkpoint and what was read with the hash that was scanned.

        Returns:
            the log at the checkpoint, and its live ops in cursor order.

        Raises:
            IntegrityFailure: they differ; the start begins again from nothing.
        """
        try:
            stated = decode_checkpoint(proof)
        except NotCanonical as error:
            raise IntegrityFailure(Reason.CHECKPOINT, self.cursor) from error
        live = live_digest((entry.cursor, entry.server_ms, entry.op_id) for entry in self._entries)
        found = checkpoint_digest(self.space, stated, live)
        view, entries = self._view, tuple(self._entries)
        view.cursor = view.base = self.cursor
        try:
            require(stated.cursor == self.cursor and found == self.checkpoint, Reason.CHECKPOINT, view)
        except IntegrityFailure:
            self.begin_again()
            raise
        view.log = view.ends[self.cursor] = stated.log
        view.streams.clear()
        view.streams.update({one.stream: StreamEnd(one.device, one.next_seq, one.head) for one in stated.streams})
        self.proof, self._entries = proof, []
        return view, entries

    def begin_again(self) -> None:
        """Forget what was read: one of the pages is not of this log, and none says which."""
        log = log_0(self.space)
        self._view = LogView(0, log, 0, Members(self.space), {0: log})
        self.segments, self.after, self.complete, self._entries = [], 0, False, []

    def _check_end(self, view: LogView, page: Page) -> None:
        require(page.log is None, Reason.LOG, view)
        require(bool(page.segments) or not page.more, Reason.PAGE, view)
        require(page.to_cursor == (view.cursor if page.more else self.cursor), Reason.PAGE, view)

    def _read_segment(self, view: LogView, paged: PageSegment, root: OpId | None) -> list[Entry]:
        segment = segment_of(paged, view)
        last_cursor = paged.first_cursor + segment.n - 1
        require(view.cursor < paged.first_cursor and last_cursor <= self.cursor, Reason.CURSOR, view)
        require(paged.server_ms > view.server_ms, Reason.SERVER_MS, view)
        seen = [see(view, row) for row in paged.rows]
        require(any(row.entity is not None for row in seen), Reason.PAGE, view)
        is_first = view.cursor == 0
        require(not is_first or paged.first_cursor == 1, Reason.CURSOR, view)
        founded = founded_by(view, segment, seen, root) if is_first else None
        check_signed(founded or view.members, segment, paged, view)
        _check_place(view, segment)
        check_chain(segment, seen, view)
        entries = judged(view, segment, paged, seen, founded)
        view.cursor, view.server_ms = last_cursor, paged.server_ms
        view.note_stream(segment, paged.server_ms)
        return entries


def _check_place(view: LogView, segment: Segment) -> None:
    """Check what can be: a stream is one device's, goes forward, and begins and goes on where the heads say so."""
    before = view.streams.get(segment.stream, StreamEnd(segment.device, 1, Digest(b"")))
    require(segment.device == before.device and segment.from_seq >= before.next_seq, Reason.STREAM, view)
    begins = segment.prev_head == head_0(segment.space, segment.stream, segment.device)
    require((segment.from_seq == 1) == begins, Reason.STREAM, view)
    follows = segment.from_seq == before.next_seq and segment.from_seq > 1
    require(not follows or segment.prev_head == before.head, Reason.STREAM, view)
