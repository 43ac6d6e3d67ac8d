"""A push, from its bytes to its receipt.

The order is the protocol's. What needs no state is checked before anything is locked; then the space's row is locked
in a statement of its own, before any check that reads state: a check made before that lock once let a revoked device
in. All or nothing: whoever calls this commits, and answers only then.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from sync.control import ROLE_ADMIN, ROLE_WRITE
from sync.errors import (
    AlreadyLogged,
    BadControl,
    BadHeader,
    DeviceRevoked,
    LogMismatch,
    NotMember,
    RoleMissing,
    StreamMoved,
)
from sync.ids import ZERO32, Digest, EntityId, OpId, OrgId, SpaceId
from sync.liveness import is_killable
from sync.log import Receipt, encode_receipt, log_0, next_log, next_server_ms
from sync.members import Member, Members, admit, found
from sync.op import OpClass, row_name
from sync.push import CheckedPush, PushedOp
from sync.segment import Segment, head_0, unseen
from sync.store.erasure import Erasing, erase, erased_values, erasing
from sync.store.logged import LoggedOp
from sync.store.repository import Repository
from sync.store.scope import Scope

Erased = Mapping[str, Collection[EntityId]]
"""The entities that a push erases, by the kinds that their ops were of."""


class Project(Protocol):
    """What the application does with the ops of a push, in its transaction."""

    async def __call__(
        self, store: Repository, space: SpaceId, org: bytes, ops: Sequence[LoggedOp], erased: Erased
    ) -> None:
        """Write its tables for ops that are in the log, and leave nothing in them of entities that are erased now."""


CONTROLS_IN_FORCE = frozenset({"member", "xkey", "epoch", "erase"})
"""A control op whose effect this server does not carry out yet is refused, not stored without it."""


@dataclass(frozen=True, slots=True)
class Received:
    """A push under the lock of its space, with what the checks have read so far."""

    push: CheckedPush
    space: Any
    members: Members
    erasing: Erasing

    @property
    def segment(self) -> Segment:
        return self.push.segment

    @property
    def ops(self) -> tuple[PushedOp, ...]:
        return self.push.ops


async def receive(store: Repository, push: CheckedPush, clock_ms: int, project: Project) -> bytes:
    """Store a push and return its receipt; the receipt of a retry is the stored one, byte for byte.

    Args:
        push: what `sync.push.verify` returned for the same space.
        clock_ms: the server's clock.

    Raises:
        NotMember, DeviceRevoked, RoleMissing, StreamMoved, LogMismatch, AlreadyLogged, BadHeader, EpochConflict,
        BadControl: in this order; nothing is stored.
    """
    segment = push.segment
    space = await store.lock_space(segment.space)
    if space is None:
        raise NotMember
    if segment.n > 0:
        stored = await store.receipt(segment.space, segment.stream, segment.from_seq, segment.head)
        if stored is not None:
            return stored
    members = await store.members(space, None if push.bodies else segment.device)
    received = Received(push, space, members, await erasing(store, push))
    if space.cursor > 0:
        _check_role(received)
    await _check_place(store, received)
    if segment.n == 0:
        await store.saw(segment.space, segment.device, segment.seen_cursor)
        return encode_receipt(Receipt(space.cursor + 1, space.cursor, space.server_ms, Digest(space.log)))
    await _check_new(store, received)
    after = _members_after(received)
    if space.cursor == 0:
        founder = after.by_device[segment.device]
        await store.enter(Scope(segment.space, founder.device, founder.org))
        is_first = await _founds_the_first(store, founder)
        await store.update_space(segment.space, {"is_first": is_first})
    return await _append(store, received, after, next_server_ms(clock_ms, space.server_ms), project)


def _check_role(received: Received) -> None:
    member = received.members.by_device.get(received.segment.device)
    if member is None:
        raise NotMember
    if member.revoked:
        raise DeviceRevoked
    writes = any(op.header.op_class != OpClass.CONTROL for op in received.ops)
    if writes and not member.may(ROLE_WRITE):
        raise RoleMissing


async def _check_place(store: Repository, received: Received) -> None:
    """Does the segment continue its stream, and has its device seen this log?"""
    segment = received.segment
    stream = await store.stream(segment.space, segment.stream)
    start = (1, head_0(segment.space, segment.stream, segment.device))
    if stream is not None and (not stream.open or stream.device != segment.device):
        raise StreamMoved(0, ZERO32)
    expected = start if stream is None else (stream.next_seq, Digest(stream.head))
    if (segment.from_seq, segment.prev_head) != expected:
        raise StreamMoved(*expected)
    seen = log_0(segment.space) if segment.seen_cursor == 0 else await store.log_at(segment.space, segment.seen_cursor)
    if seen != segment.seen_log:
        raise LogMismatch(received.space.cursor)


async def _check_new(store: Repository, received: Received) -> None:
    """Is no op in the log yet, no entity begun twice, and every amended row there?"""
    space, ops = received.segment.space, received.ops
    known = await store.logged(space, [op.op_id for op in ops])
    if known:
        raise AlreadyLogged([op.op_id for op in ops if op.op_id in known])
    judged = [(index, op) for index, op in enumerate(ops) if not received.erasing.is_late(index, op.header.entity)]
    geneses = [(index, op) for index, op in judged if op.header.op_class == OpClass.GENESIS]
    begun = await store.begun(space, [op.header.entity for _, op in geneses]) if geneses else set()
    for index, op in geneses:
        if op.header.entity in begun:
            raise BadHeader(index, op.op_id, "entity")
        begun.add(op.header.entity)
    await _check_amendments(store, space, judged)


async def _check_amendments(store: Repository, space: SpaceId, ops: Sequence[tuple[int, PushedOp]]) -> None:
    amended = [op.header.re for _, op in ops if op.header.re is not None]
    if not amended:
        return
    rows = await store.rows(space, amended)
    for index, op in ops:
        header = op.header
        if header.op_class == OpClass.ROW:
            rows[op.op_id] = (header.entity, header.kind)
        elif header.re is not None and rows.get(header.re) != (header.entity, header.kind):
            raise BadHeader(index, op.op_id, "re")


def _members_after(received: Received) -> Members:
    """Judge every op by the members and the epoch just before it."""
    ops, bodies = received.ops, received.push.bodies
    for index, op in enumerate(ops):
        if index in bodies and op.header.kind not in CONTROLS_IN_FORCE:
            raise BadControl(index, op.op_id, "kind")
    if received.space.cursor > 0:
        return admit(received.members, ops, bodies, unseen(received.segment, received.space.cursor + 1))
    founded = found(received.segment.space, [op.header for op in ops], [bodies.get(index) for index in range(len(ops))])
    if founded is None:
        raise BadControl(0, ops[0].op_id, "founding")
    return founded


async def _founds_the_first(store: Repository, founder: Member) -> bool:
    """Tell whether this is an association's first space; a further one may found who administers the first.

    Whatever a space says is its association's.
    """
    first = await store.first_space(founder.org)
    if first is None:
        return True
    known = (await store.members(first, founder.device)).by_device.get(founder.device)
    if known is None or known.org != founder.org or not known.may(ROLE_ADMIN):
        raise RoleMissing
    return False


async def _append(store: Repository, received: Received, after: Members, server_ms: int, project: Project) -> bytes:
    segment, space = received.segment, received.space
    first, last = space.cursor + 1, space.cursor + segment.n
    log = next_log(Digest(space.log), last, server_ms, received.push.seg)
    gone = tuple(op.op_id for op in received.ops if received.erasing.is_gone(op.header.entity))
    receipt = encode_receipt(Receipt(first, last, server_ms, log, gone))
    await store.add_segment(_segment_values(received, first, server_ms, log, receipt))
    erased = {entity: first + index for entity, index in received.erasing.now.items()}
    kinds = await erase(store, segment.space, erased)
    dead = await _killed(store, received, first)
    await store.add_ops(
        [_op_values(received, op, cursor, dead.pop(op.op_id, None)) for cursor, op in enumerate(received.ops, first)]
    )
    await store.mark_dead(segment.space, dead)
    if after != received.members:
        await store.save_members(received.members, after)
    if space.cursor == 0 or segment.from_seq == 1:
        await store.close_streams(segment.space, segment.device)
    place = {"space": segment.space, "stream": segment.stream, "device": segment.device}
    await store.advance_stream({**place, "next_seq": segment.next_seq, "head": segment.head})
    org = space.org or after.by_device[segment.device].org
    end = {"cursor": last, "log": log, "server_ms": server_ms, "epoch": after.epoch, "org": org}
    await store.update_space(segment.space, end)
    await store.saw(segment.space, segment.device, segment.seen_cursor)
    logged = [LoggedOp(op.op_id, cursor, server_ms, op.header) for cursor, op in enumerate(received.ops, first)]
    effective = [op for op in logged if op.header.op_class != OpClass.CONTROL and op.op_id not in gone]
    await store.enter(Scope(segment.space, segment.device, OrgId(org)))
    await project(store, segment.space, org, effective, kinds)
    return receipt


def _segment_values(received: Received, first: int, server_ms: int, log: Digest, receipt: bytes) -> dict[str, Any]:
    segment, push = received.segment, received.push
    return {
        "space": segment.space,
        "first_cursor": first,
        "last_cursor": first + segment.n - 1,
        "stream": segment.stream,
        "from_seq": segment.from_seq,
        "head": segment.head,
        "server_ms": server_ms,
        "log": log,
        "bytes_total": len(push.seg) + sum(len(op.header_bytes) + len(op.sealed) for op in push.ops),
        "seg": push.seg,
        "sig": push.sig,
        "receipt": receipt,
    }


async def _killed(store: Repository, received: Received, first: int) -> dict[OpId, int]:
    """Return each op that the push kills with the cursor of its killer: edits of the killer's entity before it."""
    named = [killed for op in received.ops for killed in op.header.kills]
    if not named:
        return {}
    entity_of = await store.killable(received.segment.space, named)
    dead: dict[OpId, int] = {}
    for cursor, op in enumerate(received.ops, first):
        for killed in op.header.kills:
            if entity_of.get(killed) == op.header.entity:
                dead.setdefault(killed, cursor)
        if is_killable(op.header):
            entity_of[op.op_id] = op.header.entity
    return dead


def _op_values(received: Received, op: PushedOp, cursor: int, dead_cursor: int | None) -> dict[str, Any]:
    header = op.header
    erased_at = received.erasing.cursor(header.entity, received.space.cursor + 1)
    row = op.op_id if header.op_class == OpClass.ROW else header.re
    values = {
        "space": header.space,
        "cursor": cursor,
        "op_id": op.op_id,
        "entity": header.entity,
        "fold_group": header.entity if row is None else row_name(row),
        "op_class": header.op_class,
        "header": op.header_bytes,
        "sealed": op.sealed,
        "header_hash": None,
        "sealed_hash": None,
        "dead_cursor": dead_cursor,
    }
    return values if erased_at is None else erased_values(values, op.header_hash, op.sealed_hash, erased_at)
