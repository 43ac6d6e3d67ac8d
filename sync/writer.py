"""The writer: turns what a person did into ops of the outbox.

Writes of one replica are serialised: read the view, seal, save, next; otherwise a worker would conflict with
themself. One gesture is saved whole or not at all. What is written offline under the newest epoch key held is
accepted later, whatever rotates meanwhile.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from msgspec.structs import replace

from sync.ahead import ahead
from sync.clock import Hlc
from sync.codec import Value, is_value
from sync.control import ROLE_ERASE, Body, EpochBody, EraseBody, MemberBody, encode_body, kind_of
from sync.envelope import seal_payload
from sync.ids import NONCE_BYTES, ZERO32, EntityId, HeaderBytes, OpId, PayloadBytes, Sealed, SpaceId, WorkerId
from sync.keys import Epoch, commit, wrap
from sync.limits import ERASE_ENTITIES_MAX, PAYLOAD_BYTES_MAX
from sync.liveness import FACT, FIELD, FoldOp, base_of, live_ops, superseded
from sync.op import Fact, Header, OpClass, encode_header, header_fault, is_name, op_id
from sync.outbox import OutOp
from sync.payload import VALUE_DEPTH_MAX, Field, Payload, encode_payload
from sync.replica import Replica
from sync.secret import SECRET_BYTES, EntitySecret, EpochKey


class CannotWrite(ValueError):
    """The op would break the protocol or the registry, or its key is not here yet: nothing was saved."""


@dataclass(frozen=True, slots=True, repr=False)
class Genesis:
    """A new entity, with its first facts and fields."""

    entity: EntityId
    kind: str
    facts: Mapping[str, Fact] = field(default_factory=dict)
    fields: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, repr=False)
class Edit:
    """New values of an entity's own names."""

    entity: EntityId
    kind: str
    facts: Mapping[str, Fact] = field(default_factory=dict)
    fields: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, repr=False)
class Row:
    """Something append-only under an entity: a row, or a command."""

    entity: EntityId
    kind: str
    facts: Mapping[str, Fact] = field(default_factory=dict)
    fields: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, repr=False)
class Amend:
    """New values of a row's names; the row keeps what it said."""

    entity: EntityId
    kind: str
    row: OpId
    facts: Mapping[str, Fact] = field(default_factory=dict)
    fields: Mapping[str, Value] = field(default_factory=dict)


Intent = Genesis | Edit | Row | Amend

_UNNAMED: Final = OpId(ZERO32)
"""An op has its name only once its header, kills included, is sealed with it."""

_CLASSES: Final = {Genesis: OpClass.GENESIS, Edit: OpClass.EDIT, Row: OpClass.ROW, Amend: OpClass.EDIT}


@dataclass(frozen=True, slots=True)
class Moment:
    """When a gesture is saved, and by what chance.

    Attributes:
        local_ms: the device's own clock, in milliseconds.
        at_ms: when it happened, for people.
        random: returns so many random bytes.
        by: the worker whose op is salvaged; None for the device's own.
    """

    local_ms: int
    at_ms: int
    random: Callable[[int], bytes]
    by: WorkerId | None = None


def write(replica: Replica, intents: Sequence[Intent], moment: Moment) -> list[OpId]:
    """Save one gesture in the outbox and return its ops' names. Raises CannotWrite, and then saved nothing."""
    before = len(replica.outbox.ops)
    try:
        return [_save(replica, intent, moment) for intent in intents]
    except CannotWrite:
        for name in list(replica.outbox.ops)[before:]:
            del replica.outbox.ops[name], replica.payloads[name]
        raise


def write_control(replica: Replica, body: Body, moment: Moment, said_at: Hlc | None = None) -> OpId:
    """Save a control op in the outbox, for the epoch in force once those before it are logged; return its name.

    `said_at` is the hybrid time of one that is written again and keeps it.
    """
    hlc = said_at or replica.tick(moment.local_ms)
    space, epoch = replica.space, ahead(replica).members.epoch
    entity, device = EntityId(bytes(space)), replica.identity.device
    header = Header(space, device, entity, OpClass.CONTROL, kind_of(body), hlc.ms, hlc.ctr, epoch)
    return _keep(replica, header, encode_header(header), encode_body(body))


def write_erasure(replica: Replica, entities: Collection[EntityId], moment: Moment) -> list[OpId]:
    """Save the erasure of entities in the outbox; it takes effect, here as everywhere, when it is in the log.

    Those that are erased already are left out.

    Returns:
        the names of the control ops, one for every 500 entities.

    Raises:
        CannotWrite: this device may not erase.
    """
    own = ahead(replica).members.by_device.get(replica.identity.device)
    if own is None or not own.may(ROLE_ERASE):
        raise CannotWrite("This device may not erase.")
    left = sorted(entity for entity in set(entities) if entity not in replica.reader.view.erased)
    parts = [left[at : at + ERASE_ENTITIES_MAX] for at in range(0, len(left), ERASE_ENTITIES_MAX)]
    return [write_control(replica, EraseBody(tuple(part)), moment) for part in parts]


