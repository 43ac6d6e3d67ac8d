"""Makes `mutations.json`: thousands of spoilt bytes, and whether each is still read.

Both languages judge them. Where they disagree, one who sends such bytes makes two replicas differ for ever.

Run `python -m tests.vectors.make_mutations` from the top; `python -m tests.vectors.make_mutations FILE SEED COUNT`
writes as many others of each base elsewhere, for a longer search: `MUTATIONS=FILE npx vitest run test/engine/decoders`.

What is spoilt is a base and a few edits, each `at-length:hex`: so many bytes there are replaced. They are made one
after the other.
"""

import json
import random
import struct
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, NamedTuple

from msgspec.structs import replace

from sync.checkpoint import Checkpoint, StreamAt, encode_checkpoint
from sync.codec import encode
from sync.control import EpochBody, EraseBody, RulesBody, XkeyBody, encode_body
from sync.enrolment import Code1, Code2, Link, Setup, Welcome
from sync.ids import Digest, HeaderBytes, OpId, StreamId, WorkerId
from sync.keys import WRAP_BYTES
from sync.log import DeadRow, ErasedRow, IdRow, Page, Receipt, decode_page, encode_page, encode_receipt
from sync.payload import Field, Payload, encode_payload
from sync.secret import EntitySecret
from sync.segment import decode_push
from tests.decoders import NONCE, PYTHON, judge_of
from tests.engine_kit import AWA, RECOVERY, SPACE, entity, member
from tests.header_cases import CLASS, FACTS, HASH_A, HASH_B, ID, KILLS, KIND, RE, control, header

FILE: Final = Path(__file__).with_name("mutations.json")
COUNT: Final = 70
ORIGIN: Final = "https://escale.example"

Json = dict[str, Any]
Edit = tuple[int, int, bytes]


class Base(NamedTuple):
    """Sound bytes of a decoder; a payload's are those of an op with a header."""

    decoder: str
    data: bytes
    header: bytes | None = None


FACTUAL: Final = [["about", ID], ["count", -5], ["done", True], ["size", "large"], ["tags/red", None]]


def bases() -> list[Base]:
    """Return what is spoilt."""
    vectors = json.loads(PYTHON.read_text())
    push = bytes.fromhex(vectors["pushes"][0]["push"])
    found = decode_page(bytes.fromhex(vectors["pages"][0]["page"])).segments[0]
    return [
        Base("value", encode([None, True, 0, -1, 200, -200, 2**40, -(2**40), "Inès", bytes(5), [["a", [[]]], 7]])),
        Base("value", encode([[[[[[["deep"]]]]]], "x" * 40, b"y" * 40, list(range(20))])),
        *(Base(decoder, encode(one)) for decoder in ("header", "op in a log") for one in HEADERS),
        Base("segment", decode_push(push).seg),
        Base("members of a push", push),
        Base("push", push),
        Base("receipt", bytes.fromhex(vectors["space"]["receipts"][0])),
        Base("receipt", encode_receipt(Receipt(1, 2, 300, Digest(HASH_A), (OpId(HASH_A), OpId(HASH_B))))),
        Base("page", encode_page(Page(3, Digest(HASH_A), True, (found, replace(found, rows=ROWS))))),
        Base("checkpoint", encode_checkpoint(Checkpoint(9, Digest(HASH_A), STREAMS))),
        Base("copy", bytes.fromhex(vectors["salvage"]["copy"])),
        *(Base("payload", encode_payload(payload), encode(above)) for above, payload in PAYLOADS),
        *(Base(f"{kind} {where}", data) for where in ("body", "in a log") for kind, data in BODIES),
        *(Base(kind, encode(code)) for kind, code in CODES),
    ]


HEADERS: Final = [
    header({CLASS: 0, FACTS: FACTUAL}),
    header({RE: HASH_A, KIND: "mark"}),
    header({KILLS: [HASH_A, HASH_B], FACTS: FACTUAL[:1]}),
    control(),
]

