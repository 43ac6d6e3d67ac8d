"""A device's replica of one space: the log it has checked, the ops it can open, and its outbox.

A replica is a pure state: pages, answers, the local clock and random bytes come in as arguments, pushes go out as
bytes. What it keeps (`encode_replica`) holds sealed payloads and no key.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from msgspec import Struct

from sync.clock import HLC_FIRST, OFFSET_SAMPLES, Hlc, offset_ms, phys, receive, tick
from sync.codec import Codec, encode
from sync.control import EpochBody, EraseBody, decode_body
from sync.errors import Detail
from sync.fold import EntityState, fold
from sync.ids import Digest, EntityId, OpId, SpaceId, StreamId
from sync.keyring import Identity, Keyring
from sync.liveness import FoldOp, live_ops
from sync.log import OpRow, Page, Receipt, decode_page, encode_page
from sync.logview import Entry
from sync.op import Header, OpClass
from sync.outbox import Outbox, OutOp, Reaction, decode_outbox, encode_outbox
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

    @property
    def space(self) -> SpaceId:
        """The space's id."""
        return self.reader.view.members.space

    def apply_page(self, data: bytes, now_ms: int) -> Applied:
        """Check a page and take it whole, with its cursor. Raises IntegrityFailure and then changes nothing.

        Args:
            now_ms: the device's own clock, by which a stub waits for its proof.
        """
        reading = self.reader.read(data, now_ms)
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
        return self.outbox.push(self.identity.signing, (view.cursor, view.log))

    def accept(self, receipt: Receipt, local_ms: int) -> bool:
        """Take the receipt of the push in flight, with the local clock at its arrival. False if it is not for it."""
        is_due = self.outbox.accept(receipt.last_cursor - receipt.first_cursor + 1)
        if is_due:
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
        """Return an entity's ops as this device views them: the log by cursor, then its outbox in write order."""
        logged = [
            FoldOp(entry.op_id, entry.header, entry.server_ms, self.payloads.get(entry.op_id))
            for entry in self.entries.get(entity, ())
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
        if entity in self.reader.view.erased:
            return None
        return fold(entity, live_ops(self.ops(entity)), self.registry)

    def open_unsent(self, op: OutOp) -> None:
        """Learn again from an op of the outbox what a restart lost: its payload, its secret, a founder's first key.

        The key of a later epoch of one's own is not taken before the log has it: another's rotation may win.
        """
        if op.header.op_class == OpClass.CONTROL:
            body = decode_body(op.header.kind, op.sealed, self.space)
            if isinstance(body, EpochBody) and op.header.epoch == 0:
                self.keyring.learn(body, body.n, {**self.reader.view.members.commits, body.n: body.commit})
            return
        payload = self.keyring.open(op.header, op.header_bytes, op.sealed)
        if payload is not None:
            self.payloads[op.op_id] = payload
            if payload.secret is not None and op.header.entity not in self.keyring.secrets:
                self.keyring.hold(op.header.entity, payload.secret)

    def _take_all(self, entries: tuple[Entry, ...]) -> Applied:
        for entry in entries:
            if entry.void is None and entry.header is not None:
                self._take(entry)
        self._settle_outbox()
        void = tuple(entry for entry in entries if entry.void is not None)
        return Applied(entries, void, frozenset(self.keyring.failed))

    def _take(self, entry: Entry) -> None:
        """Take a valid op of the log: its clock, the keys it brings, its payload or its ruling."""
        assert entry.header is not None
        self.hlc = receive(self.hlc, entry.header, entry.server_ms)
        if entry.header.op_class == OpClass.CONTROL:
            self._learn(entry, entry.header)
            return
        self.entries[entry.entity].append(entry)
        self._open(entry)
        command = command_of(entry.op_id, entry.header, self.registry)
        if command is not None:
            self.commands.append((command, entry.server_ms))
            self.rulings.apply(command, entry.server_ms)

    def _learn(self, entry: Entry, header: Header) -> None:
        """Take what a control op brings: keys for this device, or an erasure, which refolds the rulings."""
        self.controls.append(entry)
        if isinstance(entry.body, EraseBody):
            erased = self.reader.view.erased
            self.commands = [ruled for ruled in self.commands if ruled[0].header.entity not in erased]
            self.rulings = rulings(self.commands)
        if entry.body is not None and self.keyring.learn(entry.body, header.epoch, self.reader.view.members.commits):
            for waiting in list(self.waiting.values()):
                self._open(waiting)

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
        """An op leaves the outbox when it stands in the log, and only then."""
        self.outbox.pulled([name for name in self.outbox.ops if name in self.reader.view.first_entries])


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


class _StoredWhole(Struct, array_like=True, frozen=True, tag=1):
    """The form before there were checkpoints; a store that was last saved in it is still read."""

    space: SpaceId
    root: OpId | None
    page: bytes
    outbox: bytes
    hlc: tuple[int, int]
    offsets: tuple[int, ...]


class _StoredStart(Struct, array_like=True, frozen=True):
    cursor: int
    checkpoint: Digest
    page: bytes
    proof: bytes | None


class _Stored(Struct, array_like=True, frozen=True, tag=2):
    space: SpaceId
    root: OpId | None
    start: _StoredStart | None
    page: bytes
    unproven_since_ms: int | None
    outbox: bytes
    hlc: tuple[int, int]
    offsets: tuple[int, ...]


_stored: Final[Codec[_Stored | _StoredWhole]] = Codec(_Stored | _StoredWhole)  # type: ignore[arg-type]


def encode_replica(replica: Replica) -> bytes:
    """Return the replica as bytes to keep: the log as one page and the outbox, without a key and without clear text."""
    view, reader = replica.reader.view, replica.reader
    page = encode_page(Page(view.cursor, view.log, bool(view.stubs), tuple(reader.segments)))
    stored = _Stored(
        replica.space,
        reader.root,
        None if reader.start is None else _stored_start(reader.start),
        page,
        view.unproven_since_ms,
        encode_outbox(replica.outbox),
        replica.hlc,
        tuple(replica.offsets),
    )
    return encode(stored)


def _stored_start(start: Start) -> _StoredStart:
    page = encode_page(Page(start.after, None, not start.complete, tuple(start.segments)))
    return _StoredStart(start.cursor, start.checkpoint, page, start.proof)


def decode_replica(data: bytes, identity: Identity, registry: Registry) -> Replica:
    """Return the replica that was kept as bytes, every page check made again.

    Raises:
        NotCanonical: the bytes are not those of a replica.
        IntegrityFailure: the log in them is not one.
    """
    stored = _stored.decode(data)
    if isinstance(stored, _StoredWhole):
        whole = (stored.space, stored.root, None, stored.page, None, stored.outbox, stored.hlc, stored.offsets)
        stored = _Stored(*whole)
    begun, since_ms = stored.start, stored.unproven_since_ms or 0
    start = None if begun is None else Start(stored.space, begun.cursor, begun.checkpoint)
    replica = new_replica(identity, registry, stored.space, stored.root, StreamId(b""), start)
    if begun is not None and decode_page(begun.page).segments:
        replica.apply_start(begun.page)
        if begun.proof is not None:
            replica.finish_start(begun.proof, since_ms)
    if decode_page(stored.page).segments:
        replica.apply_page(stored.page, since_ms)
    replica.outbox = decode_outbox(stored.outbox, stored.space, identity.device)
    replica.hlc, replica.offsets = max(replica.hlc, Hlc(*stored.hlc)), list(stored.offsets)
    for op in replica.outbox.ops.values():
        replica.open_unsent(op)
    return replica
