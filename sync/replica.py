"""A device's replica of one space: the log it has checked, the ops it can open, and its outbox.

A replica is a pure state: pages, answers, the local clock and random bytes come in as arguments, pushes go out as
bytes.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import chain

from sync.clock import HLC_FIRST, OFFSET_SAMPLES, Hlc, offset_ms, phys, receive, tick
from sync.control import ROLE_ADMIN, Body, EpochBody, EraseBody, MemberBody, decode_body
from sync.erasure import erased_by
from sync.errors import Detail
from sync.fold import EntityState, fold
from sync.held import held
from sync.ids import EntityId, OpId, SpaceId, StreamId
from sync.keyring import Identity, Keyring
from sync.lastknown import is_answered, last_known, still_lost
from sync.liveness import FoldOp, live_ops
from sync.log import ErasedRow, OpRow, Receipt
from sync.logview import Entry
from sync.op import Header, OpClass
from sync.outbox import Outbox, OutOp, OutState, Reaction
from sync.payload import Payload
from sync.reader import Reader
from sync.registry import Registry
from sync.rulings import Command, Rulings, command_of, rulings
from sync.start import Start


@dataclass(frozen=True, slots=True)
class Applied:
    """What a page brought: its ops in cursor order, those of them that are void, and epochs whose key failed."""

    entries: tuple[Entry, ...]
    void: tuple[Entry, ...]
    failed_epochs: frozenset[int]


@dataclass(slots=True, repr=False)
class Replica:
    """One device's replica. Build it with `new_replica` or `decode_replica`.

    Attributes:
        payloads: what each op opened to, those of the outbox included.
        entries: each entity's ops of the log that are neither void nor erased, in cursor order.
        controls: the valid control ops of the log, in cursor order.
        commands: the commands of the log with their server times, in cursor order.
        waiting: ops of the log that do not open yet; they are tried again when a key arrives.
        hlc: the device's hybrid time.
        offsets: the last samples of server_ms - local clock, in milliseconds.
        lost: ops that a restored server has lost and that have not come back, by entity, in the order of its log, with
            those that did and that `still_lost` keeps.
        restored_ms: since when, by the device's own clock, that waits to be heard of by a person; None if it does not.
    """

    identity: Identity
    registry: Registry
    reader: Reader
    keyring: Keyring
    outbox: Outbox
    rulings: Rulings = field(default_factory=Rulings)
    payloads: dict[OpId, Payload] = field(default_factory=dict)
    waiting: dict[OpId, Entry] = field(default_factory=dict)
    entries: dict[EntityId, list[Entry]] = field(default_factory=lambda: defaultdict(list))
    controls: list[Entry] = field(default_factory=list)
    commands: list[tuple[Command, int]] = field(default_factory=list)
    hlc: Hlc = field(default=HLC_FIRST)
    offsets: list[int] = field(default_factory=list)
    lost: dict[EntityId, list[Entry]] = field(default_factory=dict)
    restored_ms: int | None = None
    _lost_erasures: frozenset[EntityId] = frozenset()

    @property
    def space(self) -> SpaceId:
        """The space's id."""
        return self.reader.view.members.space

    def apply_page(self, data: bytes, now_ms: int) -> Applied:
        """Check a page and take it whole, with its cursor. Raises IntegrityFailure and then changes nothing.

        Args:
            now_ms: the device's own clock, by which a stub waits for its proof.
        """
        own = {op.header_bytes: op.sealed for op in self.outbox.ops.values()}
        reading = self.reader.read(data, now_ms, own)
        self.reader.commit(reading)
        return self._take_all(reading.entries)

    def apply_start(self, data: bytes) -> None:
        """Check a page of the bootstrap and keep it. Raises IntegrityFailure and then changes nothing."""
        self.reader.read_start(data)

    def finish_start(self, proof: bytes, now_ms: int) -> Applied:
        """Take the whole bootstrap once the server's checkpoint proves it.

        Raises:
            IntegrityFailure: it is not what was scanned; the bootstrap begins again from nothing.
        """
        return self._take_all(self.reader.finish_start(proof, now_ms))

    def push(self) -> bytes | None:
        """Return the push to send now, or None if nothing waits. Store the replica before sending it."""
        view = self.reader.view
        seen = (view.cursor, view.log)
        return self.outbox.push(self.identity.signing, seen, self.held(), confirms=self.owes_confirmation)

    @property
    def owes_confirmation(self) -> bool:
        """Whether the server has not been told yet that this device has carried out the last erasure."""
        return max(self.reader.view.erased.values(), default=0) > self.outbox.confirmed

    def held(self) -> set[OpId]:
        """Return the ops of the outbox that a server would refuse, because it has lost what they stand on."""
        return held(self.reader.view, self.outbox, self.keyring, self.payloads)

    def is_stale(self, op: OutOp) -> bool:
        """Tell whether an op of the outbox must be sealed again: its epoch was lost and will not come back."""
        return self.keyring.is_stale(op.header, op.header_bytes, op.sealed)

    def accept(self, receipt: Receipt, local_ms: int) -> bool:
        """Take the receipt of the push in flight, with the local clock at its arrival. False if it is not for it."""
        n = receipt.last_cursor - receipt.first_cursor + 1
        is_due = self.outbox.accept(n)
        if is_due and n > 0:  # the answer to an empty segment says the time of the last one that was not
            self.offsets = [*self.offsets, receipt.server_ms - local_ms][-OFFSET_SAMPLES:]
        self._settle_outbox()
        return is_due

    def refuse(self, code: str, details: Mapping[str, Detail], fresh: StreamId) -> Reaction:
        """Take a refusal of the push in flight and return what to do now; `fresh` is a new random stream."""
        reaction = self.outbox.refuse(code, details, fresh)
        self._settle_outbox()
        return reaction

    def tick(self, local_ms: int) -> Hlc:
        """Return the hybrid time of a new op and keep it; `local_ms` is the device's own clock."""
        self.hlc = tick(self.hlc, phys(local_ms, offset_ms(self.offsets)))
        return self.hlc

    def ops(self, entity: EntityId) -> list[FoldOp]:
        """Return an entity's ops as this device views them.

        The log comes first, by cursor; then what a restored server has lost of it; then the outbox, in write order.
        """
        logged = [
            FoldOp(entry.op_id, entry.header, entry.server_ms, self.payloads.get(entry.op_id))
            for entry in (*self.entries.get(entity, ()), *self.lost.get(entity, ()))
            if entry.header is not None
        ]
        unsent = [
            FoldOp(op.op_id, op.header, None, self.payloads.get(op.op_id))
            for op in self.outbox.ops.values()
            if op.header.entity == entity and op.op_id not in self.reader.view.first_entries
        ]
        return logged + unsent

    def state(self, entity: EntityId) -> EntityState | None:
        """Return what to show of an entity, or None if it is erased."""
        if self.is_erased(entity):
            return None
        return fold(entity, live_ops(self.ops(entity)), self.registry)

    def is_erased(self, entity: EntityId) -> bool:
        """Tell whether an entity is erased, by the log or by what a restored server has lost of it."""
        return entity in self.reader.view.erased or entity in self._lost_erasures

    def open_unsent(self, op: OutOp) -> None:
        """Learn again from an op of the outbox what a restart lost: its payload, its secret, a founder's first key.

        The key of a later epoch of one's own is not taken before the log has it: another's rotation may win.
        """
        if op.header.op_class == OpClass.CONTROL:
            body = decode_body(op.header.kind, op.sealed, self.space)
            if isinstance(body, EpochBody) and op.header.epoch == 0:
                self.keyring.learn(body, body.n, {**self.reader.view.members.commits, body.n: body.commit})
            return
        self._open_apart(op.op_id, op.header, OpRow(op.header_bytes, op.sealed))

    def hold_lost(self, entries: Iterable[Entry]) -> None:
        """Keep ops that a restored server has lost, in the order of its log, and open them and the outbox again."""
        for entry in entries:
            self.lost.setdefault(entry.entity, []).append(entry)
            self._lost_erasures |= erased_by((entry.body,))
            has_come_back = entry.op_id in self.reader.view.first_entries
            if entry.body is not None and entry.header is not None and not has_come_back:
                self.keyring.hold_lost(entry.body, entry.header.epoch, self.reader.view.members.commits)
        for _ in range(2):  # an op of one may need the secret that a genesis of another brings
            for waiting in list(self.waiting.values()):
                self._open(waiting)
            for op in self.outbox.ops.values():
                self.open_unsent(op)
            self._open_lost()
        self._forget(self._lost_erasures)
        self.bar()

    def bar(self) -> None:
        """Seal nothing for whom a lost log had revoked, until the log has a later word on them.

        Once a person has heard, only those who would revoke them again go by what was lost; others by the log.
        """
        members, lost = self.reader.view.members, self.lost.get(EntityId(bytes(self.space)), ())
        own = members.by_device.get(self.identity.device)
        goes_by_log = self.restored_ms is None and (own is None or not own.may(ROLE_ADMIN))
        known = members if goes_by_log else last_known(members, self.controls, lost)
        self.keyring.lost.barred = frozenset(
            device
            for device in self.keyring.lost.revoked
            if device in known.by_device and known.by_device[device].revoked
        )

    def _open_lost(self) -> None:
        """Open what a server has lost and could not be read yet: the log may have brought its secret or its key."""
        for entry in chain.from_iterable(self.lost.values()):
            if entry.header is not None and entry.body is None and isinstance(entry.row, OpRow):
                self._open_apart(entry.op_id, entry.header, entry.row)

    def _open_apart(self, name: OpId, header: Header, row: OpRow) -> None:
        """Open an op that the log does not have; its secret is taken unless there is one."""
        is_closed = name in self.payloads or self.is_erased(header.entity)
        payload = None if is_closed else self.keyring.open(header, row.header, row.sealed)
        if payload is not None:
            self.payloads[name] = payload
            if payload.secret is not None and header.entity not in self.keyring.secrets:
                self.keyring.hold(header.entity, payload.secret)

    def _take_all(self, entries: tuple[Entry, ...]) -> Applied:
        for entry in entries:
            if entry.void is None and entry.header is not None:
                self._take(entry)
            elif isinstance(entry.row, ErasedRow):  # what a restored server had lost of it, or its author not sent yet
                self.payloads.pop(entry.op_id, None)
        self._settle_outbox()
        self._settle_lost()
        self._open_lost()
        self.bar()
        void = tuple(entry for entry in entries if entry.void is not None)
        return Applied(entries, void, frozenset(self.keyring.failed))

    def _take(self, entry: Entry) -> None:
        """Take a valid op of the log: its clock, the keys it brings, its payload or its ruling."""
        assert entry.header is not None
        self.hlc = receive(self.hlc, entry.header, entry.server_ms)
        if entry.header.op_class == OpClass.CONTROL:
            self._learn(entry, entry.header)
            return
        if self.is_erased(entry.entity):
            return
        self.entries[entry.entity].append(entry)
        self._open(entry)
        command = command_of(entry.op_id, entry.header, self.registry)
        if command is not None:
            self.commands.append((command, entry.server_ms))
            self.rulings.apply(command, entry.server_ms)

    def _learn(self, entry: Entry, header: Header) -> None:
        """Take what a control op brings: keys for this device, or an erasure."""
        self.controls.append(entry)
        if isinstance(entry.body, EraseBody):
            self._forget(entry.body.entities)
        was_standing = self.keyring.lost.stand
        if entry.body is not None and self.keyring.learn(entry.body, header.epoch, self.reader.view.members.commits):
            for waiting in list(self.waiting.values()):
                self._open(waiting)
        if (was_standing and not self.keyring.lost.stand) or self._is_answered(entry.body):
            self.outbox.conflict()

    def _is_answered(self, body: Body | None) -> bool:
        """Tell whether a revocation answers an addition that waits: sent from here on, it would undo it."""
        if not isinstance(body, MemberBody) or not body.revokes:
            return False
        lost = self.lost.get(EntityId(bytes(self.space)), ())
        queued = [op for op in self.outbox.in_state(OutState.QUEUED) if op.header.op_class == OpClass.CONTROL]
        unsent = [op for op in queued if op.op_id not in self.reader.view.first_entries]
        bodies = [decode_body(op.header.kind, op.sealed, self.space) for op in unsent]
        return any(is_answered(self.controls, lost, *waiting) for waiting in zip(unsent, bodies, strict=True))

    def _forget(self, entities: Collection[EntityId]) -> None:
        """Let go of all that entities were here, and of their keys; the rulings are made again without them."""
        if not entities:
            return
        for entity in entities:
            for entry in (*self.entries.pop(entity, ()), *self.lost.pop(entity, ())):
                self.payloads.pop(entry.op_id, None)
                self.waiting.pop(entry.op_id, None)
            self.keyring.forget(entity)
        self.commands = [ruled for ruled in self.commands if ruled[0].header.entity not in entities]
        self.rulings = rulings(self.commands)
        self._settle_outbox()

    def _open(self, entry: Entry) -> None:
        """Open an op of the log, or keep it waiting; a genesis brings the secret that its entity's ops wait for."""
        if entry.header is None or not isinstance(entry.row, OpRow):
            return
        payload = self.keyring.open(entry.header, entry.row.header, entry.row.sealed)
        if payload is None:
            self.waiting[entry.op_id] = entry
            return
        self.waiting.pop(entry.op_id, None)
        self.payloads[entry.op_id] = payload
        if payload.secret is not None:
            self.keyring.hold(entry.entity, payload.secret)
            for other in self.entries[entry.entity]:
                if other.op_id in self.waiting:
                    self._open(other)

    def _settle_outbox(self) -> None:
        """An op leaves the outbox when it stands in the log, or with its entity; one in flight waits for its answer."""
        erased = [op.op_id for op in self.outbox.ops.values() if self.is_erased(op.header.entity)]
        for name in erased:
            self.payloads.pop(name, None)
        carried = () if self.outbox.flight is None else self.outbox.flight.op_ids
        gone = [name for name in erased if name not in carried]
        self.outbox.pulled([*gone, *(name for name in self.outbox.ops if name in self.reader.view.first_entries)])

    def _settle_lost(self) -> None:
        """A lost op is one no more when it stands in the log again; what a lost erasure has erased stays so."""
        logged = self.reader.view.first_entries
        for entity, entries in list(self.lost.items()):
            self.lost[entity] = still_lost(entries, logged)
            if not self.lost[entity]:
                del self.lost[entity]


def new_replica(  # noqa: PLR0913, PLR0917 - each is one thing that a device is told
    identity: Identity,
    registry: Registry,
    space: SpaceId,
    root: OpId | None,
    stream: StreamId,
    start: Start | None = None,
) -> Replica:
    """Return an empty replica; `stream` is a new random id, and `root` None only for the founder of the space."""
    keyring, outbox = Keyring(space, identity), Outbox(space, identity.device, stream)
    return Replica(identity, registry, Reader(space, root, start), keyring, outbox)