ROWS: Final = (
    IdRow(OpId(HASH_A)),
    DeadRow(HeaderBytes(b"header"), Digest(HASH_A)),
    ErasedRow(entity(1), Digest(HASH_A), Digest(HASH_B)),
)

STREAMS: Final = tuple(StreamAt(StreamId(bytes([n]) * 16), AWA.device, n, Digest(HASH_A)) for n in (1, 2, 200))

PAYLOADS: Final = [
    (
        HEADERS[0],
        Payload(EntitySecret(HASH_B), -5, None, ((),) * 5, (Field("alias/9f2c", "Momo"), Field("note", None))),
    ),
    (
        HEADERS[2],
        Payload(
            None,
            2**41,
            WorkerId(ID),
            ((OpId(HASH_A), OpId(HASH_B)),),
            (Field("n", [1, [b"x", [True]]], (OpId(HASH_A),)), Field("o", "é")),
        ),
    ),
]

WRAP: Final = bytes(WRAP_BYTES)
MEMBERS: Final = sorted([AWA, RECOVERY], key=lambda who: who.device)

BODIES: Final[list[tuple[str, bytes]]] = [
    ("member", encode_body(member(AWA, 7, WRAP))),
    ("member", encode_body(member(RECOVERY, 0, keyed=False))),
    ("xkey", encode_body(XkeyBody(AWA.box.public if AWA.box else b""))),
    ("epoch", encode_body(EpochBody(2, Digest(HASH_A), bytes(60), tuple((who.device, WRAP) for who in MEMBERS)))),
    ("erase", encode_body(EraseBody((entity(1), entity(2), entity(3))))),
    ("rules", encode_body(RulesBody(2))),
]

CODES: Final = [
    ("code 1", Code1(AWA.signing.public, AWA.box.public if AWA.box else b"", NONCE)),
    ("code 2", Code2(ORIGIN, NONCE, (Welcome(SPACE, OpId(HASH_A), 9, Digest(HASH_B), 1, Digest(HASH_A), WRAP),))),
    ("link", Link(ORIGIN, NONCE)),
    ("setup", Setup(ORIGIN, "c2V0LXVw")),
]


# ── What is done to them ──

ODD: Final[list[object]] = [
    *(None, True, False, 0.0, -0.0, 1.0, float("nan"), {}, {1: 2}, {"a": []}, [], [[]], [None, 1]),
]

TOKENS: Final = [
    *(encode(n) for n in (0, 1, 127, 128, 255, 256, 2**16, 2**31, 2**32 - 1, 2**32, 2**47, 2**48 - 1, 2**48)),
    *(encode(n) for n in (2**53 - 1, 2**53, 2**63, 2**64 - 1, -1, -32, -33, -(2**53) + 1, -(2**53), -(2**63))),
    *(encode(value) for value in ODD),
    b"\x81\x80\xc0",  # a map in the place of a map's key
    b"\xca\x80\x00\x00\x00",
    b"\xd4\x05\x00",
    b"\xc7\x00\x05",
    b"\xd6\xff\x00\x00\x00\x00",
    b"\xd7\xff" + b"\xff" * 8,
    b"\xc1",
    *(
        encode(text)
        for text in ("", "a", "A", "a" * 32, "a" * 33, "a/b", "a/" + "b" * 33, "é", "\ufeff", "\U0001f600", "a\n")
    ),
    b"\xa1\x80",
    b"\xa2\xc0\x80",
    b"\xa3\xed\xa0\x80",
    b"\xa4\xf5\x80\x80\x80",
    *(encode(bytes([7]) * size) for size in (0, 15, 16, 17, 31, 32, 33, 64)),
    b"\x91" * 7 + b"\x90",
    b"\x91" * 8 + b"\x90",
    b"\x91" * 300,
    b"\xdd\xff\xff\xff\xff",
    b"\xdf\xff\xff\xff\xff",
    b"\xc6\xff\xff\xff\xff",
    b"\xdb\xff\xff\xff\xff",
]


