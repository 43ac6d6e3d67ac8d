"""What the model server answers beside its log: stubs of dead ops, what is live at a cursor, one entity's history."""

from collections.abc import Callable
from hashlib import sha256

from sync.checkpoint import Checkpoint, StreamAt, encode_checkpoint
from sync.ids import Digest, EntityId, OpId, StreamId
from sync.liveness import is_killable
from sync.log import DeadRow, ErasedRow, IdRow, OpRow, Page, PageSegment, Row, decode_page, encode_page
from sync.op import decode_header, op_id, op_id_of_hashes
from sync.segment import decode_segment
from tests.engine_kit import ModelServer

Form = Callable[[OpId, OpRow | ErasedRow], Row]


def killers(server: ModelServer) -> dict[OpId, int]:
    """Return the cursor at which each dead op died."""
    dead: dict[OpId, int] = {}
    entities: dict[OpId, EntityId] = {}
    for cursor, row in enumerate((row for paged in server.segments for row in paged.rows), 1):
        if not isinstance(row, OpRow):
            continue
        header = decode_header(row.header)
        for killed in header.kills:
            if entities.get(killed) == header.entity:
                dead.setdefault(killed, cursor)
        if is_killable(header):
            entities[name_of(row)] = header.entity
    return dead


def name_of(row: OpRow | ErasedRow) -> OpId:
    """Return an op's name."""
    if isinstance(row, ErasedRow):
        return op_id_of_hashes(row.entity, row.header_hash, row.sealed_hash)
    return op_id(decode_header(row.header).entity, row.header, row.sealed)


def dead_row(row: OpRow) -> DeadRow:
    """Return an op without its payload."""
    return DeadRow(row.header, Digest(sha256(row.sealed).digest()))


def stubbed_page(server: ModelServer, after: int = 0, segments: int = 1000) -> bytes:
    """Return the page of a server that leaves out the payloads of what is dead by now."""
    dead, page = killers(server), decode_page(server.page(after, segments))

    def form(name: OpId, row: OpRow | ErasedRow) -> Row:
        return dead_row(row) if name in dead and isinstance(row, OpRow) else row

    return encode_page(Page(page.to_cursor, page.log, page.more, tuple(_with(paged, form) for paged in page.segments)))


def bootstrap_page(server: ModelServer, at: int, after: int = 0, segments: int = 1000) -> bytes:
    """Return the page of the next segments that hold an op which was live at a cursor."""
    dead = killers(server)

    def form(name: OpId, row: OpRow | ErasedRow) -> Row:
        died = server.erased[row.entity] if isinstance(row, ErasedRow) else dead.get(name)
        if died is not None and died <= at:
            return IdRow(name)
        return dead_row(row) if died is not None and isinstance(row, OpRow) else row

    between = [s for s in server.segments if s.first_cursor > after and _last(s) <= at]
    found = [paged for paged in (_with(s, form) for s in between) if not all(isinstance(r, IdRow) for r in paged.rows)]
    taken, more = found[:segments], len(found) > segments
    return encode_page(Page(_last(taken[-1]) if more else at, None, more, tuple(taken)))


def checkpoint_at(server: ModelServer, at: int) -> bytes:
    """Return the checkpoint as of a segment's end."""
    streams: dict[StreamId, StreamAt] = {}
    for paged in server.segments:
        segment = decode_segment(paged.seg)
        if _last(paged) <= at:
            streams[segment.stream] = StreamAt(segment.stream, segment.device, segment.next_seq, segment.head)
    return encode_checkpoint(Checkpoint(at, server.ends[at], tuple(streams[each] for each in sorted(streams))))


def history_page(server: ModelServer, entity: EntityId) -> bytes:
    """Return every segment that holds an op of the entity, the other ops by name only."""

    def form(name: OpId, row: OpRow | ErasedRow) -> Row:
        of = row.entity if isinstance(row, ErasedRow) else decode_header(row.header).entity
        return row if of == entity else IdRow(name)

    every = [_with(paged, form) for paged in server.segments]
    found = tuple(paged for paged in every if any(not isinstance(row, IdRow) for row in paged.rows))
    return encode_page(Page(_last(found[-1]) if found else 0, None, False, found))


def _with(paged: PageSegment, form: Form) -> PageSegment:
    rows = tuple(form(name_of(row), row) for row in paged.rows if isinstance(row, OpRow | ErasedRow))
    return PageSegment(paged.first_cursor, paged.server_ms, paged.seg, paged.sig, rows)


def _last(paged: PageSegment) -> int:
    return paged.first_cursor + len(paged.rows) - 1
