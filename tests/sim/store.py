"""The log's tables in memory, with one lock a space and a power switch.

They are isolated as in PostgreSQL: who writes sees at each statement what is committed, who reads sees one state.

It stands where `sync.store.repository` does, so that a life costs milliseconds: the routes, the order of a push and
every check are the server's own. A share of each campaign runs on the real repository and database instead, and
the two must write the same bytes.
"""

import asyncio
from bisect import bisect_right
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

from sync.ids import DeviceId, Digest, EntityId, OpId, SpaceId, StreamId
from sync.log import log_0
from sync.members import Members
from sync.op import OpClass, decode_header
from sync.store.scope import NOBODY, Scope


class ServerKilledError(BaseException):
    """The process is gone: nothing after this point ran, and what was not committed never was."""


class CommitFailedError(Exception):
    """The disk refused the commit: nothing was stored."""


@dataclass
class Tables:
    """What is committed. Rows are namespaces with the column names of `sync.store.tables`."""

    spaces: dict[SpaceId, SimpleNamespace] = field(default_factory=dict)
    members: dict[SpaceId, Members] = field(default_factory=dict)
    seen: dict[tuple[SpaceId, DeviceId], int] = field(default_factory=dict)
    streams: dict[tuple[SpaceId, StreamId], SimpleNamespace] = field(default_factory=dict)
    segments: list[SimpleNamespace] = field(default_factory=list)
    ops: list[SimpleNamespace] = field(default_factory=list)
    by_op_id: dict[bytes, SimpleNamespace] = field(default_factory=dict)
    erased: dict[EntityId, int] = field(default_factory=dict)

    def copy(self) -> "Tables":
        """Return tables that what is written to these does not reach; a segment's row is never written again."""
        ops = [SimpleNamespace(**vars(op)) for op in self.ops]
        return Tables(
            {name: SimpleNamespace(**vars(row)) for name, row in self.spaces.items()},
            dict(self.members),
            dict(self.seen),
            {name: SimpleNamespace(**vars(row)) for name, row in self.streams.items()},
            list(self.segments),
            ops,
            {op.op_id: op for op in ops},
            dict(self.erased),
        )


class MemoryDatabase:
    """The committed tables, who holds which space, and the switch.

    Attributes:
        pause: awaited before every statement: here other requests go on, and here the process may die.
        generation: one more after every kill; a transaction of an earlier one is dead.
        fails: whether the next commit fails.
        readers: how many transactions are reading; a commit leaves them the tables that they began with.
    """

    def __init__(self, pause: Callable[[], Awaitable[None]]) -> None:
        self.tables = Tables()
        self.pause = pause
        self.generation = 0
        self.fails = False
        self.readers = 0
        self.locks: dict[SpaceId, asyncio.Lock] = {}

    def kill(self) -> None:
        """End the process: open transactions are dead, and its locks with it."""
        self.generation += 1
        self.locks = {}

    @asynccontextmanager
    async def reading(self, _scope: Scope = NOBODY) -> AsyncIterator["MemoryStore"]:
        """A transaction that writes nothing, and sees one state."""
        self.readers += 1
        try:
            yield MemoryStore(self, self.tables)
        finally:
            self.readers -= 1

    @asynccontextmanager
    async def writing(self, _scope: Scope = NOBODY) -> AsyncIterator["MemoryStore"]:
        """A transaction, committed whole when the block ends."""
        store = MemoryStore(self)
        try:
            yield store
            await store.step()
            self.commit(store.writes)
        finally:
            if store.held is not None:  # after a kill too: whoever waits must wake to find itself dead
                store.held.release()

    def commit(self, writes: Sequence[Callable[[Tables], None]]) -> None:
        """Apply everything a transaction wrote, or nothing. Raises CommitFailedError."""
        if self.fails and writes:
            self.fails = False
            raise CommitFailedError
        if self.readers:
            self.tables = self.tables.copy()
        for write in writes:
            write(self.tables)