class Span(NamedTuple):
    """Where a value stands: its head, what follows it, and the spans of its items if it is an array."""

    at: int
    body: int
    end: int
    items: tuple["Span", ...] = ()


def span_at(data: bytes, at: int) -> Span:
    """Return where a value of sound bytes stands."""
    head = data[at]
    if 0x90 <= head < 0xA0 or head in {0xDC, 0xDD}:
        body = at + {0xDC: 3, 0xDD: 5}.get(head, 1)
        size = head & 0x0F if head < 0xA0 else int.from_bytes(data[at + 1 : body])
        items, end = [], body
        for _ in range(size):
            items.append(span_at(data, end))
            end = items[-1].end
        return Span(at, body, end, tuple(items))
    if head in HEAD_BYTES:
        return Span(at, at + HEAD_BYTES[head], at + HEAD_BYTES[head])
    if head in LENGTH_BYTES:
        body = at + 1 + LENGTH_BYTES[head]
        return Span(at, body, body + int.from_bytes(data[at + 1 : body]))
    return Span(at, at + 1, at + 1 + (head & 0x1F if 0xA0 <= head < 0xC0 else 0))


HEAD_BYTES: Final = {0xCC: 2, 0xCD: 3, 0xCE: 5, 0xCF: 9, 0xD0: 2, 0xD1: 3, 0xD2: 5, 0xD3: 9}
LENGTH_BYTES: Final = {0xC4: 1, 0xC5: 2, 0xC6: 4, 0xD9: 1, 0xDA: 2, 0xDB: 4}


def spans_in(data: bytes, at: int = 0) -> Iterator[Span]:
    """Yield every value of sound bytes, arrays before their items, and what byte strings hold that are arrays too."""
    waiting = [span_at(data, at)]
    while waiting:
        span = waiting.pop()
        yield span
        waiting += span.items
        if data[span.at] in {0xC4, 0xC5} and span.end - span.body > 8 and 0x90 <= data[span.body] < 0xA0:
            with suppress(IndexError):
                inner = span_at(data, span.body)
                waiting += [inner] if inner.end == span.end else []


def bit(data: bytes, source: random.Random) -> list[Edit]:
    at = source.randrange(len(data))
    return [(at, 1, bytes([data[at] ^ 1 << source.randrange(8)]))]


def splice(data: bytes, source: random.Random) -> list[Edit]:
    at = source.randrange(len(data) + 1)
    cut = min(source.choice([0, 0, 1, 2, 17]), len(data) - at)
    return [(at, cut, source.randbytes(source.choice([0, 1, 1, 2, 16])))]


def end(data: bytes, source: random.Random) -> list[Edit]:
    at = source.randrange(len(data))
    return [source.choice([(at, len(data) - at, b""), (len(data), 0, b"\xc0")])]


def token(data: bytes, source: random.Random) -> list[Edit]:
    """Put another value in the place of one."""
    span = source.choice(list(spans_in(data)))
    return [(span.at, span.end - span.at, source.choice(TOKENS))]


def nudge(data: bytes, source: random.Random) -> list[Edit]:
    """Change what is inside a number, a text or a byte string, and not its length."""
    leaves = [span for span in spans_in(data) if not span.items and span.end > span.at]
    span = source.choice(leaves)
    at = source.randrange(min(span.body, span.end - 1), span.end)
    return [(at, 1, bytes([source.choice([0, 1, 0x2F, 0x5F, 0x61, 0x7F, 0x80, 0xFF, data[at] ^ 1])]))]


