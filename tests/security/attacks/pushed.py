"""What a device pushes that an honest server alone has to stop: no reader would, or all of them would stop (T10)."""

from collections.abc import Iterable
from typing import Final

from sync.ids import Digest
from sync.keyring import Identity
from sync.log import PageSegment
from sync.op import Header
from tests.engine_kit import AWA, MALLORY
from tests.security.attacks.association import GHOST, base, push_bytes
from tests.security.attacks.attack import Attack
from tests.security.attacks.building import shown
from tests.security.attacks.hostile import digest_of, header, op, segment_by

_ANOTHER_LOG: Final = digest_of(b"another log")


def attacks() -> Iterable[Attack]:
    """Return them all."""
    yield _pushed(
        "sign in another's name",
        "Every device stops at a segment that Awa never signed.",
        _segment(AWA, signer=MALLORY),
        code="bad_sig",
        control="signature",
    )
    yield _pushed(
        "write without being a member",
        "Every device stops at a segment of a device that nobody let in.",
        segment_by(GHOST, [op(base(), MALLORY, header(GHOST), rumour="sells")], base().server),
        code="not_member",
        control="device",
    )
    yield _pushed(
        "claim to have seen another log",
        "Every device stops at a segment that contradicts what it has read.",
        _segment(MALLORY, seen_log=_ANOTHER_LOG),
        code="log_mismatch",
        control="seen",
    )
    yield _pushed(
        "put in clear what is to be sealed",
        "Something about a person stands in the log for whoever has the database.",
        _segment(MALLORY, header(MALLORY, facts=(("diagnosis", "hiv"),))),
        code="bad_fact",
        control="facts",
    )
    yield _pushed(
        "write of a kind that is none",
        "The log fills with what no device can show.",
        _segment(MALLORY, header(MALLORY, kind="chatter")),
        code="bad_header",
        control="kind",
    )


def _segment(who: Identity, head: Header | None = None, signer: Identity | None = None, **parts: Digest) -> PageSegment:
    pair = op(base(), MALLORY, head or header(who), **({} if head else {"note": "x"}))
    return segment_by(who, [pair], base().server, signer=signer, **parts)


def _pushed(name: str, says: str, paged: PageSegment, *, code: str, control: str) -> Attack:
    ends = shown(base().reader())
    told = ((), {"code": code}, (), (control,), (), ends)
    return Attack(name, "T10", says, "standing", *told, prelude=tuple(base().pushes), push=push_bytes(paged), code=code)
