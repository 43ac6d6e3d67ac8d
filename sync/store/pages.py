"""Pages of the log for a reader, in one snapshot of the database."""

from itertools import islice
from typing import Any

from sqlalchemy import Row

from sync.errors import LogMismatch, NotMember
from sync.ids import Digest, HeaderBytes, Sealed, SpaceId
from sync.log import OpRow, Page, PageSegment, encode_page, log_0
from sync.store.repository import Repository

PAGE_BYTES_DEFAULT = 262_144
PAGE_SEGMENTS_MAX = 256
"""One page's segments, so that a long log of tiny segments is read in bounded memory."""


async def page_after(store: Repository, space: SpaceId, cursor: int, bytes_max: int) -> bytes:
    """Return the encoded page of whole segments after a cursor: at least one if there is one.

    Raises:
        LogMismatch: the cursor is neither 0 nor the end of a segment of this log.
    """
    state = await store.space(space)
    if state is None:
        raise NotMember
    log = log_0(space) if cursor == 0 else await store.log_at(space, cursor)
    if log is None:
        raise LogMismatch(state.cursor)
    taken: list[Row[Any]] = []
    total = 0
    for segment in await store.segments_after(space, cursor, PAGE_SEGMENTS_MAX):
        total += segment.bytes_total
        if taken and total > bytes_max:
            break
        taken.append(segment)
    if not taken:
        return encode_page(Page(cursor, log, False, ()))
    first, last = taken[0].first_cursor, taken[-1].last_cursor
    rows = iter(await store.ops_between(space, first, last))
    segments = tuple(
        PageSegment(
            segment.first_cursor,
            segment.server_ms,
            segment.seg,
            segment.sig,
            tuple(
                OpRow(HeaderBytes(row.header), Sealed(row.sealed))
                for row in islice(rows, segment.last_cursor - segment.first_cursor + 1)
            ),
        )
        for segment in taken
    )
    return encode_page(Page(last, Digest(taken[-1].log), last < state.cursor, segments))
