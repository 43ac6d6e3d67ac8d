"""The payload: what an op says, sealed.

```
payload = msgpack [1, secret, at_ms, by, fact_bases, fields]
```
A base lists every live op that set the name in the author's view: from these the fold tells what was known from what
was written side by side.
"""

from dataclasses import dataclass
from typing import Annotated, Any, Final

from msgspec import Meta, Struct

from sync.codec import Codec, NotCanonical, Value, encode, is_value
from sync.envelope import DoesNotOpen
from sync.ids import INT_MAX, OpId, PayloadBytes, WireKey, WireOpId, WireWorkerId, WorkerId
from sync.limits import FACTS_MAX, PAYLOAD_BYTES_MAX
from sync.op import Header, OpClass, is_ascending, is_name
from sync.secret import EntitySecret

VALUE_DEPTH_MAX: Final = 4


class _WireField(Struct, array_like=True, frozen=True, forbid_unknown_fields=True):
    name: str
    value: Any
    base: tuple[WireOpId, ...]


class _WirePayload(Struct, array_like=True, tag=1, frozen=True, forbid_unknown_fields=True):
    secret: WireKey | None
    at_ms: Annotated[int, Meta(ge=-INT_MAX, le=INT_MAX)]
    by: WireWorkerId | None
    fact_bases: Annotated[tuple[tuple[WireOpId, ...], ...], Meta(max_length=FACTS_MAX)]
    fields: tuple[_WireField, ...]


_payload_codec: Final = Codec(_WirePayload)


@dataclass(frozen=True, slots=True, repr=False)
class Field:
    """One sealed name and value, with every live op that set it in the author's view. Prints nothing."""

    name: str
    value: Value
    base: tuple[OpId, ...] = ()


@dataclass(frozen=True, slots=True, repr=False)
class Payload:
    """The clear payload: what happened, when (milliseconds), and on what view it rests. Prints nothing."""

    secret: EntitySecret | None
    at_ms: int
    by: WorkerId | None = None
    fact_bases: tuple[tuple[OpId, ...], ...] = ()
    fields: tuple[Field, ...] = ()


def encode_payload(payload: Payload) -> PayloadBytes:
    """Return the payload's bytes, to be padded and sealed."""
    secret = None if payload.secret is None else payload.secret.reveal()
    fields = tuple(_WireField(field.name, field.value, field.base) for field in payload.fields)
    return PayloadBytes(encode(_WirePayload(secret, payload.at_ms, payload.by, payload.fact_bases, fields)))


def decode_payload(data: PayloadBytes, header: Header) -> Payload:
    """Return the payload of an op with this header. Raises DoesNotOpen if it breaks a rule."""
    if len(data) > PAYLOAD_BYTES_MAX:
        raise DoesNotOpen("The payload is over its limit.")
    try:
        wire = _payload_codec.decode(data)
    except NotCanonical as error:
        raise DoesNotOpen("The payload is not in the one allowed form.") from error
    if not _is_payload_of(wire, header):
        raise DoesNotOpen("The payload breaks the rules of its class.")
    secret = None if wire.secret is None else EntitySecret(wire.secret)
    fields = tuple(Field(field.name, field.value, field.base) for field in wire.fields)
    return Payload(secret, wire.at_ms, wire.by, wire.fact_bases, fields)


def _is_payload_of(wire: _WirePayload, header: Header) -> bool:
    bases = [*wire.fact_bases, *(field.base for field in wire.fields)]
    names = [field.name for field in wire.fields]
    return (
        (wire.secret is not None) == (header.op_class == OpClass.GENESIS)
        and len(wire.fact_bases) == len(header.facts)
        and all(map(is_name, names))
        and is_ascending(names)
        and all(is_value(field.value, VALUE_DEPTH_MAX) for field in wire.fields)
        and (not any(bases) if header.op_class != OpClass.EDIT else all(map(is_ascending, bases)))
    )


def names_in(header: Header, payload: Payload) -> set[bytes]:
    """Return every value of an op that may name another: what it amends and kills, its bases, ids among its values."""
    values = [header.re, *(value for _, value in header.facts), *(field.value for field in payload.fields)]
    bases = [*payload.fact_bases, *(field.base for field in payload.fields)]
    return {value for value in values if isinstance(value, bytes)}.union(header.kills, *bases)
