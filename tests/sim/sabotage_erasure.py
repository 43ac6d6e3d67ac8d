"""Deliberate bugs about erasure: what stays on a server or a device, what comes back, who may erase, who hears."""

from typing import Any
from unittest.mock import patch

from sync import members
from sync.control import EraseBody
from sync.keyring import Keyring
from sync.op import OpClass
from sync.replica import Replica
from sync.store.erasure import Erasing
from tests.sim.store import MemoryStore


def late_op_resurrects() -> list[Any]:
    """The server stores an op whose entity was erased before it whole, and projects it."""
    return [
        patch.object(Erasing, "is_gone", lambda erasing, entity: entity in erasing.now),
        patch.object(Erasing, "cursor", _now),
    ]


def _now(erasing: Erasing, entity: Any, first: int) -> int | None:
    return first + erasing.now[entity] if entity in erasing.now else None


def beginning_spared() -> list[Any]:
    """The server keeps the bytes of the genesis, as something apart from the entity's records."""
    ops_of_entity = MemoryStore.ops_of_entity

    async def but_the_first(store: MemoryStore, *asked: Any) -> Any:
        return [op for op in await ops_of_entity(store, *asked) if op.op_class != OpClass.GENESIS]

    return [patch.object(MemoryStore, "ops_of_entity", but_the_first)]


def torn() -> list[Any]:
    """The bytes go at once, and not with the commit."""
    forget_bytes = MemoryStore.forget_bytes

    async def at_once(store: MemoryStore, *told: Any) -> None:
        await forget_bytes(store, *told)
        store.writes.pop()(store.tables)

    return [patch.object(MemoryStore, "forget_bytes", at_once)]


def still_live_where_it_was_erased() -> list[Any]:
    """An op that is erased is given to those who begin at a checkpoint after that."""
    forget_bytes = MemoryStore.forget_bytes

    async def as_if_alive(store: MemoryStore, space: Any, hashes: Any, _cursor: int) -> None:
        await forget_bytes(store, space, hashes, 1 << 62)

    return [patch.object(MemoryStore, "forget_bytes", as_if_alive)]


def tables_kept() -> list[Any]:
    """The log forgets the bytes, and the journal's tables keep their rows."""

    async def nothing(*_: Any) -> None:
        return

    return [patch("server.journal.at_push.forget", nothing)]


def left_in_the_outbox() -> list[Any]:
    """What a device had not sent about the erased stays in its outbox, and is sent."""
    return [patch.object(Replica, "is_erased", lambda _replica, _entity: False)]


def left_in_the_pages() -> list[Any]:
    """A device keeps the pages as they came."""
    return [patch("sync.reader.forget_in_segments", lambda segments, _bared: list(segments))]


def secret_kept() -> list[Any]:
    """A device keeps the entity's secret."""
    return [patch.object(Keyring, "forget", lambda _keyring, _entity: None)]


def role_not_asked() -> list[Any]:
    """Every member may erase."""
    may = members._may_control

    def or_erase(known: Any, author: Any, body: Any) -> bool:
        return isinstance(body, EraseBody) or may(known, author, body)

    return [patch("sync.members._may_control", or_erase)]


def lost_erasure_shown() -> list[Any]:
    """Who is erased in the log that a restored server has lost is shown again."""
    return [patch("sync.replica.erased_by", lambda _bodies: frozenset())]


def lost_erasure_not_said_again() -> list[Any]:
    """An erasure that a restored server has lost is not said again by another than its author."""
    return [patch("sync.rotation._erase_again", lambda _replica, _moment: False)]


def not_confirmed() -> list[Any]:
    """A silent device does not say that it has carried an erasure out."""
    return [patch.object(Replica, "owes_confirmation", property(lambda _replica: False))]


def given_back_with_its_content() -> list[Any]:
    """What a restored server had lost, and gives back erased, leaves its content in a device's memory."""
    return [patch("sync.replica.ErasedRow", ())]
