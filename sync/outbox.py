"""The outbox: a device's ops that are not in the log yet, in write order, and what each answer does to them.

An op leaves the outbox when it is pulled back at its cursor, not at 200; and no answer makes a client drop an op: what
the server refuses is set aside, kept and shown. A segment once signed is sent exactly as it is until it is answered.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Final

from msgspec import Struct

from sync.errors import Detail
from sync.ids import DeviceId, Digest, HeaderBytes, OpId, Sealed, SpaceId, StreamId
from sync.keys import SigningKey
from sync.limits import PUSH_BYTES_MAX, PUSH_OPS_MAX
from sync.op import Header, OpClass
from sync.segment import Segment, chain, decode_segment, encode_push, encode_segment, head_0, sign_segment

PUSH_OVERHEAD_BYTES: Final = 512
OP_OVERHEAD_BYTES: Final = 8
"""What a push adds at most to its headers and sealed payloads: segment and signature, and two lengths an op."""


CONFLICT: Final = "epoch_conflict"
"""The code under which control ops are set aside that are to be built again."""


class OutState(StrEnum):
    """Where an op of the outbox stands: to be sent, known to be in the log, or set aside for a person."""

    QUEUED = "queued"
    ACKNOWLEDGED = "acknowledged"
    ASIDE = "aside"


class Reaction(StrEnum):
    """What the caller does after a refusal; the outbox has done its own part."""

    SEND = "send"
    REBUILD_CONTROL = "rebuild_control"
    RESTORE = "restore"
    SALVAGE = "salvage"
    AUTHENTICATE = "authenticate"
    WAIT = "wait"


@dataclass(frozen=True, slots=True)
class OutOp:
    """An op of the outbox; `code` says why it was set aside."""

    op_id: OpId
    header: Header
    header_bytes: HeaderBytes
    sealed: Sealed
    state: OutState = OutState.QUEUED
    code: str | None = None


class Flight(Struct, array_like=True, frozen=True):
    """The signed segment that waits for its answer."""

    seg: bytes
    sig: bytes
    op_ids: tuple[OpId, ...]


@dataclass(slots=True)
class Outbox:
    """One device's outbox in one space.

    Attributes:
        stream: the stream in use; another one after the server moved it.
        sent: the last ops of the stream that the server has answered for, with the head after each.
        settled: how many ops of the stream came before those: they stand in the log and are forgotten here.
        base: the head after the settled ones; None for none.
        ops: every op by its name, in write order.
        ops_max: how many ops the next segment may hold.
        rebuilt: whether the segment was cut anew because the server could not read the one before.
        confirmed: the cursor up to which the server knows that this device has applied the log.
    """

    space: SpaceId
    device: DeviceId
    stream: StreamId
    ops: dict[OpId, OutOp] = field(default_factory=dict)
    sent: list[tuple[OpId, Digest]] = field(default_factory=list)
    settled: int = 0
    base: Digest | None = None
    flight: Flight | None = None
    ops_max: int = PUSH_OPS_MAX
    rebuilt: bool = False
    confirmed: int = 0

    def add(self, op: OutOp) -> None:
        """Keep a new op; it is saved with this and never changes again."""
        self.ops[op.op_id] = op

    def in_state(self, state: OutState) -> list[OutOp]:
        """Return the ops that stand so, in write order."""
        return [op for op in self.ops.values() if op.state == state]

    def push(
        self, signing: SigningKey, seen: tuple[int, Digest], held: Collection[OpId] = (), *, confirms: bool = False
    ) -> bytes | None:
        """Return the push to send now, or None if nothing waits: the one in flight again, else a new segment.

        Args:
            signing: the device's key.
            seen: cursor and log hash of the last segment end that this device applied.
            held: ops that are not for a segment yet.
            confirms: whether a segment is due even without ops: an acknowledgement of what was seen.
        """
        if self.flight is None:
            ops = self._fitting([op for op in self.in_state(OutState.QUEUED) if op.op_id not in held])
            if not ops and not confirms:
                return None
            self.flight = self._cut(ops, signing, seen)
        ops = [self.ops[name] for name in self.flight.op_ids]
        return encode_push(self.flight.seg, self.flight.sig, [(op.header_bytes, op.sealed) for op in ops])

    def accept(self, n: int) -> bool:
        """Take a receipt for `n` ops: they are acknowledged and stay until pulled. False if none like it is due."""
        if self.flight is None or len(self.flight.op_ids) != n:
            return False
        self.sent = self._chain()
        self.confirmed = max(self.confirmed, decode_segment(self.flight.seg).seen_cursor)
        self._mark(self.flight.op_ids, OutState.ACKNOWLEDGED)
        self.ops_max, self.rebuilt, self.flight = PUSH_OPS_MAX, False, None
        return True

    def pulled(self, op_ids: Collection[OpId]) -> None:
        """Let go of ops that stand in the log; a flight of which all do has been answered by that."""
        if self.flight is not None and self.flight.op_ids and set(self.flight.op_ids) <= set(op_ids):
            self.accept(len(self.flight.op_ids))
        carried = () if self.flight is None else self.flight.op_ids
        for name in op_ids:
            if name not in carried:
                self.ops.pop(name, None)
        while self.sent and self.sent[0][0] not in self.ops:
            _, self.base = self.sent.pop(0)
            self.settled += 1

    def refuse(self, code: str, details: Mapping[str, Detail], fresh: StreamId) -> Reaction:
        """Take a refusal by its stable code and return what the caller does now. `fresh` is a new random stream."""
        if self.flight is None or code not in _CUTS_ANEW:
            return _REACTIONS.get(code, Reaction.WAIT)
        flight, chain_so_far = self.flight, self._chain()
        self.flight = None
        match code:
            case "stream_moved":
                self._move(details, chain_so_far, fresh)
            case "already_logged":
                self._acknowledge(flight, code, details)
            case "too_large":
                self.ops_max = len(flight.op_ids) // 2
                if self.ops_max == 0:
                    self._set_aside(flight.op_ids, code)
                    self.ops_max = PUSH_OPS_MAX
            case "epoch_conflict":
                # Those that wait stand on those that were refused: an addition, on the key of a rotation that lost.
                waiting = [*flight.op_ids, *(op.op_id for op in self.in_state(OutState.QUEUED))]
                self._set_aside([name for name in dict.fromkeys(waiting) if self._is_control(name)], code)
                return Reaction.REBUILD_CONTROL
            case "bad_header" | "bad_fact" | "bad_control":
                self._set_one_aside(flight, code, details)
            case _:
                self._rebuild(flight, code)
        return Reaction.SEND

    def restart(self, returned: Sequence[OutOp], fresh: StreamId) -> None:
        """Begin again after a server has lost the end of its log: what it may have lost is sent again, oldest first.

        The segment in flight names a log that is no more, so its ops are cut anew; if one of them is in the log, the
        server says so. No op changes.

        Args:
            returned: this device's own ops that were in the log, in its order.
            fresh: a new random stream.
        """
        self.flight, self.stream, self.sent, self.settled, self.base = None, fresh, [], 0, None
        self.ops_max, self.rebuilt, self.confirmed = PUSH_OPS_MAX, False, 0
        self._mark([op.op_id for op in self.in_state(OutState.ACKNOWLEDGED)], OutState.QUEUED)
        self.ops = {op.op_id: op for op in returned} | self.ops

    def conflict(self) -> None:
        """Set every control op aside that waits: it stands on an epoch that the log will not have."""
        waiting = [op.op_id for op in self.in_state(OutState.QUEUED) if self._is_control(op.op_id)]
        self._set_aside([name for name in waiting if self.flight is None or name not in self.flight.op_ids], CONFLICT)

    def put_in_place(self, old: OpId, new: OutOp) -> None:
        """Keep an op in the place of one that was sealed under a key which is no more, and was never logged."""
        self.ops = {new.op_id if name == old else name: new if name == old else op for name, op in self.ops.items()}

    def _fitting(self, queued: Sequence[OutOp]) -> list[OutOp]:
        """Return the queued ops of the next segment; those that found a space stand alone in the first.

        A run of control ops is not cut in two where it can be kept whole: a revocation goes with its rotation.
        """
        fitting: list[OutOp] = []
        size = PUSH_OVERHEAD_BYTES
        for op in queued:
            size += len(op.header_bytes) + len(op.sealed) + OP_OVERHEAD_BYTES
            is_next_kind = bool(fitting) and (op.header.epoch == 0) != (fitting[0].header.epoch == 0)
            if len(fitting) == self.ops_max or (fitting and size > PUSH_BYTES_MAX) or is_next_kind:
                records = [at for at, one in enumerate(fitting, 1) if one.header.op_class != OpClass.CONTROL]
                is_in_run = op.header.op_class == OpClass.CONTROL and bool(records)
                return fitting[: records[-1]] if is_in_run else fitting
            fitting.append(op)
        return fitting

    def _cut(self, ops: Sequence[OutOp], signing: SigningKey, seen: tuple[int, Digest]) -> Flight:
        op_ids = tuple(op.op_id for op in ops)
        prev_head = self._head()
        head = next(reversed(chain(prev_head, op_ids)), prev_head)
        from_seq = self.settled + len(self.sent) + 1
        seg = encode_segment(
            Segment(self.space, self.stream, self.device, from_seq, len(ops), prev_head, head, seen[0], seen[1])
        )
        return Flight(seg, sign_segment(signing, seg), op_ids)

    def _head(self) -> Digest:
        return self.sent[-1][1] if self.sent else self._base()

    def _base(self) -> Digest:
        return self.base or head_0(self.space, self.stream, self.device)

    def _chain(self) -> list[tuple[OpId, Digest]]:
        """Return the last ops of the stream with the head after each, those in flight included."""
        op_ids = self.flight.op_ids if self.flight is not None else ()
        return [*self.sent, *zip(op_ids, chain(self._head(), op_ids), strict=True)]

    def _move(self, details: Mapping[str, Detail], sent: list[tuple[OpId, Digest]], fresh: StreamId) -> None:
        """Go on from where the server stands if that is a head of ours; else send the same ops in a new stream."""
        next_seq = details.get("next_seq")
        kept = next_seq - 1 - self.settled if isinstance(next_seq, int) else -1
        heads = [self._base(), *(head for _, head in sent)]
        if 0 <= kept < len(heads) and heads[kept].hex() == details.get("head"):
            self._mark([name for name, _ in sent[:kept]], OutState.ACKNOWLEDGED)
            self._mark([name for name, _ in sent[kept:]], OutState.QUEUED)
            self.sent = sent[:kept]
        else:
            self.stream, self.sent, self.settled, self.base = fresh, [], 0, None

    def _acknowledge(self, flight: Flight, code: str, details: Mapping[str, Detail]) -> None:
        named = details.get("op_ids")
        logged = [name for name in flight.op_ids if isinstance(named, list) and name.hex() in named]
        self._mark(logged, OutState.ACKNOWLEDGED)
        if not logged:
            self._rebuild(flight, code)

    def _set_one_aside(self, flight: Flight, code: str, details: Mapping[str, Detail]) -> None:
        index, named = details.get("index"), details.get("op_id")
        name = next((name for at, name in enumerate(flight.op_ids) if name.hex() == named or at == index), None)
        if name is None:
            self._rebuild(flight, code)
            return
        op = self.ops[name]
        orphans = self.in_state(OutState.QUEUED) if op.header.op_class == OpClass.GENESIS else []
        self._set_aside([name, *(other.op_id for other in orphans if other.header.entity == op.header.entity)], code)

    def _rebuild(self, flight: Flight, code: str) -> None:
        """Cut the same ops anew once; if the server still cannot read them, set them aside."""
        if self.rebuilt:
            self._set_aside(flight.op_ids, code)
        self.rebuilt = not self.rebuilt

    def _is_control(self, name: OpId) -> bool:
        return self.ops[name].header.op_class == OpClass.CONTROL

    def _mark(self, names: Collection[OpId], state: OutState) -> None:
        for name in names:
            if name in self.ops:
                self.ops[name] = replace(self.ops[name], state=state, code=None)

    def _set_aside(self, names: Collection[OpId], code: str) -> None:
        for name in names:
            self.ops[name] = replace(self.ops[name], state=OutState.ASIDE, code=code)


_CUTS_ANEW: Final = frozenset(
    {
        "stream_moved",
        "already_logged",
        "too_large",
        CONFLICT,
        "bad_header",
        "bad_fact",
        "bad_control",
        "bad_seg",
        "bad_sig",
        "bad_chain",
    }
)
"""The answers after which another segment is sent; after any other the one in flight stays as it is."""

_REACTIONS: Final = {
    "log_mismatch": Reaction.RESTORE,
    "device_revoked": Reaction.SALVAGE,
    "not_member": Reaction.SALVAGE,
    "role_missing": Reaction.SALVAGE,
    "unauthenticated": Reaction.AUTHENTICATE,
}
