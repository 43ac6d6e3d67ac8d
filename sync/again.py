"""An op that is written again: sealed under another epoch, or by another device, with the same content.

It keeps its hybrid time and its bases, so that it stands in the same places as before: beside what was written at the
same time, not over what was written since. It has another name, and whatever names it is written with the new one.
Two who write the same op again from the same content write the same bytes: the nonce comes from the content.
"""

from collections.abc import Mapping
from typing import TypeVar

from msgspec.structs import replace

from sync.envelope import nonce_again, seal_payload
from sync.ids import OpId
from sync.limits import PAYLOAD_BYTES_MAX
from sync.op import Header, encode_header, header_fault, op_id, row_name
from sync.outbox import OutOp
from sync.payload import Field, Payload, encode_payload
from sync.replica import Replica

T = TypeVar("T")

Renamed = Mapping[bytes, bytes]
"""New names by old ones: whole op_ids, and the 16 bytes by which facts and fields name a row."""


def write_again(replica: Replica, header: Header, payload: Payload, renamed: Renamed) -> OutOp | None:
    """Return an op of this header and content, with the names that hold now; nothing is kept.

    None while its key is missing, or if it has become more than an op may be.
    """
    header = _renamed_header(header, renamed)
    payload = _renamed_payload(payload, renamed)
    key, clear = replica.keyring.key(header), encode_payload(payload)
    if key is None or header_fault(header) is not None or len(clear) > PAYLOAD_BYTES_MAX:
        return None
    header_bytes = encode_header(header)
    sealed = seal_payload(key, nonce_again(key, clear, header_bytes), clear, header_bytes)
    return OutOp(op_id(header.entity, header_bytes, sealed), header, header_bytes, sealed)


def names_of(old: OpId, new: OpId) -> dict[bytes, bytes]:
    """Return the new names of one op by its old ones."""
    return {old: new, row_name(old): row_name(new)}


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
