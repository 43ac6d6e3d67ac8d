"""The history of one entity, as an administrator's device reads it: every op that still has its bytes, dead ones too.

A page of it holds the segments in which the entity has an op; the other ops of those segments are names only. It is no
log: what a hostile server leaves out of it, whole segments at a time, cannot be seen. What is there is proved; where
and when it was logged is, if this reader holds one of the segment's ops.
"""

from dataclasses import dataclass
from itertools import pairwise

from sync.codec import NotCanonical
from sync.entries import check_chain, check_signed, segment_of
from sync.errors import IntegrityFailure, Reason
from sync.ids import EntityId, OpId
from sync.integrity import require
from sync.log import DeadRow, ErasedRow, OpRow, Page, decode_page
from sync.logview import LogView
from sync.op import Header
from sync.seen import Seen, see


@dataclass(frozen=True, slots=True)
class HistoryRow:
    """One op of the entity; `row` holds its bytes, or what an erasure leaves of them, and then there is no header."""

    cursor: int
    server_ms: int
    op_id: OpId
    header: Header | None
    row: OpRow | ErasedRow


def read_history(view: LogView, data: bytes, entity: EntityId) -> list[HistoryRow]:
    """Return the entity's ops in a page, in cursor order; the view is not changed.

    Raises:
        IntegrityFailure: a segment is not its device's, an op is none of its segment, or the page holds what was not
            asked for, or stands elsewhere in the log than this reader knows.
    """
    try:
        page = decode_page(data)
    except NotCanonical as error:
        raise IntegrityFailure(Reason.PAGE, view.cursor) from error
    staged = view.stage()
    _check_page(staged, page)
    rows: list[HistoryRow] = []
    for paged in page.segments:
        segment = segment_of(paged, staged)
        check_signed(staged.members, segment, paged, staged)
        seen = [see(staged, row) for row in paged.rows]
        check_chain(segment, seen, staged)
        for cursor, one in enumerate(seen, paged.first_cursor):
            _check_known(staged, one, cursor, paged.server_ms)
            if one.entity is not None:
                require(one.entity == entity and not isinstance(one.row, DeadRow), Reason.PAGE, staged)
                assert isinstance(one.row, OpRow | ErasedRow)
                rows.append(HistoryRow(cursor, paged.server_ms, one.op_id, one.header, one.row))
    return rows


def _check_page(view: LogView, page: Page) -> None:
    require(page.log is None, Reason.LOG, view)
    require(bool(page.segments) or not page.more, Reason.PAGE, view)
    for before, after in pairwise(page.segments):
        require(before.first_cursor + len(before.rows) <= after.first_cursor, Reason.CURSOR, view)
        require(before.server_ms < after.server_ms, Reason.SERVER_MS, view)
    if page.more:
        last = page.segments[-1]
        require(page.to_cursor == last.first_cursor + len(last.rows) - 1, Reason.PAGE, view)


def _check_known(view: LogView, seen: Seen, cursor: int, server_ms: int) -> None:
    known = view.first_entries.get(seen.op_id)
    require(known is None or known.cursor == cursor, Reason.CURSOR, view)
    require(known is None or known.server_ms == server_ms, Reason.SERVER_MS, view)
