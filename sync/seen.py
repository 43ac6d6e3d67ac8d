"""The rows of a page by name: each op_id computed from what the page holds of the op, before anything is judged."""

from hashlib import sha256
from typing import NamedTuple

from sync.errors import IntegrityFailure, Reason
from sync.ids import Digest, EntityId, HeaderBytes, OpId
from sync.integrity import require
from sync.liveness import is_killable
from sync.log import DeadRow, ErasedRow, IdRow, OpRow, Row
from sync.logview import LogView
from sync.op import Header, HeaderFault, decode_header, entity_of, op_id_of_hashes


class Seen(NamedTuple):
    """A row whose name is known, before it is judged; a row of form 0 has nothing but its name."""

    op_id: OpId
    entity: EntityId | None
    header: Header | None
    row: Row


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
