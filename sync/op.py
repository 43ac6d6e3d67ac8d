"""The op: a plain header, and the name that binds it and its sealed payload to their entity.

```
header = msgpack [1, space, device, entity, class, kind, hlc_ms, hlc_ctr, epoch, re, kills, facts]
op_id  = H("esc1/op\\0" || entity || H(header) || H(sealed))
```
An op is final the moment it is saved: its bytes never change again.
"""

import re
from collections.abc import Sequence
from enum import IntEnum
from functools import lru_cache
from hashlib import sha256
from itertools import pairwise
from typing import Annotated, Any, AnyStr, Final

from msgspec import Meta, Struct

from sync.codec import Codec, NotCanonical, decode, encode
from sync.ids import (
    ID_BYTES,
    INT_MAX,
    Digest,
    EntityId,
    HeaderBytes,
    OpId,
    Sealed,
    WireDeviceId,
    WireEntityId,
    WireOpId,
    WireSpaceId,
)
from sync.limits import FACTS_MAX, HEADER_BYTES_MAX, KILLS_MAX

CONTROL_KINDS: Final = frozenset({"member", "xkey", "epoch", "erase", "rules"})

_OP: Final = b"esc1/op\0"
_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,31}(/[a-z0-9_]{1,32})?")
_CODE: Final = re.compile(r"[a-z0-9_]{1,32}")


class OpClass(IntEnum):
    """What an op is: the first of an entity, an edit, an append-only row, or a control op of the space."""

    GENESIS = 0
    EDIT = 1
    ROW = 2
    CONTROL = 3


Fact = None | bool | int | str | bytes
"""A plain value: nil, bool, int, code or 16-byte id."""


class Header(Struct, array_like=True, tag=1, frozen=True, forbid_unknown_fields=True, gc=False):
    """The plain header, in wire order behind its version 1. Times are milliseconds."""

    space: WireSpaceId
    device: WireDeviceId
    entity: WireEntityId
    op_class: Annotated[int, Meta(ge=0, le=3)]
    kind: str
    hlc_ms: Annotated[int, Meta(ge=0, lt=2**48)]
    hlc_ctr: Annotated[int, Meta(ge=0, lt=2**16)]
    epoch: Annotated[int, Meta(ge=0, lt=2**32)]
    re: WireOpId | None = None
    kills: Annotated[tuple[WireOpId, ...], Meta(max_length=KILLS_MAX)] = ()
    facts: Annotated[tuple[tuple[str, Any], ...], Meta(max_length=FACTS_MAX)] = ()


class HeaderFault(ValueError):
    """The header breaks the header rules; `name` is the member or the fact at fault."""

    def __init__(self, name: str) -> None:
        super().__init__(f"The header is refused for its {name}.")
        self.name = name


_header_codec: Final = Codec(Header)


@lru_cache(maxsize=4096)
def is_name(text: str) -> bool:
    """Tell whether `text` may name a fact or a field: `name` or `name/element`."""
    return _NAME.fullmatch(text) is not None


@lru_cache(maxsize=4096)
def is_code(text: str) -> bool:
    """Tell whether `text` may be a code: 1 to 32 of a-z, 0-9 and the underscore."""
    return _CODE.fullmatch(text) is not None


def is_ascending(items: Sequence[AnyStr]) -> bool:
    """Tell whether names or byte strings are strictly ascending, and so without duplicates."""
    return len(items) < 2 or all(before < after for before, after in pairwise(items))


def encode_header(header: Header) -> HeaderBytes:
    """Return the header's bytes."""
    return HeaderBytes(encode(header))


def decode_header(data: HeaderBytes) -> Header:
    """Return the header if it keeps every rule that needs no log and no registry. Raises HeaderFault."""
    if len(data) > HEADER_BYTES_MAX:
        raise HeaderFault("size")
    try:
        header = _header_codec.decode(data)
    except NotCanonical as error:
        raise HeaderFault("encoding") from error
    fault = header_fault(header)
    if fault is not None:
        raise HeaderFault(fault)
    return header


def header_fault(header: Header) -> str | None:
    """Return the name of the first member or fact that breaks the rules of the header's class, or None."""
    if "/" in header.kind or not is_name(header.kind):
        return "kind"
    if header.op_class == OpClass.CONTROL:
        return _control_fault(header)
    if bytes(header.entity) == header.space:
        return "entity"
    if header.epoch == 0:
        return "epoch"
    return _links_fault(header) or (_facts_fault(header.facts) if header.facts else None)


def _links_fault(header: Header) -> str | None:
    if header.re is not None and header.op_class != OpClass.EDIT:
        return "re"
    if header.kills and (header.op_class != OpClass.EDIT or header.re is not None or not is_ascending(header.kills)):
        return "kills"
    return None


def _control_fault(header: Header) -> str | None:
    if header.kind not in CONTROL_KINDS:
        return "kind"
    if bytes(header.entity) != header.space:
        return "entity"
    if header.re is not None:
        return "re"
    return "kills" if header.kills else "facts" if header.facts else None


def _facts_fault(facts: Sequence[tuple[str, Any]]) -> str | None:
    before = ""
    for name, value in facts:
        if name <= before or not is_name(name):
            return name if is_name(name) else "facts"
        if not is_fact(value):
            return name
        before = name
    return None


def is_fact(value: object) -> bool:
    """Tell whether a decoded value may stand as a fact."""
    if value is None or type(value) is bool:
        return True
    if type(value) is str:
        return is_code(value)
    if type(value) is int:
        return -INT_MAX <= value <= INT_MAX
    return type(value) is bytes and len(value) == ID_BYTES


def entity_of(data: HeaderBytes) -> EntityId | None:
    """Return the entity that a header names even if it breaks other rules, or None: then the op has no name.

    Readable means: canonical MessagePack, an array of at least four members, the fourth 16 bytes.
    """
    try:
        members = decode(data)
    except NotCanonical:
        return None
    entity = members[3] if isinstance(members, list) and len(members) > 3 else None
    return EntityId(entity) if isinstance(entity, bytes) and len(entity) == ID_BYTES else None


def op_id(entity: EntityId, header: HeaderBytes, sealed: Sealed) -> OpId:
    """Return the op's name: 32 bytes that no other entity, header or sealed payload has."""
    return OpId(sha256(_OP + entity + sha256(header).digest() + sha256(sealed).digest()).digest())


def op_id_of_hashes(entity: EntityId, header_hash: Digest, sealed_hash: Digest) -> OpId:
    """Return the op's name from what an erasure leaves of it."""
    return OpId(sha256(_OP + entity + header_hash + sealed_hash).digest())


def row_name(op: OpId) -> bytes:
    """Return the 16 bytes by which a fact names a row: the first half of its op_id."""
    return op[:ID_BYTES]
