"""What an erasure leaves on a device: of every op two hashes, which name it in its chain, and no key that opened it.

A server that was restored to before an erasure gives the erased ops again. A device that knows better shows none of
them, and every device that may erase says it again.
"""

from bisect import bisect_left
from collections.abc import Collection, Iterable, Mapping
from hashlib import sha256

from msgspec.structs import replace

from sync.control import Body, EraseBody
from sync.ids import Digest, EntityId
from sync.log import DeadRow, ErasedRow, OpRow, PageSegment, Row
from sync.logview import Entry, LogView


def erased_by(bodies: Iterable[Body | None]) -> frozenset[EntityId]:
    """Return the entities that control bodies erase."""
    return frozenset(entity for body in bodies if isinstance(body, EraseBody) for entity in body.entities)


def forget_in_view(view: LogView, entities: Collection[EntityId]) -> dict[int, ErasedRow]:
    """Leave of entities' ops what their erasure leaves, and return that by cursor; rows that are so already are not."""
    bared: dict[int, ErasedRow] = {}
    for name, entry in view.first_entries.items():
        if entry.entity in entities and not isinstance(entry.row, ErasedRow):
            bared[entry.cursor] = row = _bared(entry)
            view.first_entries[name] = Entry(entry.cursor, entry.server_ms, name, entry.entity, row, None, None, None)
            view.killed.pop(name, None)
    for entity in entities:
        view.geneses.pop(entity, None)
    for cursor in [cursor for cursor, op in view.voids.items() if op.entity in entities]:
        del view.voids[cursor]
    return bared


def forget_in_segments(segments: Collection[PageSegment], bared: Mapping[int, ErasedRow]) -> list[PageSegment]:
    """Return segments with what is left of the ops at some cursors in their place."""
    cursors = sorted(bared)
    kept: list[PageSegment] = []
    for segment in segments:
        first = segment.first_cursor
        at = bisect_left(cursors, first)
        if at < len(cursors) and cursors[at] < first + len(segment.rows):
            rows: tuple[Row, ...] = tuple(bared.get(cursor, row) for cursor, row in enumerate(segment.rows, first))
            segment = replace(segment, rows=rows)  # noqa: PLW2901 - the same segment, less
        kept.append(segment)
    return kept


def _bared(entry: Entry) -> ErasedRow:
    row = entry.row
    assert isinstance(row, OpRow | DeadRow)
    sealed_hash = row.sealed_hash if isinstance(row, DeadRow) else Digest(sha256(row.sealed).digest())
    return ErasedRow(entry.entity, Digest(sha256(row.header).digest()), sealed_hash)
