"""An office whose server comes back from an older backup."""

import asyncio
from copy import deepcopy
from typing import NamedTuple

from msgspec.structs import replace as with_values

from sync.errors import Refusal
from sync.ids import Digest, OpId, StreamId, WorkerId
from sync.liveness import FIELD
from sync.replica import Replica
from sync.restore import last_common_end, step_back
from sync.rotation import wrap_ahead, write_rotation
from sync.stored import decode_replica, encode_replica
from sync.writer import Amend, Edit, Genesis, Row, write, write_control
from tests.engine_kit import (
    AWA,
    REGISTRY,
    SAMIR,
    START_MS,
    ModelServer,
    chance,
    deliver,
    entity,
    founded,
    identity,
    member,
    moment,
    pull,
    replica,
)

DINA = identity(4)
"""The second administrator."""

THING = entity(1)


class Office(NamedTuple):
    """A space with two administrators, Awa and Dina, and Samir who writes; each has read everything."""

    server: ModelServer
    awa: Replica
    dina: Replica
    samir: Replica


def office() -> Office:
    server, awa = founded()
    for who, roles, worker in ((AWA, 7, b"\x0c" * 16), (DINA, 7, b"\x0d" * 16), (SAMIR, 1, b"\x0e" * 16)):
        assert who.box is not None
        body = member(who, roles, wrap_ahead(awa, who.box.public, who.device))
        write_control(awa, with_values(body, worker=WorkerId(worker)), moment(70))
    deliver(awa, server)
    dina, samir = (replica(who, awa.reader.root) for who in (DINA, SAMIR))
    for other in (dina, samir):
        pull(other, server)
    return Office(server, awa, dina, samir)


def with_backup() -> tuple[ModelServer, ModelServer, Replica, Replica, Replica]:
    """Return the server of an office, its backup, and the three who have read everything."""
    server, awa, dina, samir = office()
    return server, deepcopy(server), awa, dina, samir


def noted(who: Replica, note: str, seed: int) -> OpId:
    """Write a note on the thing: the first one begins it."""
    intent = Edit if who.ops(THING) else Genesis
    (name,) = write(who, [intent(THING, "thing", fields={"note": note})], moment(seed))
    return name


def note_of(who: Replica) -> object:
    """Return the note that shows."""
    state = who.state(THING)
    assert state is not None
    assert state.own is not None
    return state.own.registers[FIELD, "note"].value


def back(who: Replica, server: ModelServer) -> int:
    """Find the last common end, step back there and return it."""

    async def ask(cursor: int) -> Digest | None:
        return server.ends.get(cursor)

    common = asyncio.run(last_common_end(who.reader.view.ends, ask))
    stream = StreamId(chance(server.cursor + int.from_bytes(who.identity.device))(16))
    step_back(who, common, stream, START_MS)
    return common


def exchange(who: Replica, server: ModelServer) -> None:
    """Send all, whatever is refused, then pull all."""
    while (data := who.push()) is not None:
        try:
            who.accept(server.push(data), START_MS)
        except Refusal as refusal:
            who.refuse(refusal.code, refusal.details, StreamId(bytes([9]) * 16))
    pull(who, server)


def again(who: Replica) -> Replica:
    """Return the replica as it comes back from the disk."""
    return decode_replica(encode_replica(who), who.identity, REGISTRY)


def superseded() -> tuple[ModelServer, Replica, Replica, Replica, OpId]:
    """Return a server whose log has Dina's epoch 2 where it had lost Awa's, under which Samir wrote a note."""
    server, backup, awa, dina, samir = with_backup()
    write_rotation(awa, moment(3))
    deliver(awa, server)
    pull(samir, server)
    name = noted(samir, "calm", 4)
    (row,) = write(samir, [Row(THING, "mark", facts={"done": False})], moment(5))
    write(samir, [Amend(THING, "mark", row, facts={"done": True})], moment(6))
    deliver(samir, server)
    back(samir, backup)
    write_rotation(dina, moment(7))
    deliver(dina, backup)
    return backup, awa, dina, samir, name


def replica_at(who: Replica, server: ModelServer) -> Replica:
    """Return another store of the same device, which has read this server's log only."""
    fresh = replica(who.identity, who.reader.root, seed=5)
    pull(fresh, server)
    return fresh