def wider(data: bytes, source: random.Random) -> list[Edit]:
    """Write a head in a longer form."""
    span = source.choice(list(spans_in(data)))
    head, size = data[span.at], span.end - span.body
    if head < 0x80 or head >= 0xE0:
        number = head if head < 0x80 else head - 0x100
        forms = [struct.pack(">Bb", 0xD0, number), struct.pack(">Bq", 0xD3, number)]
        return [(span.at, 1, source.choice([*forms, struct.pack(">BB", 0xCC, number & 0xFF)]))]
    if 0x90 <= head < 0xA0:
        return [(span.at, 1, source.choice([b"\xdc" + (head & 15).to_bytes(2), b"\xdd" + (head & 15).to_bytes(4)]))]
    if 0xA0 <= head < 0xC0:
        return [(span.at, 1, source.choice([b"\xd9" + size.to_bytes(), b"\xda" + size.to_bytes(2)]))]
    if head == 0xC4:
        return [(span.at, 2, source.choice([b"\xc5" + size.to_bytes(2), b"\xc6" + size.to_bytes(4)]))]
    return [(span.at, 1, bytes([head ^ 1]))]


def retyped(data: bytes, source: random.Random) -> list[Edit]:
    """Make a text of a byte string, or a byte string of a text."""
    span = source.choice(list(spans_in(data)))
    other = {0xC4: 0xD9, 0xC5: 0xDA, 0xD9: 0xC4, 0xDA: 0xC5}.get(data[span.at])
    if other is not None:
        return [(span.at, 1, bytes([other]))]
    if 0xA0 <= data[span.at] < 0xC0:
        return [(span.at, 1, bytes([0xC4, data[span.at] & 0x1F]))]
    return token(data, source)


def items(data: bytes, source: random.Random) -> list[Edit]:
    """Repeat, drop, add or swap items of a list."""
    lists = [span for span in spans_in(data) if span.items and 0x90 < data[span.at] < 0x9F]
    span = source.choice(lists) if lists else span_at(data, 0)
    if not span.items:
        return token(data, source)
    at = source.randrange(len(span.items))
    item, head = span.items[at], data[span.at]
    whole = data[item.at : item.end]
    match source.choice(["repeat", "drop", "add", "swap"]):
        case "repeat":
            return [(item.end, 0, whole), (span.at, 1, bytes([head + 1]))]
        case "drop":
            return [(item.at, len(whole), b""), (span.at, 1, bytes([head - 1]))]
        case "add":
            return [(span.end, 0, source.choice(TOKENS)), (span.at, 1, bytes([head + 1]))]
        case _:
            other = span.items[at - 1]
            first, last = sorted([item, other])
            between = data[first.end : last.at]
            swapped = data[last.at : last.end] + between + data[first.at : first.end]
            return [(first.at, last.end - first.at, swapped)]


WAYS: Final[list[Callable[[bytes, random.Random], list[Edit]]]] = [
    bit, splice, end, token, token, nudge, nudge, wider, retyped, items, items,
]  # fmt: skip


def spoilt(data: bytes, edits: list[Edit]) -> bytes:
    """Return the bytes after the edits, one after the other."""
    for at, cut, put in edits:
        data = data[:at] + put + data[at + cut :]
    return data


def edits_of(data: bytes, source: random.Random) -> list[Edit]:
    """Return what is done to sound bytes: mostly one thing, sometimes a second that needs no sense of them."""
    edits = source.choice(WAYS)(data, source)
    after = spoilt(data, edits)
    return [*edits, *source.choice([bit, splice])(after, source)] if after and source.random() < 0.1 else edits


def make(seed: int = 1, count: int = COUNT) -> list[Json]:
    """Return each base with what is done to it and what this engine says of the outcome."""
    source = random.Random(seed)
    made = []
    for decoder, data, above in bases():
        judge = judge_of(decoder, above)
        every = [[], *(edits_of(data, source) for _ in range(count))]
        made.append(
            {
                "decoder": decoder,
                "header": None if above is None else above.hex(),
                "base": data.hex(),
                "edits": [" ".join(f"{at}-{cut}:{put.hex()}" for at, cut, put in edits) for edits in every],
                "verdicts": "".join(judge(spoilt(data, edits)) for edits in every),
            }
        )
    return made


def main(file: str = str(FILE), seed: str = "1", count: str = str(COUNT)) -> None:
    """Write the file."""
    Path(file).write_text(json.dumps(make(int(seed), int(count)), indent=0) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
