"""Sealing again what was sealed under a lost epoch that will not come back: nobody else could open it.

A restored server had lost a rotation, this device went on writing under it, and the log then got another epoch of the
same number. What was written waits in the outbox and was never in this log. It is sealed again under the epoch in
force, with the same content and time; its name is another one, so whatever waits and names it is sealed again too.
The nonce comes from the content: two stores with the same outbox, one cloned from the other, write the same op.
"""

from collections.abc import Collection, Mapping
from typing import TypeVar

from msgspec.structs import replace

from sync.envelope import nonce_again, seal_payload
from sync.ids import EntityId, OpId
from sync.op import Header, OpClass, encode_header, op_id, row_name
from sync.outbox import OutOp, OutState
from sync.payload import Field, Payload, encode_payload, names_in
from sync.replica import Replica

T = TypeVar("T")

Renamed = Mapping[bytes, bytes]
"""New names by old ones: whole op_ids, and the 16 bytes by which facts and fields name a row."""


def reseal(replica: Replica) -> Renamed:
    """Seal again in the outbox what only a lost epoch opens; call it after a pull. Return the new names by the old.

    Others do the same: what of theirs is in the log again under a new name is let go of, and what names it is sealed
    again too. So is what another store of this device has sent.
    """
    replica.bar()
    flight = replica.outbox.flight
    in_flight = () if flight is None else flight.op_ids
    renamed = _returned(replica, in_flight)
    for op in replica.outbox.in_state(OutState.QUEUED):
        payload = replica.payloads.get(op.op_id)
        if op.header.op_class == OpClass.CONTROL or payload is None or op.op_id in in_flight:
            continue
        if replica.is_stale(op) or names_in(op.header, payload) & renamed.keys():
            new = _resealed(replica, op, payload, renamed)
            if new is not None:
                renamed |= _both(op.op_id, new.op_id)
                replica.outbox.put_in_place(op.op_id, new)
    return renamed


def _returned(replica: Replica, in_flight: Collection[OpId]) -> dict[bytes, bytes]:
    """Let go of what is in the log under another name, and return that one by the one that was lost."""
    renamed: dict[bytes, bytes] = {}
    if replica.keyring.lost.stand:
        return renamed
    for entity, entries in list(replica.lost.items()):
        logged = _by_gesture(replica, entity)
        found = {one.op_id: logged.get(_gesture(one.header)) for one in entries if one.header is not None}
        for old, new in found.items():
            renamed |= {} if new is None else _both(old, new)
        replica.lost[entity] = [one for one in entries if one.op_id not in renamed]
    replica.lost = {entity: entries for entity, entries in replica.lost.items() if entries}
    for op in [one for one in replica.outbox.in_state(OutState.QUEUED) if replica.is_stale(one)]:
        new = _by_gesture(replica, op.header.entity).get(_gesture(op.header))
        if new is not None and op.op_id not in in_flight:
            del replica.outbox.ops[op.op_id]
            renamed |= _both(op.op_id, new)
    return renamed


def _by_gesture(replica: Replica, entity: EntityId) -> dict[tuple[object, ...], OpId]:
    entries = replica.entries.get(entity, ())
    return {_gesture(entry.header): entry.op_id for entry in entries if entry.header is not None}


def _gesture(header: Header) -> tuple[object, ...]:
    """Return what stays of a header when its op is sealed again: no device writes two ops of one hybrid time."""
    return header.device, header.op_class, header.kind, header.hlc_ms, header.hlc_ctr


def _both(old: OpId, new: OpId) -> dict[bytes, bytes]:
    return {old: new, row_name(old): row_name(new)}


def _resealed(replica: Replica, op: OutOp, payload: Payload, renamed: Renamed) -> OutOp | None:
    """Return the op under the first epoch from its own on that may be used.

    Two stores of one device seal it alike by that. An epoch so high may never come, once all have come back. While
    there is none, an op that names another by its old name is sealed with the lost key again; any other is left: None.
    """
    epoch = replica.keyring.safe_epoch(op.header.epoch)
    if epoch is None and replica.restored_ms is None:
        epoch = replica.keyring.safe_epoch(replica.reader.view.members.epoch)
    if epoch is None and not names_in(op.header, payload) & renamed.keys():
        return None
    header = _renamed_header(replace(op.header, epoch=epoch or op.header.epoch), renamed)
    key = replica.keyring.key(header)
    if key is None:
        return None
    again = _renamed_payload(payload, renamed)
    header_bytes = encode_header(header)
    clear = encode_payload(again)
    sealed = seal_payload(key, nonce_again(key, clear, header_bytes), clear, header_bytes)
    name = op_id(header.entity, header_bytes, sealed)
    replica.payloads[name] = again
    del replica.payloads[op.op_id]
    return OutOp(name, header, header_bytes, sealed)


def _renamed_header(header: Header, renamed: Renamed) -> Header:
    facts = tuple((name, _renamed(value, renamed)) for name, value in header.facts)
    kills = _renamed_all(header.kills, renamed)
    return replace(header, re=_renamed(header.re, renamed), kills=kills, facts=facts)


def _renamed_payload(payload: Payload, renamed: Renamed) -> Payload:
    bases = tuple(_renamed_all(base, renamed) for base in payload.fact_bases)
    fields = tuple(
        Field(field.name, _renamed(field.value, renamed), _renamed_all(field.base, renamed)) for field in payload.fields
    )
    return Payload(payload.secret, payload.at_ms, payload.by, bases, fields)


def _renamed_all(names: tuple[OpId, ...], renamed: Renamed) -> tuple[OpId, ...]:
    return tuple(sorted(OpId(renamed.get(name, name)) for name in names))


def _renamed(value: T, renamed: Renamed) -> T:
    return renamed.get(value, value) if isinstance(value, bytes) else value  # type: ignore[return-value]
