"""The tables again from the log alone: what a push has written over the years, row for row."""

from collections import defaultdict
from collections.abc import AsyncIterable, Collection, Sequence

from sqlmodel.ext.asyncio.session import AsyncSession

from server.journal.project import by_kind
from server.journal.row import Values, opening, row_of
from server.journal.ruled import ruled
from server.journal.tables import clear, write, write_states
from server.kinds.catalogue import TABLED
from server.kinds.kind import Kind
from sync.registry import Folds
from sync.store.logged import LoggedOp

ROWS_PER_STATEMENT = 500


class _Batches:
    """Rows on their way into the tables, a bounded number of each kind."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session
        self._rows: dict[type[Kind], list[Values]] = defaultdict(list)
        self._states: dict[type[Kind], list[Values]] = defaultdict(list)

    async def add(self, kind: type[Kind], values: Values) -> None:
        self._rows[kind].append(values)
        if len(self._rows[kind]) >= ROWS_PER_STATEMENT:
            await write(self._session, kind, self._rows.pop(kind))

    async def add_state(self, kind: type[Kind], values: Values) -> None:
        self._states[kind].append(values)
        if len(self._states[kind]) >= ROWS_PER_STATEMENT:
            await write_states(self._session, kind, self._states.pop(kind))

    async def flush(self) -> None:
        for kind, rows in self._rows.items():
            await write(self._session, kind, rows)
        for kind, states in self._states.items():
            await write_states(self._session, kind, states)


async def rebuild(session: AsyncSession, org_id: bytes, entities: AsyncIterable[Sequence[LoggedOp]]) -> None:
    """Delete an association's rows of every kind, and write them from its log.

    Args:
        entities: every op of each entity in turn, in cursor order. Ops of a kind that the catalogue has retired are
            left alone.
    """
    for kind in TABLED:
        if kind.folds is not None:
            await clear(session, kind, org_id)
    batches = _Batches(session)
    async for ops in entities:
        for kind, groups in by_kind(ops).items():
            if kind.folds is Folds.COMMAND:
                await _add_commands(batches, org_id, kind, groups.values())
            else:
                await _add_rows(batches, org_id, kind, groups.values())
    await batches.flush()


async def _add_rows(batches: _Batches, org_id: bytes, kind: type[Kind], groups: Collection[Sequence[LoggedOp]]) -> None:
    rows = [op for ops in groups if (op := opening(ops)) is not None]
    for ops in groups:
        await batches.add(kind, row_of(org_id, kind, ops, rows))


async def _add_commands(
    batches: _Batches, org_id: bytes, kind: type[Kind], groups: Collection[Sequence[LoggedOp]]
) -> None:
    assert kind.of is not None
    for ops in groups:
        outcome = ruled(org_id, kind, ops)
        for values in outcome.rows:
            await batches.add(kind, values)
        await batches.add_state(kind.of, outcome.entity)
