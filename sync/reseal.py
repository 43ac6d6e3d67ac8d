"""Sealing again what was sealed under a lost epoch that will not come back: nobody else could open it.

A restored server had lost a rotation, this device went on writing under it, and the log then got another epoch of the
same number. What was written waits in the outbox and was never in this log. It is sealed again under the epoch in
force, with the same content and time; its name is another one, so whatever waits and names it is sealed again too.
The nonce comes from the content: two stores with the same outbox, one cloned from the other, write the same op.
"""

from collections.abc import Mapping
from typing import TypeVar

from msgspec.structs import replace

from sync.envelope import nonce_again, seal_payload
from sync.ids import OpId
from sync.op import Header, OpClass, encode_header, op_id, row_name
from sync.outbox import OutOp, OutState
from sync.payload import Field, Payload, encode_payload
from sync.replica import Replica

T = TypeVar("T")

Renamed = Mapping[bytes, bytes]
"""New names by old ones: whole op_ids, and the 16 bytes by which facts and fields name a row."""


def reseal(replica: Replica) -> Renamed:
    """Seal again in the outbox what only a lost epoch opens; call it after a pull. Return the new names by the old."""
    renamed: dict[bytes, bytes] = {}
    flight = replica.outbox.flight
    in_flight = () if flight is None else flight.op_ids
    for op in replica.outbox.in_state(OutState.QUEUED):
        payload = replica.payloads.get(op.op_id)
        if op.header.op_class == OpClass.CONTROL or payload is None or op.op_id in in_flight:
            continue
        if replica.is_stale(op) or _names(op.header, payload) & renamed.keys():
            new = _resealed(replica, op, payload, renamed)
            if new is not None:
                renamed |= {op.op_id: new.op_id, row_name(op.op_id): row_name(new.op_id)}
                replica.outbox.put_in_place(op.op_id, new)
    return renamed


def _resealed(replica: Replica, op: OutOp, payload: Payload, renamed: Renamed) -> OutOp | None:
    """Return the op under the epoch in force, or None while its key is missing."""
    header = _renamed_header(replace(op.header, epoch=replica.keyring.newest), renamed)
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


def _names(header: Header, payload: Payload) -> set[bytes]:
    """Return every value of an op that may name another."""
    values = [header.re, *(value for _, value in header.facts), *(field.value for field in payload.fields)]
    bases = [*payload.fact_bases, *(field.base for field in payload.fields)]
    return {value for value in values if isinstance(value, bytes)}.union(header.kills, *bases)


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