class MemoryStore:
    """One transaction: reads see what is committed, writes wait for the commit. The methods are the repository's.

    Args:
        snapshot: the tables of a transaction that sees one state; None for one that writes.
    """

    def __init__(self, database: MemoryDatabase, snapshot: Tables | None = None) -> None:
        self.database = database
        self.snapshot = snapshot
        self.generation = database.generation
        self.writes: list[Callable[[Tables], None]] = []
        self.held: asyncio.Lock | None = None

    @property
    def tables(self) -> Tables:
        return self.database.tables if self.snapshot is None else self.snapshot

    async def step(self) -> None:
        """Let others go on; end if the process died meanwhile."""
        await self.database.pause()
        if self.generation != self.database.generation:
            raise ServerKilledError

    async def open_space(self, space: SpaceId, log: Digest) -> None:
        row = {
            "space": space,
            "log": log,
            "cursor": 0,
            "server_ms": 0,
            "epoch": 0,
            "rules_version": 1,
            "org": None,
            "is_first": False,
        }
        self.writes.append(lambda tables: tables.spaces.update({space: SimpleNamespace(**row)}))

    async def space(self, space: SpaceId) -> SimpleNamespace | None:
        await self.step()
        found = self.tables.spaces.get(space)
        return None if found is None else SimpleNamespace(**vars(found))

    async def enter(self, scope: Scope) -> None:
        """Change nothing: there is one space here."""

    async def lock_space(self, space: SpaceId) -> SimpleNamespace | None:
        lock = self.database.locks.setdefault(space, asyncio.Lock())
        await lock.acquire()
        self.held = lock
        return await self.space(space)

    async def update_space(self, space: SpaceId, values: Mapping[str, Any]) -> None:
        await self.step()
        self.writes.append(lambda tables: vars(tables.spaces[space]).update(values))

    async def member_key(self, space: SpaceId, device: DeviceId) -> bytes | None:
        await self.step()
        member = self._members(space).by_device.get(device)
        return None if member is None else member.ed_pk

    async def members(self, space: SimpleNamespace, _device: DeviceId | None = None) -> Members:
        await self.step()
        return self._members(space.space)

    async def save_members(self, _before: Members, after: Members) -> None:
        await self.step()
        self.writes.append(lambda tables: tables.members.update({after.space: after}))

    async def memberships(self, device: DeviceId) -> Sequence[SimpleNamespace]:
        await self.step()
        found = [(space, members.by_device.get(device)) for space, members in self.tables.members.items()]
        return [SimpleNamespace(space=space, roles=member.roles) for space, member in found if member is not None]

    async def first_space(self, org: bytes) -> SimpleNamespace | None:
        """A life has one space, and this is asked when it is founded: nobody else is there to go on meanwhile."""
        return next((one for one in self.tables.spaces.values() if one.org == org and one.is_first), None)

    async def saw(self, space: SpaceId, device: DeviceId, cursor: int) -> None:
        await self.step()
        key = (space, device)
        self.writes.append(lambda tables: tables.seen.update({key: max(cursor, tables.seen.get(key, 0))}))

    async def receipt(self, _space: SpaceId, stream: StreamId, from_seq: int, head: bytes) -> bytes | None:
        await self.step()
        return next(
            (s.receipt for s in self.tables.segments if (s.stream, s.from_seq, s.head) == (stream, from_seq, head)),
            None,
        )

    async def stream(self, space: SpaceId, stream: StreamId) -> SimpleNamespace | None:
        await self.step()
        return self.tables.streams.get((space, stream))

    async def close_streams(self, space: SpaceId, device: DeviceId) -> None:
        await self.step()

        def close(tables: Tables) -> None:
            for (of, _), row in tables.streams.items():
                if of == space and row.device == device:
                    row.open = False

        self.writes.append(close)

    async def advance_stream(self, values: Mapping[str, Any]) -> None:
        await self.step()
        key = (values["space"], values["stream"])

        def advance(tables: Tables) -> None:
            row = tables.streams.setdefault(key, SimpleNamespace(**values, open=True))
            row.next_seq, row.head = values["next_seq"], values["head"]

        self.writes.append(advance)

    async def log_at(self, space: SpaceId, cursor: int) -> Digest | None:
        await self.step()
        return next((s.log for s in self.tables.segments if (s.space, s.last_cursor) == (space, cursor)), None)

    async def segments_after(self, _space: SpaceId, cursor: int, at_most: int) -> Sequence[SimpleNamespace]:
        await self.step()
        first = bisect_right(self.tables.segments, cursor, key=lambda segment: segment.first_cursor)
        return self.tables.segments[first : first + at_most]

    async def add_segment(self, values: Mapping[str, Any]) -> None:
        await self.step()
        self.writes.append(lambda tables: tables.segments.append(SimpleNamespace(**values)))

    async def logged(self, _space: SpaceId, op_ids: Sequence[OpId]) -> set[bytes]:
        await self.step()
        return {name for name in op_ids if name in self.tables.by_op_id}

    async def begun(self, _space: SpaceId, entities: Sequence[EntityId]) -> set[bytes]:
        await self.step()
        return {op.entity for op in self.tables.ops if op.op_class == OpClass.GENESIS and op.entity in entities}

    async def rows(self, _space: SpaceId, op_ids: Sequence[OpId]) -> dict[bytes, tuple[bytes, str]]:
        await self.step()
        found = [self.tables.by_op_id[name] for name in op_ids if name in self.tables.by_op_id]
        rows = [op for op in found if op.op_class == OpClass.ROW and op.header is not None]
        return {op.op_id: (op.entity, decode_header(op.header).kind) for op in rows}

    async def add_ops(self, values: Sequence[Mapping[str, Any]]) -> None:
        await self.step()

        def add(tables: Tables) -> None:
            for row in values:
                op = SimpleNamespace(**row)
                tables.ops.append(op)
                tables.by_op_id[op.op_id] = op

        self.writes.append(add)

    async def killable(self, _space: SpaceId, op_ids: Sequence[OpId]) -> dict[bytes, bytes]:
        await self.step()
        found = [self.tables.by_op_id[name] for name in op_ids if name in self.tables.by_op_id]
        edits = [op for op in found if op.op_class == OpClass.EDIT and op.fold_group == op.entity]
        return {op.op_id: op.entity for op in edits if op.dead_cursor is None}

    async def mark_dead(self, _space: SpaceId, killers: Mapping[OpId, int]) -> None:
        await self.step()

        def mark(tables: Tables) -> None:
            for name, cursor in killers.items():
                tables.by_op_id[name].dead_cursor = cursor

        self.writes.append(mark)

    async def erased(self, _space: SpaceId, entities: Sequence[EntityId]) -> dict[EntityId, int]:
        await self.step()
        return {entity: self.tables.erased[entity] for entity in entities if entity in self.tables.erased}

    async def add_erased(self, _space: SpaceId, cursors: Mapping[EntityId, int]) -> None:
        await self.step()
        self.writes.append(lambda tables: tables.erased.update({**cursors, **tables.erased}))

    async def ops_of_entity(self, _space: SpaceId, entity: EntityId) -> Sequence[SimpleNamespace]:
        await self.step()
        return [op for op in self.tables.ops if op.entity == entity and op.header is not None]

    async def forget_bytes(self, _space: SpaceId, hashes: Mapping[int, tuple[Digest, Digest]], cursor: int) -> None:
        await self.step()

        def forget(tables: Tables) -> None:
            for at, (header_hash, sealed_hash) in hashes.items():
                op = tables.ops[at - 1]
                op.header, op.sealed, op.header_hash, op.sealed_hash = None, None, header_hash, sealed_hash
                op.dead_cursor = min(cursor, op.dead_cursor or cursor)

        self.writes.append(forget)

    async def seen(self, space: SpaceId) -> list[tuple[DeviceId, int]]:
        await self.step()
        members = sorted(self._members(space).by_device.items())
        return [(device, self.tables.seen.get((space, device), 0)) for device, one in members if not one.revoked]

    async def ops_between(self, _space: SpaceId, runs: Sequence[tuple[int, int]]) -> Sequence[SimpleNamespace]:
        await self.step()
        return [SimpleNamespace(**vars(op)) for first, last in runs for op in self.tables.ops[first - 1 : last]]

    async def segments_live(self, _space: SpaceId, at: int, cursor: int, at_most: int) -> Sequence[SimpleNamespace]:
        await self.step()
        live = [op.cursor for op in self.tables.ops if op.dead_cursor is None or op.dead_cursor > at]
        between = [s for s in self.tables.segments if s.first_cursor > cursor and s.last_cursor <= at]
        return [s for s in between if any(s.first_cursor <= one <= s.last_cursor for one in live)][:at_most]

    async def segments_of(
        self, _space: SpaceId, entity: EntityId, cursor: int, at_most: int
    ) -> Sequence[SimpleNamespace]:
        await self.step()
        own = [op.cursor for op in self.tables.ops if op.entity == entity]
        after = [s for s in self.tables.segments if s.first_cursor > cursor]
        return [s for s in after if any(s.first_cursor <= one <= s.last_cursor for one in own)][:at_most]

    async def streams_at(self, _space: SpaceId, cursor: int) -> Sequence[SimpleNamespace]:
        await self.step()
        last = {s.stream: s for s in self.tables.segments if s.last_cursor <= cursor}
        return [
            SimpleNamespace(
                stream=stream,
                device=self.tables.streams[s.space, stream].device,
                next_seq=s.from_seq + s.last_cursor - s.first_cursor + 1,
                head=s.head,
            )
            for stream, s in sorted(last.items())
        ]

    def _members(self, space: SpaceId) -> Members:
        return self.tables.members.get(space, Members(space))


def founded_at(space: SpaceId, pause: Callable[[], Awaitable[None]]) -> MemoryDatabase:
    """Return a database in which a space stands open and empty."""
    database = MemoryDatabase(pause)
    row = {
        "log": log_0(space),
        "cursor": 0,
        "server_ms": 0,
        "epoch": 0,
        "rules_version": 1,
        "org": None,
        "is_first": False,
    }
    database.tables.spaces[space] = SimpleNamespace(space=space, **row)
    return database
