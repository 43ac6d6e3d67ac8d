"""The journal as the sync service calls it, and a rebuild of a whole space: both read groups from the log's tables."""

from collections.abc import AsyncIterator, Sequence

from server.journal.project import project
from server.journal.rebuild import rebuild
from server.journal.tables import forget
from server.kinds.catalogue import TABLED_BY_NAME
from sync.ids import EntityId, OpId, SpaceId
from sync.registry import Folds
from sync.store.logged import LoggedOp
from sync.store.receive import Erased
from sync.store.repository import Repository


async def project_push(store: Repository, space: SpaceId, org: bytes, ops: Sequence[LoggedOp], erased: Erased) -> None:
    """Write the tables for the ops of a push, in its transaction, and delete what they have of erased entities."""
    for name, entities in erased.items():
        kind = TABLED_BY_NAME.get(name)
        for table in (kind, kind and kind.of):  # commands write the row of their entity too
            if table is not None:
                await forget(store.session, table, org, entities)

    async def group(entity: EntityId, row: OpId | None, kind: str) -> Sequence[LoggedOp]:
        if row is None and TABLED_BY_NAME[kind].folds is not Folds.ENTITY:
            return await store.rows_of_kind(space, entity, kind)
        return await store.group(space, entity, row)

    await project(store.session, org, ops, group)


async def rebuild_association(store: Repository, org: bytes, spaces: Sequence[SpaceId]) -> None:
    """Write an association's tables again from the logs of its spaces, in one transaction: readers see old or new."""
    for space in sorted(spaces):
        await store.lock_space(space)
    await rebuild(store.session, org, _entities(store, spaces))


async def _entities(store: Repository, spaces: Sequence[SpaceId]) -> AsyncIterator[Sequence[LoggedOp]]:
    for space in spaces:
        async for ops in store.entities(space):
            yield ops
