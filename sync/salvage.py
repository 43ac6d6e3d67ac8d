"""Salvage: what a retired device could not send is written again by an administrator's device.

```
copy = msgpack [1, space, [push…]]        the outbox as signed segments of a stream of its own, in write order
```
The retired device hands out a copy of its outbox. It is sealed as everything is: whoever carries it reads nothing, and
an administrator's device opens it with the keys it has. The signatures say whose ops they are. Written again, they
name that worker beside the administrator's device, and a row names the op that it stands for: so that it is counted
once, whoever else has a copy.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Final, NamedTuple

from msgspec import Meta, Struct
from msgspec.structs import replace as with_values

from sync.again import Renamed, names_of, write_again
from sync.codec import Codec, NotCanonical, encode
from sync.errors import Refusal
from sync.ids import DeviceId, EntityId, OpId, StreamId, WireSpaceId, WorkerId
from sync.keyring import Keyring
from sync.liveness import FoldOp
from sync.log import log_0
from sync.op import Fact, Header, OpClass, row_name
from sync.outbox import Outbox, OutOp, OutState
from sync.payload import Payload
from sync.push import CheckedPush, read, verify
from sync.registry import SALVAGES, Folds
from sync.replica import Replica
from sync.reseal import as_edit
from sync.segment import Segment, head_0

PUSHES_MAX: Final = 1000


class CopyFault(StrEnum):
    """Why a copy is not taken."""

    UNREADABLE = "unreadable"
    OTHER_SPACE = "other_space"
    UNKNOWN_DEVICE = "unknown_device"
    NOT_RETIRED = "not_retired"


class BadCopy(ValueError):
    """What was opened is no copy of the outbox of a device that was retired here; nothing was written."""

    def __init__(self, fault: CopyFault) -> None:
        super().__init__(f"The copy is not taken: {fault}.")
        self.fault = fault


class CopiedOp(NamedTuple):
    """An op of the copy that opens."""

    op_id: OpId
    header: Header
    payload: Payload


@dataclass(frozen=True, slots=True, repr=False)
class Copy:
    """What a copy holds that is not here yet.

    Attributes:
        worker: whose device it was.
        ops: those that open, in write order.
        known: how many are in the log or were written again before.
        closed: how many do not open with the keys of this device.
        renamed: the names under which those stand that were written again before.
    """

    device: DeviceId
    worker: WorkerId | None
    ops: tuple[CopiedOp, ...]
    known: int
    closed: int
    renamed: Renamed


class _Wire(Struct, array_like=True, tag=1, frozen=True, forbid_unknown_fields=True):
    space: WireSpaceId
    pushes: Annotated[tuple[bytes, ...], Meta(max_length=PUSHES_MAX)]


_copy: Final = Codec(_Wire)


def copy_outbox(replica: Replica, fresh: StreamId) -> bytes:
    """Return a copy of what a retired device could not send; nothing here changes. `fresh` is a new random stream."""
    box = Outbox(replica.space, replica.identity.device, fresh)
    for op in replica.outbox.ops.values():
        if op.header.op_class != OpClass.CONTROL and op.state is not OutState.ASIDE:
            box.add(OutOp(op.op_id, op.header, op.header_bytes, op.sealed))
    pushes = []
    while (push := box.push(replica.identity.signing, (0, log_0(replica.space)))) is not None:
        pushes.append(push)
        assert box.flight is not None
        box.accept(len(box.flight.op_ids))
    return encode(_Wire(replica.space, tuple(pushes)))


def open_copy(replica: Replica, data: bytes) -> Copy:
    """Return what a copy holds. Raises BadCopy; nothing is written."""
    try:
        wire = _copy.decode(data)
    except NotCanonical as error:
        raise BadCopy(CopyFault.UNREADABLE) from error
    if wire.space != replica.space:
        raise BadCopy(CopyFault.OTHER_SPACE)
    pushes = _verified(replica, wire.pushes)
    if not pushes:
        raise BadCopy(CopyFault.UNREADABLE)
    device = pushes[0].segment.device
    member = replica.reader.view.members.by_device[device]
    if not member.revoked:
        raise BadCopy(CopyFault.NOT_RETIRED)
    ops = [OutOp(op.op_id, op.header, op.header_bytes, op.sealed) for push in pushes for op in push.ops]
    unknown = [op for op in ops if not _is_here(replica, op.op_id)]
    opened = _opened(replica, unknown)
    by = member.worker
    again = {op.op_id: name for op in opened if (name := _written_before(replica, op, by)) is not None}
    fresh = tuple(op for op in opened if op.op_id not in again)
    renamed: dict[bytes, bytes] = {}
    for old, new in again.items():
        renamed |= names_of(old, new)
    known = len(ops) - len(unknown) + len(again)
    return Copy(device, member.worker, fresh, known, len(unknown) - len(opened), renamed)


def write_salvage(replica: Replica, copy: Copy) -> list[OpId]:
    """Write the ops of a copy again, in the outbox of an administrator's device, and return their names.

    A genesis whose entity was begun by another meanwhile becomes an edit. An op that can be written no more, because
    its entity is erased or because it would be too large, is left out.
    """
    renamed, names = copy.renamed, []
    for op in copy.ops:
        if replica.is_erased(op.header.entity):
            continue
        if op.payload.secret is not None and op.header.entity not in replica.keyring.secrets:
            replica.keyring.hold(op.header.entity, op.payload.secret)
        header, payload = _as_own(replica, op, copy.worker)
        new = write_again(replica, header, payload, renamed)
        if new is not None:
            renamed = {**renamed, **names_of(op.op_id, new.op_id)}
            if new.op_id not in replica.outbox.ops and new.op_id not in replica.reader.view.first_entries:
                replica.outbox.add(new)
                replica.open_unsent(new)
                names.append(new.op_id)
    return names


def _verified(replica: Replica, pushes: Iterable[bytes]) -> list[CheckedPush]:
    """Return the segments of one stream of one device, whole from the first on."""
    checked: list[CheckedPush] = []
    before: Segment | None = None
    for data in pushes:
        try:
            push = read(data, replica.space)
            segment = push.segment
            member = replica.reader.view.members.by_device.get(segment.device)
            if member is None:
                raise BadCopy(CopyFault.UNKNOWN_DEVICE)
            checked.append(verify(push, member.ed_pk, replica.registry))
        except Refusal as refusal:
            raise BadCopy(CopyFault.UNREADABLE) from refusal
        first = (segment.stream, segment.device, 1, head_0(segment.space, segment.stream, segment.device))
        due = first if before is None else (before.stream, before.device, before.next_seq, before.head)
        if (segment.stream, segment.device, segment.from_seq, segment.prev_head) != due:
            raise BadCopy(CopyFault.UNREADABLE)
        before = segment
    return checked


def _is_here(replica: Replica, name: OpId) -> bool:
    return name in replica.reader.view.first_entries or name in replica.outbox.ops


def _written_before(replica: Replica, op: CopiedOp, worker: WorkerId | None) -> OpId | None:
    """Return the name of the op that stands for this one already.

    That is the row that says so, the genesis that brought the same secret, or what was written for the same worker of
    the same moment.
    """
    original, secret = (SALVAGES, _original(op)), op.payload.secret
    for other in replica.ops(op.header.entity):
        is_genesis = other.payload is not None and other.payload.secret is not None
        if is_genesis and other.payload is not None and other.payload.secret == secret:
            return other.op_id
        if op.header.op_class == OpClass.ROW and original in other.header.facts:
            return other.op_id
        if _is_for(op, other, worker):
            return other.op_id
    return None


def _is_for(op: CopiedOp, other: FoldOp, worker: WorkerId | None) -> bool:
    """Tell whether an op was written again for this one: a worker's two ops of one time and one moment are one."""
    by, header = op.payload.by or worker, other.header
    is_kept = header.op_class in {op.header.op_class, OpClass.EDIT}
    return (
        by is not None
        and other.payload is not None
        and (other.payload.by, other.payload.at_ms) == (by, op.payload.at_ms)
        and (header.kind, header.hlc_ms, header.hlc_ctr) == (op.header.kind, op.header.hlc_ms, op.header.hlc_ctr)
        and (header.re is None) == (op.header.re is None)
        and is_kept
    )


