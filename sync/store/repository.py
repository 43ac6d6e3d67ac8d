"""Every query of the log, over both databases. It decides nothing: `receive` and `pages` do."""

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, Final

import sqlalchemy as sa
from sqlmodel.ext.asyncio.session import AsyncSession

from sync.codec import decode
from sync.ids import DeviceId, Digest, EntityId, HeaderBytes, OpId, OrgId, SpaceId, StreamId, WorkerId
from sync.members import Member as MemberState
from sync.members import Members
from sync.op import OpClass, decode_header, row_name
from sync.store.database import Dialect
from sync.store.logged import LoggedOp
from sync.store.scope import Scope
from sync.store.tables import Epoch, Erased, Member, Op, Segment, Space, Stream, table_of

SPACE: Final = table_of(Space)
STREAM: Final = table_of(Stream)
SEGMENT: Final = table_of(Segment)
OP: Final = table_of(Op)
MEMBER: Final = table_of(Member)
EPOCH: Final = table_of(Epoch)
ERASED: Final = table_of(Erased)

_PAGED: Final = ("cursor", "op_id", "entity", "header", "sealed", "header_hash", "sealed_hash", "dead_cursor")
"""The columns of an op that a page is made of."""


class Repository:
    """The log's tables in one session, which somebody else begins and commits."""

    def __init__(self, session: AsyncSession, dialect: Dialect) -> None:
        self.session = session
        self._dialect = dialect

    async def enter(self, scope: Scope) -> None:
        """Let the session touch the rows of a scope, and no longer those of the one before."""
        await self._dialect.enter(self.session, scope)

    # ── The space ──

    async def open_space(self, space: SpaceId, log: Digest) -> None:
        """Insert an empty space."""
        await self._write(
            SPACE,
            [
                {
                    "space": space,
                    "log": log,
                    "cursor": 0,
                    "server_ms": 0,
                    "epoch": 0,
                    "rules_version": 1,
                    "is_first": False,
                }
            ],
        )

    async def space(self, space: SpaceId) -> sa.Row[Any] | None:
        """Return the space's row, or None."""
        return await self._one(sa.select(SPACE).where(SPACE.c.space == space))

    async def lock_space(self, space: SpaceId) -> sa.Row[Any] | None:
        """Return the space's row, held until the session ends: no other push of the space goes on meanwhile."""
        return await self._one(self._dialect.locked(sa.select(SPACE).where(SPACE.c.space == space)))

    async def founded(self) -> bool:
        """Tell whether any space of this installation holds operations."""
        return await self._one(sa.select(SPACE.c.space).where(SPACE.c.cursor > 0).limit(1)) is not None

    async def opened(self, but: SpaceId | None = None) -> bool:
        """Tell whether any space of this installation is open, empty or not, but for one."""
        query = sa.select(SPACE.c.space).limit(1)
        return await self._one(query if but is None else query.where(SPACE.c.space != but)) is not None

    async def forget_empty_spaces(self) -> None:
        """Delete every space that holds no operation."""
        await self._execute(sa.delete(SPACE).where(SPACE.c.cursor == 0))

    async def update_space(self, space: SpaceId, values: Mapping[str, Any]) -> None:
        """Move the end of the log."""
        await self._execute(sa.update(SPACE).where(SPACE.c.space == space).values(**values))

    # ── Members ──

    async def member_key(self, space: SpaceId, device: DeviceId) -> bytes | None:
        """Return the signing key of a device of the space, or None. It never changes: the device is named after it."""
        found = await self._one(sa.select(MEMBER.c.ed_pk).where(MEMBER.c.space == space, MEMBER.c.device == device))
        return found[0] if found else None

    async def members(self, space: sa.Row[Any], device: DeviceId | None = None) -> Members:
        """Return the members as of now: all with every epoch, or only one device of them, with the epoch's number."""
        query = sa.select(MEMBER).where(MEMBER.c.space == space.space)
        rows = await self._all(query if device is None else query.where(MEMBER.c.device == device))
        epochs = await self._all(sa.select(EPOCH).where(EPOCH.c.space == space.space)) if device is None else ()
        return Members(
            SpaceId(space.space),
            {DeviceId(row.device): _member(row) for row in rows},
            space.epoch,
            {row.n: Digest(row.commit) for row in epochs},
            space.rules_version,
        )

    async def save_members(self, before: Members, after: Members) -> None:
        """Write the members and epochs that control ops added or changed."""
        changed = [member for device, member in after.by_device.items() if before.by_device.get(device) != member]
        for member in changed:
            values = {name: getattr(member, name) for name in ("ed_pk", "x_pk", "roles", "org", "worker", "proposed")}
            values["revoked_cursor"] = member.revoked_at
            key = {"space": after.space, "device": member.device}
            added = self._dialect.insert(MEMBER).values(**key, **values, seen_cursor=0)
            await self._execute(added.on_conflict_do_update(index_elements=["space", "device"], set_=values))
        epochs = [n for n in after.commits if n not in before.commits]
        await self._write(EPOCH, [{"space": after.space, "n": n, "commit": after.commits[n]} for n in epochs])

    async def memberships(self, device: DeviceId) -> Sequence[sa.Row[Any]]:
        """Return the member rows of a device, one for each space."""
        return await self._all(sa.select(MEMBER).where(MEMBER.c.device == device))

    async def first_space(self, org: bytes) -> sa.Row[Any] | None:
        """Return the space that an association founded first: there it is decided who administers it. None without."""
        return await self._one(sa.select(SPACE).where(SPACE.c.org == org, SPACE.c.is_first))

    async def home_memberships(self, device: DeviceId) -> list[sa.Row[Any]]:
        """Return the member rows of a device in the first space of its association, those of another left out."""
        rows = await self.memberships(device)
        homes = {org: await self.first_space(org) for org in {row.org for row in rows}}
        return [row for row in rows if (home := homes[row.org]) is not None and home.space == row.space]

    async def spaces_of(self, device: DeviceId) -> list[SpaceId]:
        """Return the spaces that a device is a member of and not revoked from, ascending."""
        rows = await self.memberships(device)
        return sorted(SpaceId(row.space) for row in rows if not _member(row).revoked)

    async def seen(self, space: SpaceId) -> list[tuple[DeviceId, int]]:
        """Return the members that are not revoked, ascending, each with the last log end it said it has applied."""
        rows = await self._all(sa.select(MEMBER).where(MEMBER.c.space == space).order_by(MEMBER.c.device))
        return [(DeviceId(row.device), row.seen_cursor) for row in rows if not _member(row).revoked]

    async def saw(self, space: SpaceId, device: DeviceId, cursor: int) -> None:
        """Keep the last log end that a device said it has applied, if it is later than the one kept."""
        mine = sa.and_(MEMBER.c.space == space, MEMBER.c.device == device, MEMBER.c.seen_cursor < cursor)
        await self._execute(sa.update(MEMBER).where(mine).values(seen_cursor=cursor))

    # ── Streams and segments ──

    async def receipt(self, space: SpaceId, stream: StreamId, from_seq: int, head: bytes) -> bytes | None:
        """Return the receipt of a segment that is stored already, or None."""
        where = (SEGMENT.c.space == space, SEGMENT.c.stream == stream, SEGMENT.c.from_seq == from_seq)
        found = await self._one(sa.select(SEGMENT.c.receipt).where(*where, SEGMENT.c.head == head))
        return found[0] if found else None

    async def stream(self, space: SpaceId, stream: StreamId) -> sa.Row[Any] | None:
        """Return where a stream stands, or None if it is not known."""
        return await self._one(sa.select(STREAM).where(STREAM.c.space == space, STREAM.c.stream == stream))

    async def close_streams(self, space: SpaceId, device: DeviceId) -> None:
        """Close every stream of a device: it has begun another."""
        mine = sa.and_(STREAM.c.space == space, STREAM.c.device == device)
        await self._execute(sa.update(STREAM).where(mine).values(open=False))

    async def advance_stream(self, values: Mapping[str, Any]) -> None:
        """Write where a stream stands now."""
        moved = {name: values[name] for name in ("next_seq", "head")}
        added = self._dialect.insert(STREAM).values(**values, open=True)
        await self._execute(added.on_conflict_do_update(index_elements=["space", "stream"], set_=moved))

    async def log_at(self, space: SpaceId, cursor: int) -> Digest | None:
        """Return the log hash at a segment's end, or None if the cursor is none."""
        found = await self._one(
            sa.select(SEGMENT.c.log).where(SEGMENT.c.space == space, SEGMENT.c.last_cursor == cursor)
        )
        return Digest(found[0]) if found else None

    async def segments_after(self, space: SpaceId, cursor: int, at_most: int) -> Sequence[sa.Row[Any]]:
        """Return the next segments in cursor order."""
        where = (SEGMENT.c.space == space, SEGMENT.c.first_cursor > cursor)
        return await self._all(sa.select(SEGMENT).where(*where).order_by(SEGMENT.c.first_cursor).limit(at_most))

    async def segments_live(self, space: SpaceId, at: int, cursor: int, at_most: int) -> Sequence[sa.Row[Any]]:
        """Return the next segments up to the cursor `at` that hold an op which was live there."""
        of_segment = sa.and_(
            OP.c.space == SEGMENT.c.space, OP.c.cursor.between(SEGMENT.c.first_cursor, SEGMENT.c.last_cursor)
        )
        live = sa.exists().where(of_segment, sa.or_(OP.c.dead_cursor.is_(None), OP.c.dead_cursor > at))
        where = (SEGMENT.c.space == space, SEGMENT.c.first_cursor > cursor, SEGMENT.c.last_cursor <= at, live)
        return await self._all(sa.select(SEGMENT).where(*where).order_by(SEGMENT.c.first_cursor).limit(at_most))

    async def segments_of(self, space: SpaceId, entity: EntityId, cursor: int, at_most: int) -> Sequence[sa.Row[Any]]:
        """Return the next segments that hold an op of an entity."""
        of_segment = sa.and_(
            OP.c.space == SEGMENT.c.space,
            OP.c.entity == entity,
            OP.c.cursor.between(SEGMENT.c.first_cursor, SEGMENT.c.last_cursor),
        )
        where = (SEGMENT.c.space == space, SEGMENT.c.first_cursor > cursor, sa.exists().where(of_segment))
        return await self._all(sa.select(SEGMENT).where(*where).order_by(SEGMENT.c.first_cursor).limit(at_most))

    async def streams_at(self, space: SpaceId, cursor: int) -> Sequence[sa.Row[Any]]:
        """Return stream, device, next_seq and head of every stream as of a segment's end, ascending by stream."""
        until = sa.and_(SEGMENT.c.space == space, SEGMENT.c.last_cursor <= cursor)
        last = sa.select(SEGMENT.c.stream, sa.func.max(SEGMENT.c.first_cursor).label("first_cursor"))
        last_of = last.where(until).group_by(SEGMENT.c.stream).subquery()
        next_seq = (SEGMENT.c.from_seq + SEGMENT.c.last_cursor - SEGMENT.c.first_cursor + 1).label("next_seq")
        query = sa.select(SEGMENT.c.stream, STREAM.c.device, next_seq, SEGMENT.c.head)
        query = query.join(last_of, SEGMENT.c.first_cursor == last_of.c.first_cursor)
        query = query.join(STREAM, sa.and_(STREAM.c.space == space, STREAM.c.stream == SEGMENT.c.stream))
        return await self._all(query.where(SEGMENT.c.space == space).order_by(SEGMENT.c.stream))

    async def add_segment(self, values: Mapping[str, Any]) -> None:
        """Insert a segment."""
        await self._write(SEGMENT, [values])

    # ── Ops ──

    async def logged(self, space: SpaceId, op_ids: Sequence[OpId]) -> set[bytes]:
        """Return those of the ops that the log holds already."""
        query = sa.select(OP.c.op_id).where(OP.c.space == space, self._dialect.among(OP.c.op_id, op_ids))
        return {row.op_id for row in await self._all(query)}

    async def begun(self, space: SpaceId, entities: Sequence[EntityId]) -> set[bytes]:
        """Return those of the entities that have a genesis in the log."""
        query = sa.select(OP.c.entity).where(OP.c.space == space, OP.c.op_class == OpClass.GENESIS)
        return {row.entity for row in await self._all(query.where(self._dialect.among(OP.c.entity, entities)))}

    async def rows(self, space: SpaceId, op_ids: Sequence[OpId]) -> dict[bytes, tuple[bytes, str]]:
        """Return the entity and the kind of those of the ops that are rows in the log and not erased."""
        query = sa.select(OP.c.op_id, OP.c.entity, OP.c.header).where(OP.c.space == space)
        query = query.where(OP.c.op_class == OpClass.ROW, OP.c.header.is_not(None))
        query = query.where(self._dialect.among(OP.c.op_id, op_ids))
        return {row.op_id: (row.entity, kind_of(row.header)) for row in await self._all(query)}

    async def add_ops(self, values: Sequence[Mapping[str, Any]]) -> None:
        """Insert the ops of a segment in one statement."""
        await self._write(OP, values)

    async def killable(self, space: SpaceId, op_ids: Sequence[OpId]) -> dict[bytes, bytes]:
        """Return the entity of those of the ops that are edits of an entity in the log and not dead yet."""
        query = sa.select(OP.c.op_id, OP.c.entity).where(OP.c.space == space, OP.c.dead_cursor.is_(None))
        query = query.where(OP.c.op_class == OpClass.EDIT, OP.c.fold_group == OP.c.entity)
        found = await self._all(query.where(self._dialect.among(OP.c.op_id, op_ids)))
        return {row.op_id: row.entity for row in found}

    async def mark_dead(self, space: SpaceId, killers: Mapping[OpId, int]) -> None:
        """Note the cursor of the op that killed each of these."""
        if killers:
            died = sa.update(OP).where(OP.c.space == space, OP.c.op_id == sa.bindparam("killed"))
            values = [{"killed": killed, "killer": cursor} for killed, cursor in killers.items()]
            connection = await self.session.connection()
            await connection.execute(died.values(dead_cursor=sa.bindparam("killer")), values)

    async def ops_between(self, space: SpaceId, runs: Sequence[tuple[int, int]]) -> Sequence[sa.Row[Any]]:
        """Return all ops by cursor whose cursors stand in one of some runs, given by their first and last.

        Asked for by their segments, PostgreSQL reads the whole of a long log to join the two.
        """
        within = sa.or_(*(OP.c.cursor.between(first, last) for first, last in runs))
        query = sa.select(*(OP.c[name] for name in _PAGED)).where(OP.c.space == space, within)
        return await self._all(query.order_by(OP.c.cursor))

    # ── Erasure ──

    async def erased(self, space: SpaceId, entities: Sequence[EntityId]) -> dict[EntityId, int]:
        """Return those of the entities that are erased, with the cursor of their erasure."""
        query = sa.select(ERASED.c.entity, ERASED.c.cursor).where(ERASED.c.space == space)
        found = await self._all(query.where(self._dialect.among(ERASED.c.entity, entities)))
        return {EntityId(row.entity): row.cursor for row in found}

    async def add_erased(self, space: SpaceId, cursors: Mapping[EntityId, int]) -> None:
        """Note that entities are erased; of one that is already, the first cursor stays."""
        values = [{"space": space, "entity": entity, "cursor": cursor} for entity, cursor in cursors.items()]
        added = self._dialect.insert(ERASED).on_conflict_do_nothing(index_elements=["space", "entity"])
        await (await self.session.connection()).execute(added, values)

    async def ops_of_entity(self, space: SpaceId, entity: EntityId) -> Sequence[sa.Row[Any]]:
        """Return the cursors and bytes of an entity's ops that are not erased."""
        query = sa.select(OP.c.cursor, OP.c.header, OP.c.sealed).where(OP.c.space == space, OP.c.entity == entity)
        return await self._all(query.where(OP.c.header.is_not(None)))

    async def forget_bytes(self, space: SpaceId, hashes: Mapping[int, tuple[Digest, Digest]], cursor: int) -> None:
        """Leave of ops, given by their cursors, nothing but their two hashes: they were erased at a cursor."""
        if not hashes:
            return
        forgotten = sa.update(OP).where(OP.c.space == space, OP.c.cursor == sa.bindparam("at"))
        forgotten = forgotten.values(
            header=None,
            sealed=None,
            header_hash=sa.bindparam("of_header"),
            sealed_hash=sa.bindparam("of_sealed"),
            dead_cursor=sa.case((OP.c.dead_cursor < cursor, OP.c.dead_cursor), else_=cursor),
        )
        values = [{"at": at, "of_header": pair[0], "of_sealed": pair[1]} for at, pair in hashes.items()]
        await (await self.session.connection()).execute(forgotten, values)

    # ── Groups ──

    async def group(self, space: SpaceId, entity: EntityId, row: OpId | None) -> list[LoggedOp]:
        """Return an entity's own ops (genesis and edits), or a row and its amendments, in cursor order."""
        query = _logged(space).where(OP.c.entity == entity, OP.c.op_class != OpClass.CONTROL)
        return await self._in_order(query.where(OP.c.fold_group == (entity if row is None else row_name(row))))

    async def rows_of_kind(self, space: SpaceId, entity: EntityId, kind: str) -> list[LoggedOp]:
        """Return the rows of one kind under an entity, in cursor order."""
        rows = await self._in_order(_logged(space).where(OP.c.entity == entity, OP.c.op_class == OpClass.ROW))
        return [op for op in rows if op.header.kind == kind]

    async def entities(self, space: SpaceId) -> AsyncIterator[list[LoggedOp]]:
        """Yield all ops of each entity in turn, control ops left out, each entity's in cursor order."""
        query = _logged(space).where(OP.c.op_class != OpClass.CONTROL).order_by(OP.c.entity, OP.c.cursor)
        ops: list[LoggedOp] = []
        async for row in await (await self.session.connection()).stream(query):
            op = _as_logged(row)
            if ops and ops[0].header.entity != op.header.entity:
                yield ops
                ops = []
            ops.append(op)
        if ops:
            yield ops

    async def founded_spaces(self) -> Sequence[sa.Row[Any]]:
        """Return the spaces that hold operations."""
        return await self._all(sa.select(SPACE).where(SPACE.c.cursor > 0))

    # ── Statements ──

    async def _in_order(self, query: sa.Select[Any]) -> list[LoggedOp]:
        """Return an entity's ops in cursor order. Asked to order them, SQLite reads the whole log in that order."""
        return sorted((_as_logged(found) for found in await self._all(query)), key=lambda op: op.cursor)

    async def _execute(self, statement: sa.Executable) -> None:
        await (await self.session.connection()).execute(statement)

    async def _one(self, query: sa.Select[Any]) -> sa.Row[Any] | None:
        found: sa.Row[Any] | None = (await (await self.session.connection()).execute(query)).first()
        return found

    async def _all(self, query: sa.Select[Any]) -> Sequence[sa.Row[Any]]:
        found: Sequence[sa.Row[Any]] = (await (await self.session.connection()).execute(query)).all()
        return found

    async def _write(self, table: sa.Table, values: Sequence[Mapping[str, Any]]) -> None:
        if values:
            await (await self.session.connection()).execute(sa.insert(table), list(values))


