"""What the hostile make of honest bytes: pages mended after a change, segments and ops of their own."""

from collections.abc import Sequence
from hashlib import sha256
from typing import Final

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from msgspec.structs import replace

from sync.codec import encode
from sync.control import Body, encode_body, kind_of
from sync.envelope import seal_payload
from sync.ids import NONCE_BYTES, Digest, EntityId, HeaderBytes, OpId, PayloadBytes, Sealed, SpaceId, StreamId
from sync.keyring import Identity
from sync.log import ErasedRow, OpRow, Page, PageSegment, next_log
from sync.op import Header, OpClass, encode_header, entity_of, op_id
from sync.payload import Field, Payload, encode_payload
from sync.segment import Segment, chain, encode_segment, head_0, sign_segment
from tests.engine_kit import SPACE, START_MS, ModelServer
from tests.security.attacks.association import MOMO, SEEN, Tale, base

Pair = tuple[HeaderBytes, Sealed]
_OF_SPACE: Final = EntityId(bytes(SPACE))


def mended(page: Page, after: int = SEEN, log: Digest | None = None) -> Page:
    """Return a page with the end and the log hash that its segments lead to, from a cursor of a log on."""
    log, cursor = log or base().server.ends[after], after
    for paged in page.segments:
        cursor += len(paged.rows)
        log = next_log(log, cursor, paged.server_ms, paged.seg)
    return replace(page, to_cursor=cursor, log=log)


def renumbered(page: Page, after: int = SEEN, log: Digest | None = None) -> Page:
    """Return a page whose segments follow on each other, as if it had been so from the beginning."""
    cursor, segments = after, []
    for paged in page.segments:
        segments.append(replace(paged, first_cursor=cursor + 1))
        cursor += len(paged.rows)
    return mended(replace(page, segments=tuple(segments)), after, log)


def kept(page: Page, *at: int) -> Page:
    """Return a page with only some of its segments, in the order that is told."""
    return replace(page, segments=tuple(page.segments[one] for one in at))


def op_row(page: Page, at: int, index: int) -> OpRow:
    """Return an op of a page, whole."""
    found = page.segments[at].rows[index]
    assert isinstance(found, OpRow)
    return found


def header(who: Identity, **parts: object) -> Header:
    """Return the header of an edit of Momo, some of it changed."""
    values: dict[str, object] = {
        "space": SPACE,
        "device": who.device,
        "entity": MOMO,
        "op_class": OpClass.EDIT,
        "kind": "thing",
        "hlc_ms": START_MS,
        "hlc_ctr": 99,
        "epoch": 1,
    }
    return Header(**(values | parts))  # type: ignore[arg-type]


def sealed(tale: Tale, who: Identity, of: Header, clear: PayloadBytes, version: int = 1) -> Pair:
    """Return an op that says anything at all, sealed with the key that its author has for such a header."""
    written = encode_header(of)
    data = HeaderBytes(written[:1] + bytes([version]) + written[2:])
    key = tale.who(who).keyring.key(of)
    assert key is not None
    return data, seal_payload(key, sha256(data + clear).digest()[:NONCE_BYTES], clear, data)


def padded(tale: Tale, who: Identity, of: Header, clear: PayloadBytes, size: int) -> Pair:
    """Return an op whose payload is padded to a size of its author's own."""
    data = encode_header(of)
    key = tale.who(who).keyring.key(of)
    assert key is not None
    nonce = sha256(data + clear).digest()[:NONCE_BYTES]
    long = (clear + b"\x80").ljust(size, b"\0")
    return data, Sealed(nonce + AESGCM(key.reveal()).encrypt(nonce, long, b"esc1/aad\0" + data))


def op(tale: Tale, who: Identity, of: Header, **fields: object) -> Pair:
    """Return an op with fields that nobody had set before, as far as its author says."""
    return sealed(tale, who, of, says(of, **fields))


def says(of: Header, **fields: object) -> PayloadBytes:
    """Return a payload for a header: its fields, and no base for anything."""
    named = tuple(Field(name, value) for name, value in sorted(fields.items()))  # type: ignore[arg-type]
    return encode_payload(Payload(None, START_MS, None, tuple(() for _ in of.facts), named))


def raw(*members: object) -> PayloadBytes:
    """Return a payload of any members behind its version."""
    return PayloadBytes(encode([1, *members]))


def control(who: Identity, body: Body, epoch: int = 1, **parts: object) -> Pair:
    """Return a control op."""
    known = {"entity": _OF_SPACE, "op_class": OpClass.CONTROL, "kind": kind_of(body), "epoch": epoch}
    of = header(who, **(known | parts))
    return encode_header(of), encode_body(body)


def segment_by(
    who: Identity, pairs: Sequence[Pair], server: ModelServer, *, signer: Identity | None = None, **parts: object
) -> PageSegment:
    """Return a segment in a stream of its own at the end of a log, some of it changed; anybody may have signed it."""
    names = [_name(*pair) for pair in pairs]
    space = SpaceId(parts.get("space", SPACE))  # type: ignore[arg-type]
    stream = StreamId(parts.get("stream", sha256(server.log + b"".join(names)).digest()[:16]))  # type: ignore[arg-type]
    first = head_0(space, stream, who.device)
    values: dict[str, object] = {
        "space": space,
        "stream": stream,
        "device": who.device,
        "from_seq": 1,
        "n": len(pairs),
        "prev_head": first,
        "head": chain(first, names)[-1],
        "seen_cursor": server.cursor,
        "seen_log": server.log,
    }
    seg = encode_segment(Segment(**(values | parts)))  # type: ignore[arg-type]
    rows = tuple(OpRow(*pair) for pair in pairs)
    return PageSegment(
        server.cursor + 1, server.server_ms + 1000, seg, sign_segment((signer or who).signing, seg), rows
    )


def hand(server: ModelServer, paged: PageSegment) -> None:
    """Let a server take a segment into its log without looking at it; of a member it breaks no rule of, it knows."""
    server.cursor += len(paged.rows)
    server.server_ms = paged.server_ms
    server.now_ms = max(server.now_ms, paged.server_ms)
    server.log = server.ends[server.cursor] = next_log(server.log, server.cursor, server.server_ms, paged.seg)
    server.segments.append(paged)


def name_of(pair: Pair) -> OpId:
    """Return an op's name."""
    return _name(*pair)


def _name(data: HeaderBytes, closed: Sealed) -> OpId:
    entity = entity_of(data)
    assert entity is not None
    return op_id(entity, data, closed)


def digest_of(data: bytes) -> Digest:
    """Return a hash as a row holds it."""
    return Digest(sha256(data).digest())


def erased_row(op_of: OpRow) -> ErasedRow:
    """Return what an erasure leaves of an op."""
    entity = entity_of(op_of.header)
    assert entity is not None
    return ErasedRow(entity, digest_of(op_of.header), digest_of(op_of.sealed))
