"""A Python device of the demo: a worker's replica, its line to the application, and how it writes every kind."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import httpx

from server.kinds.intents import facts_of, fields_of
from server.kinds.kind import REASON, Kind, kind_name
from server.kinds.registry import engine_registry
from server.kinds.sealed import Payload
from sync.client import Client
from sync.control import MemberBody
from sync.ids import EntityId, OpId, OrgId, SpaceId, StreamId, WorkerId
from sync.keyring import Identity
from sync.keys import BoxKey, SigningKey
from sync.replica import Replica, new_replica
from sync.secret import Secret
from sync.writer import Amend, Edit, Genesis, Intent, Moment, Row, write

Random = Callable[[int], bytes]
REGISTRY = engine_registry()


@dataclass(slots=True)
class Clock:
    """A clock that the demo moves: the server's and every device's."""

    now_ms: int

    def __call__(self) -> int:
        return self.now_ms


@dataclass(slots=True)
class Device:
    """One worker's device."""

    worker: WorkerId
    client: Client
    clock: Callable[[], int]
    random: Random

    @property
    def replica(self) -> Replica:
        """The device's replica."""
        return self.client.replica

    def id(self) -> EntityId:
        """Return a new random id."""
        return EntityId(self.random(16))

    def begin(
        self, kind: type[Kind], plain: dict[str, Any], sealed: Payload, entity: EntityId | None = None
    ) -> EntityId:
        """Save a new entity and return its id."""
        chosen = entity or self.id()
        self._save(Genesis(chosen, kind_name(kind), facts_of(kind, plain), fields_of(kind, sealed)))
        return chosen

    def edit(self, kind: type[Kind], entity: EntityId, plain: dict[str, Any], sealed: Payload) -> None:
        """Save new values of an entity's names."""
        self._save(Edit(entity, kind_name(kind), facts_of(kind, plain), fields_of(kind, sealed)))

    def add(self, kind: type[Kind], entity: EntityId, plain: dict[str, Any], sealed: Payload) -> OpId:
        """Save a row or a command under an entity and return its op's name."""
        return self._save(Row(entity, kind_name(kind), facts_of(kind, plain), fields_of(kind, sealed)))

    def amend(self, kind: type[Kind], entity: EntityId, row: OpId, plain: dict[str, Any], reason: str = "") -> None:
        """Save new values of a row's plain names, each with the reason if there is one."""
        facts = facts_of(kind, plain)
        reasons = {f"{REASON}/{name}": reason for name in facts} if reason else {}
        self._save(Amend(entity, kind_name(kind), row, facts, reasons))

    async def sync(self) -> None:
        """Push what waits and pull what is new."""
        await self.client.sync()

    def moment(self) -> Moment:
        """Return the present moment."""
        now_ms = self.clock()
        return Moment(now_ms, now_ms, self.random)

    def _save(self, intent: Intent) -> OpId:
        return write(self.replica, [intent], self.moment())[0]


def identity_from(random: Random) -> tuple[Identity, tuple[bytes, bytes]]:
    """Return a new identity and the two seeds it is made from."""
    seeds = (random(32), random(32))
    return identity_of(seeds), seeds


def identity_of(seeds: tuple[bytes, bytes]) -> Identity:
    """Return the identity of two seeds: the signing key's and the box key's."""
    return Identity(SigningKey(Secret(seeds[0])), BoxKey(Secret(seeds[1])))


def member_body(identity: Identity, org: OrgId, worker: WorkerId, roles: int) -> MemberBody:
    """Return the member body of a device in a founding segment, where wraps are left out."""
    assert identity.box is not None
    return MemberBody(identity.device, identity.signing.public, identity.box.public, roles, org, worker, None)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a device stands: its space, its server, the clock, and what is random."""

    space: SpaceId
    http: httpx.AsyncClient
    clock: Callable[[], int]
    random: Random

    def device(self, worker: WorkerId, replica: Replica, save: Callable[[Replica], None]) -> Device:
        """Return a device with a replica of its own."""
        origin = str(self.http.base_url).rstrip("/")
        client = Client(self.http, replica, origin, self.clock, self.random, save)
        return Device(worker, client, self.clock, self.random)

    def new_replica(self, identity: Identity, root: OpId | None) -> Replica:
        """Return an empty replica; `root` is None for the founder only."""
        return new_replica(identity, REGISTRY, self.space, root, StreamId(self.random(16)))