def _original(op: CopiedOp) -> Fact:
    """Return the name of the row that a row stands for: its own, unless it was taken over before."""
    return dict(op.header.facts).get(SALVAGES) or row_name(op.op_id)


def _opened(replica: Replica, ops: Iterable[OutOp]) -> list[CopiedOp]:
    """Open ops with the keys held and those that the copy itself brings, and hold none of these."""
    keys, own = Keyring(replica.space, replica.identity), replica.keyring
    keys.epoch_keys, keys.secrets, keys.lost = dict(own.epoch_keys), dict(own.secrets), own.lost
    opened = []
    for op in ops:
        payload = keys.open(op.header, op.header_bytes, op.sealed)
        if payload is None or op.header.op_class == OpClass.CONTROL:
            continue
        if payload.secret is not None:
            keys.hold(op.header.entity, payload.secret)
        opened.append(CopiedOp(op.op_id, op.header, payload))
    return opened


def _as_own(replica: Replica, op: CopiedOp, worker: WorkerId | None) -> tuple[Header, Payload]:
    """Return an op as this device writes it for the worker."""
    header = with_values(op.header, device=replica.identity.device, epoch=replica.keyring.newest)
    by = op.payload.by or worker
    payload = Payload(op.payload.secret, op.payload.at_ms, by, op.payload.fact_bases, op.payload.fields)
    rule = replica.registry.kinds.get(header.kind)
    if header.op_class == OpClass.ROW and rule is not None and rule.folds is Folds.ROW:
        facts = {**dict(header.facts), SALVAGES: _original(op)}
        bases = {name: base for (name, _), base in zip(header.facts, payload.fact_bases, strict=True)}
        header = with_values(header, facts=tuple(sorted(facts.items())))
        ordered = tuple(bases.get(name, ()) for name, _ in header.facts)
        payload = Payload(payload.secret, payload.at_ms, by, ordered, payload.fields)
    elif header.op_class == OpClass.GENESIS and _is_begun(replica, header.entity):
        return as_edit(header, payload)
    return header, payload


def _is_begun(replica: Replica, entity: EntityId) -> bool:
    return any(op.header.op_class == OpClass.GENESIS for op in replica.ops(entity))
