"""What a life leaves to be judged: said by the simulator's own parts, and not by the engine, wherever that can be."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from sync.codec import Value
from sync.control import ROLE_ADMIN
from sync.ids import DeviceId, Digest, EntityId, OpId
from sync.replica import Replica


@dataclass(frozen=True, slots=True)
class Written:
    """One op that a device wrote.

    Attributes:
        group: the row it amends, itself for a row, None for its entity's own group.
        values: what it set, by namespace and name.
        cursor: how far its device had read when it was written.
        own: the ops that the same store had written before.
        log: the log hash there: a restored server gives the cursor to another op.
        lost: what its device held besides, because a restored server had lost it.
        cut_off: the devices that its own one knew to have been cut off.
    """

    op_id: OpId
    entity: EntityId
    group: OpId | None
    values: Mapping[tuple[int, str], Value]
    cursor: int
    own: frozenset[OpId]
    log: Digest
    lost: frozenset[OpId]
    cut_off: frozenset[DeviceId]


class Op(NamedTuple):
    """The bytes of an op as its device wrote it."""

    entity: EntityId
    header: bytes
    sealed: bytes


class ErasedOp(NamedTuple):
    """What a server holds of an op whose entity is erased."""

    entity: EntityId
    header_hash: bytes
    sealed_hash: bytes


@dataclass(frozen=True, slots=True)
class LoggedSegment:
    """One segment as the server holds it in the end, with its ops as received, or what an erasure has left of them."""

    first_cursor: int
    server_ms: int
    seg: bytes
    sig: bytes
    ops: tuple[tuple[bytes, bytes] | ErasedOp, ...]


@dataclass(frozen=True, slots=True)
class Past:
    """A log of which a restored server has lost the end, and the receipts for what is lost.

    `erased`: what each device had read by then that is erased.
    """

    log: list[LoggedSegment]
    receipts: dict[bytes, list[bytes]]
    erased: Mapping[DeviceId, frozenset[EntityId]]


@dataclass(slots=True)
class Evidence:
    """Everything the checker reads.

    Attributes:
        written: every op that a device wrote, in the order of the writing.
        said: those of them that a screen called saved.
        receipts: for each push that was answered with 200, every answer it got, in order.
        alarms: what was seen on the way: a sentence for each thing that must never be.
        faults: the faults that took place.
        log: the server's log at the end.
        replicas: at the end, every store that is still a member's, and a late reader that pulled all at once.
        cut_off: the devices that were revoked, with what their stores still hold.
        steps: how many steps were taken.
        checkpoints: for ends at which a device stood (cursor, log hash), what each there said the checkpoint was.
        began: how many readers began at a checkpoint.
        past: the logs that restores have cut off, in order; `receipts` are those that were given in the last log.
        too_early: what an unruly member killed that was not in the log yet, by the killer.
        renamed: the names under which an op was sealed again, by the name it had.
        histories: for some entities, every op that an administrator was shown, with its cursor.
        ops: the bytes of every op about an entity that any device wrote, by each name that it has had.
        erased_bytes: those that no line may carry any more: headers and sealed payloads of what is erased.
        by_the_log: names under which an op was sealed again by who went by the log alone, because a person had heard
            that all have come back; each with whom the log had revoked by then.
        confirmed: for each member, how far the server knows in the end that it has applied the log.
        confirmed_before: for each device of which a restored server has lost a later word, the greatest such word.
    """

    written: list[Written] = field(default_factory=list)
    said: set[OpId] = field(default_factory=set)
    receipts: dict[bytes, list[bytes]] = field(default_factory=dict)
    alarms: list[str] = field(default_factory=list)
    faults: set[str] = field(default_factory=set)
    log: list[LoggedSegment] = field(default_factory=list)
    replicas: list[Replica] = field(default_factory=list)
    cut_off: dict[DeviceId, list[Replica]] = field(default_factory=dict)
    tables: list[tuple[str, object, object]] = field(default_factory=list)
    steps: int = 0
    checkpoints: dict[tuple[int, Digest], set[Digest]] = field(default_factory=lambda: defaultdict(set))
    began: int = 0
    past: list[Past] = field(default_factory=list)
    too_early: dict[OpId, OpId] = field(default_factory=dict)
    renamed: dict[OpId, set[OpId]] = field(default_factory=lambda: defaultdict(set))
    histories: dict[EntityId, list[tuple[int, OpId]]] = field(default_factory=dict)
    ops: dict[OpId, Op] = field(default_factory=dict)
    erased_bytes: list[bytes] = field(default_factory=list)
    by_the_log: dict[OpId, frozenset[DeviceId]] = field(default_factory=dict)
    confirmed: dict[DeviceId, int] = field(default_factory=dict)
    confirmed_before: dict[DeviceId, int] = field(default_factory=dict)

    def names_of(self, name: OpId) -> set[OpId]:
        """Return every name that an op has had from this one on, itself included."""
        names, new = {name}, [name]
        while new:
            later = self.renamed.get(new.pop(), set()) - names
            names |= later
            new += later
        return names

    def kept_from(self, name: OpId, cut_off: frozenset[DeviceId]) -> frozenset[DeviceId]:
        """Return for whom an op must not open: `cut_off`, whom its author knew to be cut off when it was written.

        Where it was sealed again by who went by the log alone, only those of them whom the log had revoked too.
        """
        return cut_off & self.by_the_log.get(name, cut_off)

    def note_given_up(self, old: OpId, new: OpId, replica: Replica) -> None:
        """Note whom an op is sealed again against by a device on which a person has heard that all have come back.

        What no log has said again by then counts no more for it; an administrator's device goes on by it.
        """
        members = replica.reader.view.members.by_device
        own = members.get(replica.identity.device)
        if replica.restored_ms is None and (own is None or not own.may(ROLE_ADMIN)):
            self.by_the_log[new] = frozenset(member.device for member in members.values() if member.revoked)
        elif old in self.by_the_log:
            self.by_the_log[new] = self.by_the_log[old]