def write_founding(replica: Replica, bodies: Sequence[MemberBody], epoch: EpochBody, moment: Moment) -> OpId:
    """Save the founding segment of a new space in the outbox and return its root, which everybody scans.

    Args:
        replica: the founder's, empty and without a root.
        bodies: the founder's own member body, then at least one other (recovery), all without a wrap.
        epoch: epoch 1, as `first_epoch` makes it.
        moment: when, and by what chance.
    """
    assert replica.reader.root is None
    ops: list[Body] = [*bodies, epoch]
    names = [write_control(replica, body, moment) for body in ops]
    replica.reader.root = names[0]
    replica.keyring.learn(epoch, 1, {1: epoch.commit})
    return names[0]


def first_epoch(space: SpaceId, bodies: Sequence[MemberBody], epoch_key: EpochKey) -> EpochBody:
    """Return epoch 1 of a space, its key wrapped for every keyed member."""
    epoch = Epoch(space, 1, commit(space, 1, epoch_key))
    wraps = [(b.device, wrap(epoch_key, b.x_pk, epoch, b.device)) for b in bodies if b.x_pk is not None]
    return EpochBody(1, epoch.commitment, None, tuple(sorted(wraps)))


def _save(replica: Replica, intent: Intent, moment: Moment) -> OpId:
    header = _header(replica, intent)
    live = live_ops(replica.ops(intent.entity)) if header.op_class == OpClass.EDIT else []
    payload = _payload(live, intent, header, moment)
    lost = {entry.op_id for entry in replica.lost.get(intent.entity, ())}
    header = replace(header, kills=_kills([op for op in live if op.op_id not in lost], header, payload))
    clear = encode_payload(payload)
    _check(replica, header, payload, clear)
    key = replica.keyring.key(header)
    if key is None:
        raise CannotWrite("The key of this entity or epoch is not here yet.")
    hlc = replica.tick(moment.local_ms)
    header = replace(header, hlc_ms=hlc.ms, hlc_ctr=hlc.ctr)
    header_bytes = encode_header(header)
    name = _keep(replica, header, header_bytes, seal_payload(key, moment.random(NONCE_BYTES), clear, header_bytes))
    replica.payloads[name] = payload
    if payload.secret is not None:
        replica.keyring.hold(intent.entity, payload.secret)
    return name


def _header(replica: Replica, intent: Intent) -> Header:
    amended = intent.row if isinstance(intent, Amend) else None
    return Header(
        replica.space,
        replica.identity.device,
        intent.entity,
        _CLASSES[type(intent)],
        intent.kind,
        hlc_ms=0,
        hlc_ctr=0,
        epoch=replica.keyring.newest,
        re=amended,
        facts=tuple(sorted(intent.facts.items())),
    )


def _payload(live: Sequence[FoldOp], intent: Intent, header: Header, moment: Moment) -> Payload:
    """Return the payload; an edit's bases are every live op of this view that sets the name in the same group."""
    fact_bases = tuple(base_of(live, header.re, (FACT, name)) for name, _ in header.facts)
    fields = tuple(
        Field(name, value, base_of(live, header.re, (FIELD, name))) for name, value in sorted(intent.fields.items())
    )
    secret = EntitySecret(moment.random(SECRET_BYTES)) if isinstance(intent, Genesis) else None
    return Payload(secret, moment.at_ms, moment.by, fact_bases, fields)


def _kills(live: Sequence[FoldOp], header: Header, payload: Payload) -> tuple[OpId, ...]:
    """Return what an edit of an entity supersedes, itself included in the view: an amendment kills nothing.

    Nor does what a restored server has lost: if it never came back, what it superseded would be gone with it.
    """
    if header.op_class != OpClass.EDIT or header.re is not None:
        return ()
    return superseded([*live, FoldOp(_UNNAMED, header, None, payload)])


def _check(replica: Replica, header: Header, payload: Payload, clear: PayloadBytes) -> None:
    """Refuse now what the server or a reader would refuse later."""
    mine = [op.header for op in replica.ops(header.entity)]
    if header_fault(header) is not None or not replica.registry.admits(header):
        raise CannotWrite("The op breaks the rules of its class or kind.")
    if replica.registry.fact_fault(header) is not None or not all(map(_is_sound, payload.fields)):
        raise CannotWrite("A fact or a field is not one the kind may carry.")
    if len(clear) > PAYLOAD_BYTES_MAX:
        raise CannotWrite("The op is too long.")
    if replica.is_erased(header.entity):
        raise CannotWrite("The entity is erased.")
    if header.op_class == OpClass.GENESIS and any(other.op_class == OpClass.GENESIS for other in mine):
        raise CannotWrite("The entity exists already.")
    if header.re is not None and not _is_row(replica, header):
        raise CannotWrite("There is no such row to amend.")


def _is_sound(field: Field) -> bool:
    return is_name(field.name) and is_value(field.value, VALUE_DEPTH_MAX)


def _is_row(replica: Replica, header: Header) -> bool:
    return any(
        op.op_id == header.re and op.header.op_class == OpClass.ROW and op.header.kind == header.kind
        for op in replica.ops(header.entity)
    )


def _keep(replica: Replica, header: Header, header_bytes: HeaderBytes, sealed: Sealed) -> OpId:
    name = op_id(header.entity, header_bytes, sealed)
    replica.outbox.add(OutOp(name, header, header_bytes, sealed))
    return name
