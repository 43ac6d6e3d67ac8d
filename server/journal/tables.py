"""The statements of the journal: one for each kind and purpose, whatever the number of rows."""

from collections.abc import Collection, Sequence
from typing import Final

import sqlalchemy as sa
from sqlmodel.ext.asyncio.session import AsyncSession

from server.journal.row import FIRST_STATES, Values
from server.kinds.kind import Kind
from sync.registry import Folds
from sync.store.database import Dialect
from sync.store.postgresql import Postgresql
from sync.store.sqlite import Sqlite
from sync.store.tables import table_of

DIALECT_BY_NAME: Final[dict[str, Dialect]] = {dialect.name: dialect for dialect in (Sqlite(), Postgresql())}

KEY = ("org_id", "id")
STATE = ("state", "state_ms")
"""The columns that commands write, and never the entity's own ops."""


async def present(session: AsyncSession, kind: type[Kind], org_id: bytes, ids: Collection[bytes]) -> set[bytes]:
    """Return those of the ids that have a row."""
    table = table_of(kind)
    query = sa.select(table.c.id).where(table.c.org_id == org_id, _dialect(session).among(table.c.id, list(ids)))
    return {bytes(row.id) for row in await (await session.connection()).execute(query)}


async def add(session: AsyncSession, kind: type[Kind], rows: Sequence[Values]) -> None:
    """Insert rows; those that are there stay as they are."""
    if rows:
        added = _dialect(session).insert(table_of(kind)).on_conflict_do_nothing(index_elements=KEY)
        await (await session.connection()).execute(added, list(rows))


async def write(session: AsyncSession, kind: type[Kind], rows: Sequence[Values]) -> None:
    """Insert rows, or put them in the place of those that are there; a state that commands reached stays."""
    kept = (*KEY, *STATE) if kind in FIRST_STATES else KEY
    await _upsert(session, kind, rows, [column.name for column in table_of(kind).c if column.name not in kept])


async def write_states(session: AsyncSession, kind: type[Kind], rows: Sequence[Values]) -> None:
    """Write the states of entities; one that is not known yet gets a row with its state and nothing else."""
    await _upsert(session, kind, rows, STATE)


async def clear(session: AsyncSession, kind: type[Kind], org_id: bytes) -> None:
    """Delete an association's rows of a kind."""
    table = table_of(kind)
    await (await session.connection()).execute(sa.delete(table).where(table.c.org_id == org_id))


async def forget(session: AsyncSession, kind: type[Kind], org_id: bytes, entities: Collection[bytes]) -> None:
    """Delete the rows of entities, and those that stand under them."""
    table = table_of(kind)
    entity = table.c.id if kind.folds is Folds.ENTITY else table.c.entity
    erased = sa.delete(table).where(table.c.org_id == org_id, _dialect(session).among(entity, list(entities)))
    await (await session.connection()).execute(erased)


async def _upsert(session: AsyncSession, kind: type[Kind], rows: Sequence[Values], replaced: Sequence[str]) -> None:
    if not rows:
        return
    added = _dialect(session).insert(table_of(kind))
    statement = added.on_conflict_do_update(index_elements=KEY, set_={name: added.excluded[name] for name in replaced})
    await (await session.connection()).execute(statement, list(rows))


def _dialect(session: AsyncSession) -> Dialect:
    """Return what is the database's own: lists as parameters, and the insert that replaces what is there."""
    return DIALECT_BY_NAME[session.get_bind().dialect.name]
