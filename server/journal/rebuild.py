"""The tables again from the log alone: what a push has written over the years, row for row."""

from collections import defaultdict
from collections.abc import AsyncIterable, Sequence
from itertools import chain

from sqlmodel.ext.asyncio.session import AsyncSession

from server.journal.project import by_kind
from server.journal.row import Values, row_of
from server.journal.ruled import ruled
from server.journal.tables import clear, write, write_states
from server.kinds.catalogue import KINDS
from server.kinds.kind import Kind
from sync.ids import EntityId
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


async def rebuild(session: AsyncSession, org_id: bytes, groups: AsyncIterable[Sequence[LoggedOp]]) -> None:
    """Delete an association's rows of every kind, and write them from its log.

    Args:
        groups: every fold group of the log, its ops in cursor order; the groups of one entity stand together (the
            order of the log's index). Ops of a kind that the catalogue has retired are left alone.
    """
    for kind in KINDS:
        if kind.folds is not None:
            await clear(session, kind, org_id)
    batches = _Batches(session)
    commands: list[LoggedOp] = []
    entity: EntityId | None = None
    async for ops in groups:
        if ops[0].header.entity != entity:
            await _add_commands(batches, org_id, commands)
            commands, entity = [], ops[0].header.entity
        commands += await _add_rows(batches, org_id, ops)
    await _add_commands(batches, org_id, commands)
    await batches.flush()


async def _add_rows(batches: _Batches, org_id: bytes, ops: Sequence[LoggedOp]) -> list[LoggedOp]:
    """Add the rows of one group, and return the commands among its ops: they are ruled with the entity's others."""
    commands: list[LoggedOp] = []
    for kind, groups in by_kind(ops).items():
        if kind.folds is Folds.COMMAND:
            commands += chain.from_iterable(groups.values())
        else:
            for group in groups.values():
                await batches.add(kind, row_of(org_id, kind, group))
    return commands


async def _add_commands(batches: _Batches, org_id: bytes, commands: Sequence[LoggedOp]) -> None:
    for kind, groups in by_kind(sorted(commands, key=lambda op: op.cursor)).items():
        assert kind.of is not None
        for group in groups.values():
            outcome = ruled(org_id, kind, group)
            for values in outcome.rows:
                await batches.add(kind, values)
            await batches.add_state(kind.of, outcome.entity)
