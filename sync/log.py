"""The log of a space: one hash after each segment, the server's time, receipts and pages.

```
log_0   = H("esc1/log0\\0" || space)
log'    = H("esc1/log\\0" || log || u64(last_cursor) || u64(server_ms) || H(seg))
receipt = msgpack [first_cursor, last_cursor, server_ms, log, [op_id stored as erased…]]
page    = msgpack [to_cursor, log, more, [[first_cursor, server_ms, seg, sig, rows]…]]
row     = [0, op_id] | [1, header, sealed] | [2, header, H(sealed)] | [3, entity, H(header), H(sealed)]
```
"""

from hashlib import sha256
from typing import Annotated, Final

from msgspec import Meta, Struct

from sync.codec import Codec, encode
from sync.ids import INT_MAX, Digest, HeaderBytes, Sealed, SpaceId, WireCount, WireDigest, WireEntityId, WireOpId

WirePosition = Annotated[int, Meta(ge=1, le=INT_MAX)]


def log_0(space: SpaceId) -> Digest:
    """Return the log hash of a space that holds nothing yet."""
    return Digest(sha256(b"esc1/log0\0" + space).digest())


def next_log(log: Digest, last_cursor: int, server_ms: int, seg: bytes) -> Digest:
    """Return the log hash after a segment whose last op has `last_cursor`."""
    entry = log + last_cursor.to_bytes(8) + server_ms.to_bytes(8) + sha256(seg).digest()
    return Digest(sha256(b"esc1/log\0" + entry).digest())


def next_server_ms(clock_ms: int, previous_ms: int) -> int:
    """Return the time of the next segment: the server's clock, but always later than the one before."""
    return max(clock_ms, previous_ms + 1)


class Receipt(Struct, array_like=True, frozen=True, forbid_unknown_fields=True):
    """The answer to a push, the same on every retry; an empty segment's is [cursor + 1, cursor, …, []]."""

    first_cursor: WirePosition
    last_cursor: WireCount
    server_ms: WireCount
    log: WireDigest
    erased: tuple[WireOpId, ...] = ()


class IdRow(Struct, array_like=True, tag=0, frozen=True, forbid_unknown_fields=True, gc=False):
    """Form 0: an op of which the reader needs the name only."""

    op_id: WireOpId


class OpRow(Struct, array_like=True, tag=1, frozen=True, forbid_unknown_fields=True, gc=False):
    """Form 1: the whole op, as received."""

    header: HeaderBytes
    sealed: Sealed


class DeadRow(Struct, array_like=True, tag=2, frozen=True, forbid_unknown_fields=True, gc=False):
    """Form 2: an op that a later one killed, without its payload."""

    header: HeaderBytes
    sealed_hash: WireDigest


class ErasedRow(Struct, array_like=True, tag=3, frozen=True, forbid_unknown_fields=True, gc=False):
    """Form 3: what an erasure leaves of an op."""

    entity: WireEntityId
    header_hash: WireDigest
    sealed_hash: WireDigest


Row = IdRow | OpRow | DeadRow | ErasedRow


class PageSegment(Struct, array_like=True, frozen=True, forbid_unknown_fields=True):
    """One whole segment of a page, with one row per op."""

    first_cursor: WirePosition
    server_ms: WireCount
    seg: bytes
    sig: bytes
    rows: tuple[Row, ...]


class Page(Struct, array_like=True, frozen=True, forbid_unknown_fields=True):
    """Whole segments in cursor order; `to_cursor` and `log` are those of the last (log is nil in a bootstrap)."""

    to_cursor: WireCount
    log: WireDigest | None
    more: bool
    segments: tuple[PageSegment, ...]


_receipt_codec: Final = Codec(Receipt)
_page_codec: Final = Codec(Page)


def encode_receipt(receipt: Receipt) -> bytes:
    """Return the receipt's bytes, to be stored and answered verbatim."""
    return encode(receipt)


def decode_receipt(data: bytes) -> Receipt:
    """Return the receipt. Raises NotCanonical."""
    return _receipt_codec.decode(data)


def encode_page(page: Page) -> bytes:
    """Return the page's bytes."""
    return encode(page)


def decode_page(data: bytes) -> Page:
    """Return the page; headers and segments in it are still bytes. Raises NotCanonical."""
    return _page_codec.decode(data)
