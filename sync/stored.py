"""What a device keeps of its replica: the log as pages, the outbox and what a server has lost, without any key."""

from hashlib import sha256
from typing import Final

from msgspec import Struct
from msgspec.structs import astuple

from sync.clock import Hlc
from sync.codec import Codec, encode
from sync.control import decode_body
from sync.ids import DeviceId, Digest, HeaderBytes, OpId, Sealed, SpaceId, StreamId
from sync.keyring import Identity
from sync.log import DeadRow, OpRow, Page, decode_page, encode_page
from sync.logview import Entry
from sync.op import OpClass, decode_header, op_id, op_id_of_hashes
from sync.outbox import Flight, Outbox, OutOp, OutState
from sync.registry import Registry
from sync.replica import Replica, new_replica
from sync.start import Start


class _StoredOp(Struct, array_like=True, frozen=True):
    header: HeaderBytes
    sealed: Sealed
    state: OutState
    code: str | None


class _StoredBefore(Struct, array_like=True, frozen=True, tag=2):
    """The form before erasures were confirmed; a store that was last saved in it is still read."""

    stream: StreamId
    ops_max: int
    rebuilt: bool
    ops: tuple[_StoredOp, ...]
    sent: tuple[tuple[OpId, Digest], ...]
    settled: int
    base: Digest | None
    flight: Flight | None


class _StoredOutbox(Struct, array_like=True, frozen=True, tag=3):
    stream: StreamId
    ops_max: int
    rebuilt: bool
    ops: tuple[_StoredOp, ...]
    sent: tuple[tuple[OpId, Digest], ...]
    settled: int
    base: Digest | None
    flight: Flight | None
    confirmed: int = 0


_AnyOutbox = _StoredOutbox | _StoredBefore
_outbox: Final[Codec[_AnyOutbox]] = Codec(_AnyOutbox)  # type: ignore[arg-type]


def encode_outbox(outbox: Outbox) -> bytes:
    """Return the outbox as bytes to keep: headers and sealed payloads, no key and nothing in clear."""
    ops = tuple(_StoredOp(op.header_bytes, op.sealed, op.state, op.code) for op in outbox.ops.values())
    stored = _StoredOutbox(
        outbox.stream,
        outbox.ops_max,
        outbox.rebuilt,
        ops,
        tuple(outbox.sent),
        outbox.settled,
        outbox.base,
        outbox.flight,
        outbox.confirmed,
    )
    return encode(stored)


def decode_outbox(data: bytes, space: SpaceId, device: DeviceId) -> Outbox:
    """Return the outbox that was kept as bytes. Raises NotCanonical."""
    stored = _outbox.decode(data)
    if isinstance(stored, _StoredBefore):
        stored = _StoredOutbox(*astuple(stored))
    outbox = Outbox(space, device, stored.stream, ops_max=stored.ops_max, rebuilt=stored.rebuilt)
    for op in stored.ops:
        header = decode_header(op.header)
        name = op_id(header.entity, op.header, op.sealed)
        outbox.add(OutOp(name, header, op.header, op.sealed, op.state, op.code))
    outbox.sent, outbox.settled, outbox.base = list(stored.sent), stored.settled, stored.base
    outbox.flight, outbox.confirmed = stored.flight, stored.confirmed
    return outbox


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


class _StoredLost(Struct, array_like=True, frozen=True):
    cursor: int
    server_ms: int
    row: OpRow | DeadRow


class _StoredKept(Struct, array_like=True, frozen=True, tag=2):
    """The form before a server could be restored; a store that was last saved in it is still read."""

    space: SpaceId
    root: OpId | None
    start: _StoredStart | None
    page: bytes
    unproven_since_ms: int | None
    outbox: bytes
    hlc: tuple[int, int]
    offsets: tuple[int, ...]


class _Stored(Struct, array_like=True, frozen=True, tag=3):
    space: SpaceId
    root: OpId | None
    start: _StoredStart | None
    page: bytes
    unproven_since_ms: int | None
    outbox: bytes
    hlc: tuple[int, int]
    offsets: tuple[int, ...]
    lost: tuple[_StoredLost, ...] = ()
    restored_ms: int | None = None


_AnyStored = _Stored | _StoredKept | _StoredWhole
_stored: Final[Codec[_AnyStored]] = Codec(_AnyStored)  # type: ignore[arg-type]


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
        tuple(_stored_lost(entry) for entries in replica.lost.values() for entry in entries),
        replica.restored_ms,
    )
    return encode(stored)


def _stored_lost(entry: Entry) -> _StoredLost:
    assert isinstance(entry.row, OpRow | DeadRow)
    return _StoredLost(entry.cursor, entry.server_ms, entry.row)


def _lost(stored: _StoredLost, space: SpaceId) -> Entry:
    row, header = stored.row, decode_header(stored.row.header)
    sealed_hash = Digest(sha256(row.sealed).digest()) if isinstance(row, OpRow) else row.sealed_hash
    name = op_id_of_hashes(header.entity, Digest(sha256(row.header).digest()), sealed_hash)
    body = None
    if header.op_class == OpClass.CONTROL and isinstance(row, OpRow):
        body = decode_body(header.kind, row.sealed, space)
    return Entry(stored.cursor, stored.server_ms, name, header.entity, row, header, body, None)


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
    elif isinstance(stored, _StoredKept):
        stored = _Stored(*astuple(stored))
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
    replica.restored_ms = stored.restored_ms
    replica.hold_lost(_lost(one, stored.space) for one in stored.lost)
    return replica
