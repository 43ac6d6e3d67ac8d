"""Pages of the log for a reader, in one snapshot of the database: what is new, what was live at K, what one entity was.

A row has the smallest form that its reader can check: dead ops go without their payload, and a page that is not asked
for an op names it only.
"""

from collections.abc import Callable, Sequence
from hashlib import sha256
from itertools import islice
from typing import Any

import sqlalchemy as sa

from sync.checkpoint import Checkpoint, StreamAt, encode_checkpoint
from sync.errors import LogMismatch, NotMember, UnknownCursor
from sync.ids import DeviceId, Digest, EntityId, HeaderBytes, OpId, Sealed, SpaceId, StreamId
from sync.log import DeadRow, ErasedRow, IdRow, OpRow, Page, PageSegment, Row, encode_page, log_0
from sync.store.repository import Repository

PAGE_BYTES_DEFAULT = 262_144
PAGE_SEGMENTS_MAX = 256
"""One page's segments, so that a long log of tiny segments is read in bounded memory."""

Stored = sa.Row[Any]
"""A row of a table, as the repository returns it."""

Form = Callable[[Stored], Row]


async def page_after(store: Repository, space: SpaceId, cursor: int, bytes_max: int) -> bytes:
    """Return the encoded page of whole segments after a cursor: at least one if there is one.

    Raises:
        LogMismatch: the cursor is neither 0 nor the end of a segment of this log.
    """
    state = await _state(store, space)
    log = await _log_at(store, state, cursor)
    found = await store.segments_after(space, cursor, PAGE_SEGMENTS_MAX)
    taken = _fitting(found, bytes_max)
    if not taken:
        return encode_page(Page(cursor, log, False, ()))
    last = taken[-1]
    segments = await _segments(store, space, taken, lambda op: _whole_or_dead(op, state.cursor))
    return encode_page(Page(last.last_cursor, Digest(last.log), last.last_cursor < state.cursor, segments))


async def bootstrap_after(store: Repository, space: SpaceId, at: int, cursor: int, bytes_max: int) -> bytes:
    """Return the encoded page of the next segments after a cursor that hold an op which was live at `at`.

    Raises:
        LogMismatch: one of the two cursors is neither 0 nor the end of a segment of this log.
    """
    state = await _state(store, space)
    for each in (at, cursor):
        await _log_at(store, state, each)
    found = await store.segments_live(space, at, cursor, PAGE_SEGMENTS_MAX + 1)
    taken = _fitting(found[:PAGE_SEGMENTS_MAX], bytes_max)
    more = len(taken) < len(found)

    def form(op: Stored) -> Row:
        if op.dead_cursor is not None and op.dead_cursor <= at:
            return IdRow(OpId(op.op_id))
        return _whole_or_dead(op, state.cursor)

    segments = await _segments(store, space, taken, form)
    return encode_page(Page(taken[-1].last_cursor if more else at, None, more, segments))


async def history_after(store: Repository, space: SpaceId, entity: EntityId, cursor: int, bytes_max: int) -> bytes:
    """Return the encoded page of the next segments after a cursor that hold an op of an entity, dead ones whole too."""
    found = await store.segments_of(space, entity, cursor, PAGE_SEGMENTS_MAX + 1)
    taken = _fitting(found[:PAGE_SEGMENTS_MAX], bytes_max)

    def form(op: Stored) -> Row:
        return _whole(op) if op.entity == entity else IdRow(OpId(op.op_id))

    segments = await _segments(store, space, taken, form)
    to_cursor = taken[-1].last_cursor if taken else cursor
    return encode_page(Page(to_cursor, None, len(taken) < len(found), segments))


async def checkpoint_at(store: Repository, space: SpaceId, cursor: int) -> bytes:
    """Return the encoded checkpoint of the log at a cursor. Raises UnknownCursor if it is no segment's end."""
    log = log_0(space) if cursor == 0 else await store.log_at(space, cursor)
    if log is None:
        raise UnknownCursor
    streams = await store.streams_at(space, cursor)
    ends = tuple(StreamAt(StreamId(s.stream), DeviceId(s.device), s.next_seq, Digest(s.head)) for s in streams)
    return encode_checkpoint(Checkpoint(cursor, log, ends))


async def _state(store: Repository, space: SpaceId) -> Stored:
    state = await store.space(space)
    if state is None:
        raise NotMember
    return state


async def _log_at(store: Repository, state: Stored, cursor: int) -> Digest:
    space = SpaceId(state.space)
    log = log_0(space) if cursor == 0 else await store.log_at(space, cursor)
    if log is None:
        raise LogMismatch(state.cursor)
    return log


def _fitting(segments: Sequence[Stored], bytes_max: int) -> list[Stored]:
    """Return as many of the segments as fit, but one at least."""
    taken: list[Stored] = []
    total = 0
    for segment in segments:
        total += segment.bytes_total
        if taken and total > bytes_max:
            break
        taken.append(segment)
    return taken


async def _segments(store: Repository, space: SpaceId, taken: Sequence[Stored], form: Form) -> tuple[PageSegment, ...]:
    if not taken:
        return ()
    ops = iter(await store.ops_between(space, _runs(taken)))
    return tuple(
        PageSegment(
            segment.first_cursor,
            segment.server_ms,
            segment.seg,
            segment.sig,
            tuple(form(op) for op in islice(ops, segment.last_cursor - segment.first_cursor + 1)),
        )
        for segment in taken
    )


def _runs(segments: Sequence[Stored]) -> list[tuple[int, int]]:
    """Return the first and last cursors of segments, those that follow each other as one run."""
    runs: list[tuple[int, int]] = []
    for segment in segments:
        begins = segment.first_cursor
        if runs and runs[-1][1] + 1 == begins:
            begins, _ = runs.pop()
        runs.append((begins, segment.last_cursor))
    return runs


def _whole(op: Stored) -> OpRow | ErasedRow:
    """Return an op's bytes, or what its erasure has left of them."""
    if op.header is None:
        return ErasedRow(EntityId(op.entity), Digest(op.header_hash), Digest(op.sealed_hash))
    return OpRow(HeaderBytes(op.header), Sealed(op.sealed))


def _whole_or_dead(op: Stored, end: int) -> Row:
    """Return an op, without its payload if it is dead by the end of the log that the same snapshot shows."""
    if op.header is None or op.dead_cursor is None or op.dead_cursor > end:
        return _whole(op)
    return DeadRow(HeaderBytes(op.header), Digest(sha256(op.sealed).digest()))
