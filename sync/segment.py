"""The segment: a signed run of ops in a device's stream, and the push that carries it.

```
head_0 = H("esc1/stream\\0" || space || stream || device)      head_i = H("esc1/chain\\0" || head_{i-1} || op_id_i)
seg    = msgpack [1, space, stream, device, from_seq, n, prev_head, head, seen_cursor, seen_log]
sig    = Ed25519("esc1/seg\\0" || seg)                          push = msgpack [seg, sig, [[header, sealed]…]]
```
The signature is the authority: anybody may carry a signed segment. Signatures are never compared.
"""

from collections.abc import Iterable, Sequence
from hashlib import sha256
from typing import Annotated, Final

from msgspec import Meta, Struct

from sync.codec import Codec, encode
from sync.ids import (
    INT_MAX,
    DeviceId,
    Digest,
    HeaderBytes,
    OpId,
    Sealed,
    SpaceId,
    StreamId,
    WireCount,
    WireDeviceId,
    WireDigest,
    WireSpaceId,
    WireStreamId,
)
from sync.keys import SigningKey, verifies

_SEG: Final = b"esc1/seg\0"
_CHAIN: Final = b"esc1/chain\0"


class Segment(Struct, array_like=True, tag=1, frozen=True, forbid_unknown_fields=True, gc=False):
    """What a device signs: `n` ops from `from_seq` (which starts at 1), and the last log it has seen."""

    space: WireSpaceId
    stream: WireStreamId
    device: WireDeviceId
    from_seq: Annotated[int, Meta(ge=1, le=INT_MAX)]
    n: WireCount
    prev_head: WireDigest
    head: WireDigest
    seen_cursor: WireCount
    seen_log: WireDigest

    @property
    def next_seq(self) -> int:
        """The sequence number that continues this segment."""
        return self.from_seq + self.n


class Push(Struct, array_like=True, frozen=True, forbid_unknown_fields=True):
    """The three members of a push, as bytes: the segment, its signature, and each op's header and sealed payload."""

    seg: bytes
    sig: bytes
    ops: tuple[tuple[HeaderBytes, Sealed], ...]


_segment_codec: Final = Codec(Segment)
_push_codec: Final = Codec(Push)


def encode_segment(segment: Segment) -> bytes:
    """Return the segment's bytes, which are signed."""
    return encode(segment)


def decode_segment(data: bytes) -> Segment:
    """Return the segment. Raises NotCanonical."""
    return _segment_codec.decode(data)


def encode_push(seg: bytes, sig: bytes, ops: Iterable[tuple[HeaderBytes, Sealed]]) -> bytes:
    """Return the bytes of a push."""
    return encode(Push(seg, sig, tuple(ops)))


def decode_push(data: bytes) -> Push:
    """Return the members of a push, none of them decoded further. Raises NotCanonical."""
    return _push_codec.decode(data)


def head_0(space: SpaceId, stream: StreamId, device: DeviceId) -> Digest:
    """Return the head of a stream that holds no op yet."""
    return Digest(sha256(b"esc1/stream\0" + space + stream + device).digest())


def next_head(head: Digest, op_id: OpId) -> Digest:
    """Return the head after one more op."""
    return Digest(sha256(_CHAIN + head + op_id).digest())


def chain(head: Digest, op_ids: Sequence[OpId]) -> list[Digest]:
    """Return the head after each op in turn."""
    heads = []
    for op_id in op_ids:
        head = next_head(head, op_id)
        heads.append(head)
    return heads


def unseen(segment: Segment, first_cursor: int) -> range:
    """Return the cursors before a segment, which begins at one, that its author had not seen."""
    return range(segment.seen_cursor + 1, first_cursor)


def sign_segment(key: SigningKey, seg: bytes) -> bytes:
    """Return the signature of a segment's bytes."""
    return key.sign(_SEG + seg)


def is_signed(ed_pk: bytes, seg: bytes, sig: bytes) -> bool:
    """Tell whether the device with this public key signed the segment's bytes."""
    return verifies(ed_pk, _SEG + seg, sig)
