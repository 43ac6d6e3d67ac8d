"""The push, before any state is read: everything a server can refuse by the bytes, the keys and the registry.

The checks run in one fixed order, and the first that fails names the refusal:

1. size (`too_large`); 2. push and segment decode, n = number of ops (`bad_seg`); 3. each header decodes and keeps its
rules, and is of the segment's space and device (`bad_header`); 4. no op stands twice, the chain ends in the head
(`bad_chain`); 5. the device is known (`not_member`); 6. the signature is its own (`bad_sig`); 7. kind and class are
registered together (`bad_header`); 8. facts (`bad_fact`); 9. control bodies decode (`bad_control`).

`read` does 1 to 4 and says which device is asked for; `verify` does the rest. What they return needs no second look:
a store goes on with the checks that need its lock.
"""

from dataclasses import dataclass
from hashlib import sha256

from msgspec import Struct

from sync.codec import NotCanonical
from sync.control import Body, ControlFault, MemberBody, decode_body
from sync.errors import (
    BadChain,
    BadControl,
    BadFact,
    BadHeader,
    BadSegment,
    BadSignature,
    NotMember,
    TooLarge,
)
from sync.ids import Digest, HeaderBytes, OpId, Sealed, SpaceId
from sync.limits import HEADER_BYTES_MAX, PUSH_BYTES_MAX, PUSH_OPS_MAX, SEALED_BYTES_MAX
from sync.op import Header, HeaderFault, OpClass, decode_header, entity_of, op_id, op_id_of_hashes
from sync.registry import Registry
from sync.segment import Push, Segment, chain, decode_push, decode_segment, is_signed


class PushedOp(Struct, frozen=True, gc=False):
    """One op of a push: its decoded header, its bytes as received, and its name."""

    op_id: OpId
    header: Header
    header_bytes: HeaderBytes
    sealed: Sealed
    header_hash: Digest
    sealed_hash: Digest


@dataclass(frozen=True, slots=True)
class ReadPush:
    """A push whose bytes are sound and whose signature is not yet checked: trust its `segment.device` for a lookup.

    Attributes:
        seg: the segment's bytes, which are signed, hashed and stored as they are.
        heads: the chain head after each op.
    """

    segment: Segment
    seg: bytes
    sig: bytes
    ops: tuple[PushedOp, ...]
    heads: tuple[Digest, ...]


@dataclass(frozen=True, slots=True)
class CheckedPush:
    """A push that passed every check that needs no state.

    Attributes:
        bodies: the decoded body of each control op, by its index in `ops`.
    """

    segment: Segment
    seg: bytes
    sig: bytes
    ops: tuple[PushedOp, ...]
    heads: tuple[Digest, ...]
    bodies: dict[int, Body]


def read(data: bytes, space: SpaceId) -> ReadPush:
    """Decode a push for a space and check all that needs neither a key nor the registry.

    Raises:
        TooLarge, BadSegment, BadHeader, BadChain: in this order.
    """
    if len(data) > PUSH_BYTES_MAX:
        raise TooLarge
    try:
        push = decode_push(data)
        segment = decode_segment(push.seg)
    except NotCanonical as error:
        raise BadSegment from error
    _check_sizes(push)
    if segment.n != len(push.ops) or segment.space != space:
        raise BadSegment
    ops = tuple(_read_op(index, pair, segment) for index, pair in enumerate(push.ops))
    op_ids = [op.op_id for op in ops]
    heads = tuple(chain(segment.prev_head, op_ids))
    if len(set(op_ids)) != len(op_ids) or segment.head != (heads[-1] if heads else segment.prev_head):
        raise BadChain
    return ReadPush(segment, push.seg, push.sig, ops, heads)


def verify(push: ReadPush, ed_pk: bytes | None, registry: Registry) -> CheckedPush:
    """Check the signature with the device's key (None: unknown here), then kinds, facts and control bodies.

    Raises:
        NotMember, BadSignature, BadHeader, BadFact, BadControl: in this order.
    """
    if ed_pk is None:
        raise NotMember
    if not is_signed(ed_pk, push.seg, push.sig):
        raise BadSignature
    for index, op in enumerate(push.ops):
        if not registry.admits(op.header):
            raise BadHeader(index, op.op_id, "kind")
    for index, op in enumerate(push.ops):
        name = registry.fact_fault(op.header) if op.header.facts else None
        if name is not None:
            raise BadFact(index, op.op_id, name)
    return CheckedPush(push.segment, push.seg, push.sig, push.ops, push.heads, _bodies(push))


def founding_key(push: ReadPush) -> bytes | None:
    """Return the key of the device that its own first op makes a member: for a space that is still empty."""
    if not push.ops or push.ops[0].header.op_class != OpClass.CONTROL or push.ops[0].header.kind != "member":
        return None
    try:
        body = decode_body("member", push.ops[0].sealed, push.segment.space)
    except ControlFault:
        return None
    return body.ed_pk if isinstance(body, MemberBody) and body.device == push.segment.device else None


def _check_sizes(push: Push) -> None:
    if len(push.ops) > PUSH_OPS_MAX:
        raise TooLarge
    for header, sealed in push.ops:
        if len(header) > HEADER_BYTES_MAX or len(sealed) > SEALED_BYTES_MAX:
            raise TooLarge


def _read_op(index: int, pair: tuple[HeaderBytes, Sealed], segment: Segment) -> PushedOp:
    header_bytes, sealed = pair
    try:
        header = decode_header(header_bytes)
    except HeaderFault as fault:
        entity = entity_of(header_bytes)
        raise BadHeader(index, entity and op_id(entity, header_bytes, sealed), fault.name) from fault
    header_hash = Digest(sha256(header_bytes).digest())
    sealed_hash = Digest(sha256(sealed).digest())
    name = op_id_of_hashes(header.entity, header_hash, sealed_hash)
    if header.device != segment.device or header.space != segment.space:
        raise BadHeader(index, name, "device" if header.space == segment.space else "space")
    return PushedOp(name, header, header_bytes, sealed, header_hash, sealed_hash)


def _bodies(push: ReadPush) -> dict[int, Body]:
    bodies = {}
    for index, op in enumerate(push.ops):
        if op.header.op_class == OpClass.CONTROL:
            try:
                bodies[index] = decode_body(op.header.kind, op.sealed, push.segment.space)
            except ControlFault as fault:
                raise BadControl(index, op.op_id, fault.name) from fault
    return bodies
