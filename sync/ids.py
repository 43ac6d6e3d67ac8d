"""The distinct kinds of byte strings: an id of one kind is never an argument of another."""

from typing import Annotated, NewType

from msgspec import Meta

SpaceId = NewType("SpaceId", bytes)
StreamId = NewType("StreamId", bytes)
EntityId = NewType("EntityId", bytes)
OrgId = NewType("OrgId", bytes)
WorkerId = NewType("WorkerId", bytes)
DeviceId = NewType("DeviceId", bytes)
"""16 bytes each; a device's is derived from its Ed25519 public key, the others are random."""

OpId = NewType("OpId", bytes)
Digest = NewType("Digest", bytes)
"""32 bytes each: SHA-256 outputs (an op's name; a chain head, a log hash, the hash of a header)."""

HeaderBytes = NewType("HeaderBytes", bytes)
Sealed = NewType("Sealed", bytes)
PayloadBytes = NewType("PayloadBytes", bytes)
"""Plain header, sealed payload and clear payload of an op: storing one where another belongs is a type error."""

ID_BYTES = 16
DIGEST_BYTES = 32
NONCE_BYTES = 12
ZERO32 = bytes(DIGEST_BYTES)

INT_MAX = 2**53 - 1
"""The greatest integer that both languages hold exactly."""

_id = Meta(min_length=ID_BYTES, max_length=ID_BYTES)
_digest = Meta(min_length=DIGEST_BYTES, max_length=DIGEST_BYTES)

WireSpaceId = Annotated[SpaceId, _id]
WireStreamId = Annotated[StreamId, _id]
WireEntityId = Annotated[EntityId, _id]
WireOrgId = Annotated[OrgId, _id]
WireWorkerId = Annotated[WorkerId, _id]
WireDeviceId = Annotated[DeviceId, _id]
WireOpId = Annotated[OpId, _digest]
WireDigest = Annotated[Digest, _digest]
WireKey = Annotated[bytes, _digest]
WireCount = Annotated[int, Meta(ge=0, le=INT_MAX)]
"""The same types as fields of a wire array: the decoder refuses another length or range."""
