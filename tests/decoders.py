"""Every decoder that reads bytes of others, as one question: is this what it reads, and is it written so in return?

A verdict is a letter: `a` for accepted, `r` for refused by the decoder's own error; a header that is refused and still
names its entity is `n`, and a copy that is not taken has a letter of its fault. Any other exception goes
through, and bytes that are accepted and would be written otherwise are an AssertionError.
"""

import json
from base64 import urlsafe_b64encode
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path
from typing import Any, Final

from sync.checkpoint import decode_checkpoint, encode_checkpoint
from sync.codec import NotCanonical, decode, encode
from sync.control import ControlFault, decode_body, encode_body
from sync.enrolment import BadCode, decode_code1, decode_code2, decode_link, decode_setup
from sync.envelope import DoesNotOpen
from sync.errors import IntegrityFailure, Refusal
from sync.ids import HeaderBytes, OpId, PayloadBytes, Sealed
from sync.log import (
    OpRow,
    Page,
    PageSegment,
    decode_page,
    decode_receipt,
    encode_page,
    encode_receipt,
    log_0,
    next_log,
)
from sync.logview import Void
from sync.op import CONTROL_KINDS, HeaderFault, decode_header, encode_header, entity_of, op_id
from sync.payload import decode_payload, encode_payload
from sync.push import read, verify
from sync.reader import Reader
from sync.replica import Replica
from sync.salvage import BadCopy, open_copy
from sync.segment import decode_push, decode_segment, encode_push, encode_segment
from tests.engine_kit import AWA, REGISTRY, SPACE, START_MS, push_of, replica
from tests.header_cases import EPOCH, KIND, control

PYTHON: Final = Path(__file__).with_name("vectors") / "python.json"
ACCEPTED, REFUSED, NAMED = "a", "r", "n"
NONCE: Final = b"\x0c" * 16

VOIDS: Final = {
    Void.HEADER: "h",
    Void.SEGMENT: "s",
    Void.LOGGED: "l",
    Void.REVOKED: "k",
    Void.ROLE: "o",
    Void.EPOCH: "e",
    Void.CONTROL: "c",
    Void.GENESIS: "g",
    Void.AMENDS: "m",
    Void.ERASED: "x",
}

Judge = Callable[[bytes], str]


def by(read_as: Callable[[bytes], Any], write: Callable[[Any], bytes], error: type[Exception]) -> Judge:
    """Return the judge of a decoder: its encoder writes what it has read, and `error` is its own."""

    def judge(data: bytes) -> str:
        try:
            item = read_as(data)
        except error:
            return REFUSED
        assert write(item) == data, "accepted, and would be written otherwise"
        return ACCEPTED

    return judge


def _header(data: bytes) -> str:
    verdict = by(lambda one: decode_header(HeaderBytes(one)), encode_header, HeaderFault)(data)
    entity = entity_of(HeaderBytes(data))
    assert verdict == REFUSED or entity is not None
    return NAMED if verdict == REFUSED and entity is not None else verdict


def _push(data: bytes) -> str:
    """Judge a push as a server does before it looks at anything that it has stored."""
    try:
        verify(read(data, SPACE), AWA.signing.public, REGISTRY)
    except Refusal:
        return REFUSED
    return ACCEPTED


def _copy(data: bytes) -> str:
    try:
        open_copy(administrator(), data)
    except BadCopy as refused:
        return refused.fault[2]  # the first two letters do not tell them apart
    return ACCEPTED


def logged(*, kind: str | None = None) -> Judge:
    """Return the judge of what a member signs and a server stores unseen: a header, or a control body of a kind.

    `a`: it counts; `i`: no honest log has it; else why it is void, in a letter.
    """

    def judge(data: bytes) -> str:
        awa = founded()
        above = HeaderBytes(encode(control({KIND: kind, EPOCH: 1})) if kind else data)
        sealed = Sealed(data if kind else bytes(300))
        named = entity_of(above)
        name = OpId(bytes(32)) if named is None else op_id(named, above, sealed)
        push = decode_push(push_of(AWA, [(above, sealed)], [name]))
        first, server_ms = awa.view.cursor + 1, awa.view.server_ms + 1
        log = next_log(awa.view.log, first, server_ms, push.seg)
        page = Page(first, log, False, (PageSegment(first, server_ms, push.seg, push.sig, (OpRow(above, sealed),)),))
        try:
            awa.commit(awa.read(encode_page(page), START_MS))
        except IntegrityFailure:
            return "i"
        void = awa.view.first_entries[name].void
        return ACCEPTED if void is None else VOIDS[void]

    return judge


@cache
def _first_page() -> tuple[OpId, bytes]:
    """Return a space that was founded, as its root and the page of its founding."""
    vectors = json.loads(PYTHON.read_text())
    whole = decode_page(bytes.fromhex(vectors["pages"][0]["page"]))
    found = whole.segments[0]
    log = next_log(log_0(SPACE), len(found.rows), found.server_ms, found.seg)
    return OpId(bytes.fromhex(vectors["space"]["root"])), encode_page(Page(len(found.rows), log, False, (found,)))


def founded() -> Reader:
    root, page = _first_page()
    reader = Reader(SPACE, root)
    reader.commit(reader.read(page, START_MS))
    return reader


@cache
def administrator() -> Replica:
    """Return a device whose log has a device retired, of which there is a copy."""
    vectors = json.loads(PYTHON.read_text())
    awa = replica(AWA, bytes.fromhex(vectors["space"]["root"]))  # type: ignore[arg-type]
    awa.apply_page(bytes.fromhex(vectors["salvage"]["page"]), START_MS)
    return awa


def text_of(data: bytes) -> str:
    """Return the text that carries these bytes, as a code."""
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def _code(read_as: Callable[[str], Any]) -> Judge:
    return by(lambda data: read_as(text_of(data)), encode, BadCode)


def payload_under(header: bytes) -> Judge:
    """Return the judge of the payloads of an op with this header."""
    above = decode_header(HeaderBytes(header))
    return by(lambda data: decode_payload(PayloadBytes(data), above), encode_payload, DoesNotOpen)


def body_of(kind: str) -> Judge:
    """Return the judge of the bodies of a control op of this kind."""
    return by(lambda data: decode_body(kind, Sealed(data), SPACE), encode_body, ControlFault)


JUDGES: Final[dict[str, Judge]] = {
    "value": by(decode, encode, NotCanonical),
    "header": _header,
    "segment": by(decode_segment, encode_segment, NotCanonical),
    "members of a push": by(decode_push, lambda push: encode_push(push.seg, push.sig, push.ops), NotCanonical),
    "push": _push,
    "receipt": by(decode_receipt, encode_receipt, NotCanonical),
    "page": by(decode_page, encode_page, NotCanonical),
    "checkpoint": by(decode_checkpoint, encode_checkpoint, NotCanonical),
    "copy": _copy,
    "code 1": _code(decode_code1),
    "code 2": _code(partial(decode_code2, nonce=NONCE)),
    "link": _code(decode_link),
    "setup": _code(decode_setup),
    "op in a log": logged(),
    **{f"{kind} body": body_of(kind) for kind in CONTROL_KINDS},
    **{f"{kind} in a log": logged(kind=kind) for kind in CONTROL_KINDS},
}
"""The judge of each decoder but the payload's, which depends on a header."""


def judge_of(decoder: str, header: bytes | None) -> Judge:
    """Return the judge of a decoder; the payload's has a header."""
    return JUDGES[decoder] if header is None else payload_under(header)
