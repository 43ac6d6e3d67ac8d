"""A device: the product's own client and replica on a simulated disk, and what its screen called saved."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any, NamedTuple

from sync.client import Client
from sync.ids import DeviceId, Digest, EntityId, OpId, OrgId, SpaceId, StreamId, WorkerId
from sync.keyring import Identity
from sync.keys import BoxKey, SigningKey
from sync.liveness import FACT, FIELD
from sync.op import OpClass
from sync.registry import Registry
from sync.replica import Replica, new_replica
from sync.secret import Secret
from sync.start import Start
from sync.stored import decode_replica, encode_replica
from sync.writer import Amend, CannotWrite, Intent, Moment, Row, write
from tests.sim.epochs import cut_off_by
from tests.sim.evidence import Evidence, Op, Written
from tests.sim.gestures import CANARY, Sight, gesture
from tests.sim.line import DeviceKilledError, Line

ORIGIN = "http://escale.sim"
ORG = OrgId(b"\x0a" * 16)
OFTEN = 2


class Origin(NamedTuple):
    """What a new device is told: its space, the root, and where to begin if not at the first op."""

    space: SpaceId
    root: OpId | None
    start: Start | None = None


@dataclass
class Disk:
    """What survives: a write is safe once it was synced."""

    synced: bytes = b""
    written: bytes = b""

    def write(self, data: bytes) -> None:
        """Replace the file, perhaps only in a cache."""
        self.written = data

    def sync(self) -> None:
        """Make what was written safe."""
        self.synced = self.written

    def power_off(self) -> None:
        """Lose what was not safe."""
        self.written = self.synced


@dataclass
class SimDevice:
    """One store. A clone is another store of the same identity.

    Attributes:
        number: its own among all stores.
        now_ms: the world's clock; the device's own is off by `skew_ms`.
        own: the ops this store has saved, those of the store it was cloned from included.
        cut_off: the devices that were cut off before an epoch which this store has read of, in whatever log.
        erased: the entities of whose erasure this store has read, in whatever log.
        dies: where the next save ends in a power cut: "killed_before_save", "killed_after_save" or nowhere.
    """

    number: int
    identity: Identity
    worker: WorkerId
    registry: Registry
    line: Line
    now_ms: Callable[[], int]
    evidence: Evidence
    chance: Random
    replica: Replica
    skew_ms: int = 0
    clock_jumped: bool = False
    own: set[OpId] = field(default_factory=set)
    cut_off: set[DeviceId] = field(default_factory=set)
    erased: set[EntityId] = field(default_factory=set)
    controls: int = 0
    disk: Disk = field(default_factory=Disk)
    dies: str = ""
    revoked: bool = False
    client: Client = field(init=False)

    def __post_init__(self) -> None:
        self.wake()

    def wake(self) -> None:
        """Begin a process: it has the replica, and no token."""
        http: Any = self.line
        self.client = Client(http, self.replica, ORIGIN, self.clock_ms, self.chance.randbytes, self.save)

    def clock_ms(self) -> int:
        """Return the device's own time."""
        return self.now_ms() + self.skew_ms

    def moment(self) -> Moment:
        """Return the moment of a save: no two stores save in the same millisecond."""
        return Moment(self.clock_ms(), self.clock_ms() + self.number, self.chance.randbytes)

    def save(self, replica: Replica) -> None:
        """Put the replica on the disk, or die doing it."""
        data = encode_replica(replica)
        if CANARY.encode() in data:
            self.evidence.alarms.append("I8: a text lies on a disk in clear")
        if self.dies == "killed_before_save":
            self.evidence.faults.add(self.dies)
            raise DeviceKilledError
        self.disk.write(data)
        self.disk.sync()
        self.erased.update(replica.reader.view.erased)
        if len(replica.controls) != self.controls:
            self.controls = len(replica.controls)
            self.cut_off |= cut_off_by(entry.body for entry in replica.controls)
        if self.dies == "killed_after_save":
            self.evidence.faults.add(self.dies)
            raise DeviceKilledError

    def restart(self) -> None:
        """Come back from the disk; a store that was never saved stays as it is."""
        self.dies = ""
        self.line.disarm()
        self.disk.power_off()
        if self.disk.synced:
            self.replica = decode_replica(self.disk.synced, self.identity, self.registry)
        self.wake()

    def begin_anew(self, root: OpId | None, start: Start) -> None:
        """Begin at another checkpoint: nothing was ever written here."""
        self.replica = empty_replica(self.identity, self.registry, Origin(self.replica.space, root, start), self.chance)
        self.erased.clear()
        self.wake()
        self.save(self.replica)

    def write(self, chance: Random) -> None:
        """Save one gesture."""
        self.save_gesture(gesture(chance, self.registry, self.sight(chance)))

    def save_gesture(self, intents: Sequence[Intent]) -> None:
        """Save ops together, and say so only when the disk holds them."""
        sight, own = self._sight(), set(self.own)
        try:
            names = write(self.replica, intents, self.moment())
        except CannotWrite:
            return
        for intent, name in zip(intents, names, strict=True):
            op = self.replica.outbox.ops[name]
            self.evidence.ops[name] = Op(intent.entity, op.header_bytes, op.sealed)
            self.evidence.written.append(_written(intent, name, frozenset(own), sight))
            own.add(name)
        try:
            self.save(self.replica)
        finally:
            if self.disk.synced and self.dies != "killed_before_save":
                self.own = own
        self.evidence.said |= set(names)

    def _sight(self) -> tuple[int, Digest, frozenset[OpId], frozenset[DeviceId]]:
        """Return what an op that is written now has seen: the log to where, what is lost of it, who is cut off.

        Of what is lost, another store's of this device waits in the outbox as its own does. Whom a lost log had cut off
        is kept out by one who has a key of that log only.
        """
        view, lost, keys = self.replica.reader.view, self.replica.lost.values(), self.replica.keyring.lost
        names = frozenset(entry.op_id for entries in lost for entry in entries).union(self.replica.outbox.ops)
        cut_off = frozenset(self.cut_off) if keys.highest else self.cut_off - keys.barred
        return view.cursor, view.log, names, frozenset(cut_off)

    def sight(self, chance: Random) -> Sight:
        """Return what is before somebody's eyes: a few entities, the same ones more often than not: there they meet."""
        known = {*self.replica.entries, *(op.header.entity for op in self.replica.outbox.ops.values())}
        entities = sorted(entity for entity in known if bytes(entity) != self.replica.space)
        chosen = [*entities[:OFTEN], *chance.sample(entities, min(len(entities), 1))]
        headers = [(op.op_id, op.header) for entity in chosen for op in self.replica.ops(entity)]
        begun = {header.entity: header.kind for _, header in headers if header.op_class == OpClass.GENESIS}
        rows = [(header.entity, header.kind, name) for name, header in headers if header.op_class == OpClass.ROW]
        return Sight(list(begun.items()), rows, self.replica.rulings, self.now_ms())

    def forgotten(self) -> set[OpId]:
        """Return what the store has saved and knows no more, neither in its log nor in its outbox.

        What it has read to be erased it does not know any more.
        """
        logged, unsent = self.replica.reader.view.first_entries, self.replica.outbox.ops
        gone = self.own.difference(logged, unsent)
        return {n for n in gone if self.evidence.ops[n].entity not in self.erased and not self._has_again(n)}

    def shows_erased(self) -> bool:
        """Tell whether it shows an entity of whose erasure it has read."""
        return any(self.replica.state(entity) is not None for entity in self.erased)

    def _has_again(self, name: OpId) -> bool:
        """Tell whether an op is here under another name, under which it was sealed again."""
        names = self.evidence.names_of(name)
        return any(one in self.replica.reader.view.first_entries or one in self.replica.outbox.ops for one in names)


def _written(
    intent: Intent,
    name: OpId,
    own: frozenset[OpId],
    sight: tuple[int, Digest, frozenset[OpId], frozenset[DeviceId]],
) -> Written:
    cursor, log, lost, cut_off = sight
    group = intent.row if isinstance(intent, Amend) else name if isinstance(intent, Row) else None
    facts = {(FACT, key): value for key, value in intent.facts.items()}
    fields = {(FIELD, key): value for key, value in intent.fields.items()}
    return Written(name, intent.entity, group, {**facts, **fields}, cursor, own, log, lost, cut_off)


def identity_of(number: int) -> Identity:
    """Return the identity of a device by its number, the same in every life."""
    return Identity(SigningKey(Secret(bytes([number + 1]) * 32)), BoxKey(Secret(bytes([number + 101]) * 32)))


def empty_replica(identity: Identity, registry: Registry, origin: Origin, chance: Random) -> Replica:
    """Return a replica that has read nothing."""
    return new_replica(identity, registry, origin.space, origin.root, StreamId(chance.randbytes(16)), origin.start)