def _logged(space: SpaceId) -> sa.Select[Any]:
    """Return the query of a space's ops that are not erased, each with the time of its segment.

    That is the first one that ends at the op or after it: one step down an index. Asked as an interval that the op
    stands in, SQLite walks through every segment before it.
    """
    ends = sa.select(SEGMENT.c.server_ms).where(SEGMENT.c.space == OP.c.space, SEGMENT.c.last_cursor >= OP.c.cursor)
    server_ms = ends.order_by(SEGMENT.c.last_cursor).limit(1).scalar_subquery().label("server_ms")
    query = sa.select(OP.c.op_id, OP.c.cursor, OP.c.header, server_ms)
    return query.where(OP.c.space == space, OP.c.header.is_not(None))


def _as_logged(row: sa.Row[Any]) -> LoggedOp:
    return LoggedOp(OpId(row.op_id), row.cursor, row.server_ms, decode_header(HeaderBytes(row.header)))


def kind_of(header: bytes) -> str:
    """Return the kind of a stored header."""
    members = decode(header)
    assert isinstance(members, list)
    kind = members[5]
    assert isinstance(kind, str)
    return kind


def _member(row: sa.Row[Any]) -> MemberState:
    worker = None if row.worker is None else WorkerId(row.worker)
    stated = (DeviceId(row.device), row.ed_pk, row.x_pk, row.roles, OrgId(row.org), worker)
    return MemberState(*stated, row.proposed, row.revoked_cursor)
