"""What a push means to the tables: each group that it touches is folded anew, and its row written."""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence

from sqlmodel.ext.asyncio.session import AsyncSession

from server.journal.row import Values, opening, row_id, row_of, salvages
from server.journal.ruled import ruled
from server.journal.tables import add, present, write, write_states
from server.kinds.catalogue import TABLED_BY_NAME
from server.kinds.kind import Kind, kind_name
from sync.ids import EntityId, OpId
from sync.registry import Folds
from sync.store.logged import LoggedOp

GroupKey = tuple[EntityId, OpId | None]
"""An entity and, for a row and its amendments, the row."""

ReadGroup = Callable[[EntityId, OpId | None, str], Awaitable[Sequence[LoggedOp]]]
"""`(entity, row, kind)`: reads from the log, this push included, in cursor order,

- for an entity's kind (row None): the entity's genesis and its edits without `re`;
- for a row's kind: the row and its amendments;
- for a row's or a command's kind (row None): every row or command of that kind on the entity.
"""


async def project(session: AsyncSession, org_id: bytes, ops: Sequence[LoggedOp], group: ReadGroup) -> None:
    """Write the rows of every group that the ops touch, in the transaction that logs them.

    Args:
        ops: ops of one space that are in the log, in cursor order; those of a kind that is not known are left alone.
        group: asked only for groups that may hold other ops than these.
    """
    for kind, groups in by_kind(ops).items():
        if kind.folds is Folds.COMMAND:
            await _project_commands(session, org_id, kind, groups, group)
        else:
            await _project_rows(session, org_id, kind, groups, group)


def by_kind(ops: Iterable[LoggedOp]) -> dict[type[Kind], dict[GroupKey, list[LoggedOp]]]:
    """Return the ops by kind and group. Two kinds on one entity are two rows: neither can spoil the other's table."""
    groups: dict[type[Kind], dict[GroupKey, list[LoggedOp]]] = defaultdict(lambda: defaultdict(list))
    for op in ops:
        kind = TABLED_BY_NAME.get(op.header.kind)
        if kind is not None and kind.folds is not None:
            row = (op.header.re or op.op_id) if kind.folds is Folds.ROW else None
            groups[kind][op.header.entity, row].append(op)
    return groups


async def _project_rows(
    session: AsyncSession, org_id: bytes, kind: type[Kind], groups: Mapping[GroupKey, list[LoggedOp]], group: ReadGroup
) -> None:
    older = await _older(session, org_id, kind, groups)
    fresh: list[Values] = []
    refolded: list[Values] = []
    for (entity, row), new in groups.items():
        own, rows = new, fresh
        if row_id(new[0]) in older:
            whole = await group(entity, row, kind_name(kind))
            own, rows = [op for op in whole if op.header.kind == kind_name(kind)], refolded
        beside = await group(entity, None, kind_name(kind)) if kind.folds is Folds.ROW and salvages(own) else ()
        rows.append(row_of(org_id, kind, own, beside))
    await add(session, kind, fresh)
    await write(session, kind, refolded)


async def _older(
    session: AsyncSession, org_id: bytes, kind: type[Kind], groups: Mapping[GroupKey, list[LoggedOp]]
) -> set[bytes]:
    """Return the ids of the groups that may hold more than these ops.

    Nothing amends a row before it is there, so a group that begins here is whole, or written already and then left as
    it is: no look into a table that grows for ever. An edit may come before the genesis of its entity: the table knows.
    """
    begun = {row_id(ops[0]) for ops in groups.values() if opening(ops) is not None}
    older = {row_id(ops[0]) for ops in groups.values()} - begun
    if kind.folds is Folds.ROW or not begun:
        return older
    return older | await present(session, kind, org_id, begun)


async def _project_commands(
    session: AsyncSession, org_id: bytes, kind: type[Kind], groups: Mapping[GroupKey, list[LoggedOp]], group: ReadGroup
) -> None:
    """Rulings follow cursors, so a new command changes no earlier ruling: only the new commands' rows are written."""
    assert kind.of is not None
    rows, entities = [], []
    for (entity, row), new in groups.items():
        outcome = ruled(org_id, kind, await group(entity, row, kind_name(kind)))
        cursors = {op.cursor for op in new}
        rows += [values for values in outcome.rows if values["cursor"] in cursors]
        entities.append(outcome.entity)
    await write(session, kind, rows)
    await write_states(session, kind.of, entities)
