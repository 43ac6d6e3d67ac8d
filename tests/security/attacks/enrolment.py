"""What a hostile server does to the two codes of an enrolment, on their way from screen to screen (T5)."""

from base64 import urlsafe_b64encode
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from msgspec.structs import replace

from sync import enrolment
from sync.checkpoint import start_of
from sync.codec import decode, encode
from sync.enrolment import BadCode, Code1, Code2, NotThisDevice, Welcome, encode_code, welcome
from sync.ids import Digest
from sync.keyring import Identity
from sync.keys import WRAP_BYTES, device_id
from tests.engine_kit import chance
from tests.security.attacks.association import FIRST, GHOST, base
from tests.security.attacks.attack import Refused, Wish
from tests.security.attacks.ghosts import NADEGE
from tests.security.attacks.hostile import digest_of

ORIGIN: Final = "https://escale.example"
NONCE: Final = chance(70)(16)
WEAK_X: Final = bytes(32)


@dataclass(frozen=True, slots=True)
class Enrolment:
    """One enrolment that is attacked: a device on its way in, and an administrator's who answers it.

    Attributes:
        nonce: the device's own.
        asked: code 1 as the device made it.
        given: code 1 as it reached the administrator.
        answer: code 2 as the administrator made it.
        received: code 2 as it reached the device.
        wanted: what either would believe, without the controls.
    """

    name: str
    says: str
    asked: str
    given: str
    answer: str
    received: str
    refused: Refused
    wanted: tuple[Wish, ...]
    controls: tuple[str, ...]
    lines: tuple[Refused, ...] = ()
    nonce: bytes = NONCE
    threat: str = "T5"


@dataclass(slots=True)
class Outcome:
    """What became of one: what the administrator lets in, what the device joins, and why they do not."""

    refused: Refused | None = None
    admitted: Code1 | None = None
    joined: Welcome | None = None

    def shows(self, wish: Wish) -> bool:
        """Tell whether either believes something; nobody does before the letters are compared."""
        kind, told = wish
        if self.refused is not None or self.admitted is None or self.joined is None:
            return False
        believed: Mapping[str, object] = {
            "admits": device_id(self.admitted.ed_pk).hex(),
            "wraps for": self.admitted.x_pk.hex(),
            "joins": self.joined.root.hex(),
            "begins": self.joined.begin,
            "epoch": self.joined.epoch,
            "wrap": self.joined.wrap.hex(),
        }
        return believed[str(kind)] == told


def enrol(tried: Enrolment) -> Outcome:
    """Let both devices do what they do, and both people read out their letters."""
    found = Outcome()
    try:
        found.admitted = enrolment.decode_code1(tried.given)
        found.joined = enrolment.decode_code2(tried.received, tried.nonce).spaces[0]
    except NotThisDevice:
        found.refused = {"code": "not_this_device"}
    except BadCode:
        found.refused = {"code": "bad_code"}
    else:
        if enrolment.letters(tried.asked, tried.received) != enrolment.letters(tried.given, tried.answer):
            found.refused = {"letters": "differ"}
    return found


def enrolments() -> Iterable[Enrolment]:
    """Return them all."""
    theirs = digest_of(b"a root of the server's own")
    yield _tried(
        "swap the request",
        "The administrator lets in the server's device instead of the one that asked.",
        {"letters": "differ"},
        [("admits", GHOST.device.hex())],
        ["letters"],
        given=_request(GHOST),
    )
    yield _tried(
        "swap the answer",
        "A new device joins a space of the server's own.",
        {"letters": "differ"},
        [("joins", theirs.hex())],
        ["letters"],
        received=_answer(root=theirs),
    )
    yield _tried(
        "wind the answer back",
        "A new device begins at an older state, and never learns what came after it.",
        {"letters": "differ"},
        [("begins", 4)],
        ["letters"],
        received=_answer(begin=4, checkpoint=digest_of(b"older")),
    )
    yield _tried(
        "name a past epoch in the answer",
        "A new device writes under a key that somebody who was cut off has.",
        {"letters": "differ"},
        [("epoch", 1)],
        ["letters"],
        answer=_answer(epoch=2),
    )
    yield _tried(
        "substitute the wrap in the answer",
        "A new device writes under a key that the server has.",
        {"letters": "differ"},
        [("wrap", chance(72)(WRAP_BYTES).hex())],
        ["letters"],
        received=_answer(wrap=chance(72)(WRAP_BYTES)),
    )
    yield _tried(
        "replay an answer",
        "A new device takes the answer to another one, which may be an old one.",
        {"code": "not_this_device"},
        [("begins", 7)],
        ["nonce", "letters"],
        [{"letters": "differ"}],
        received=_answer(bytes(16), begin=7),
    )
    yield _tried(
        "answer in another version",
        "A new device reads an answer by rules that are not those of this protocol.",
        {"code": "bad_code"},
        [("joins", theirs.hex())],
        ["version", "letters"],
        [{"letters": "differ"}],
        received=_versioned(_answer(root=theirs), 2),
    )
    yield _tried(
        "ask with a weak key",
        "What is wrapped for the device that is let in opens for anybody.",
        {"code": "bad_code"},
        [("wraps for", WEAK_X.hex())],
        ["sound_key", "letters"],
        [{"letters": "differ"}],
        given=encode_code(Code1(GHOST.signing.public, WEAK_X, NONCE)),
    )


def honest() -> Enrolment:
    """Return one that nobody attacks."""
    return _tried("nobody", "Nothing.", {}, [("admits", NADEGE.device.hex()), ("joins", base().root.hex())], [])


def _tried(  # noqa: PLR0917 - the rest is what is changed on the way
    name: str,
    says: str,
    refused: Refused,
    wanted: Sequence[Wish],
    controls: Sequence[str],
    lines: Sequence[Refused] = (),
    *,
    given: str | None = None,
    answer: str | None = None,
    received: str | None = None,
) -> Enrolment:
    asked, honest = _request(NADEGE), answer or _answer()
    believed = received or (_answer() if answer else honest)
    codes = (asked, given or asked, honest, believed)
    return Enrolment(name, says, *codes, refused, tuple(wanted), tuple(controls), tuple(lines))


def _request(who: Identity) -> str:
    assert who.box is not None
    return encode_code(Code1(who.signing.public, who.box.public, NONCE))


def _answer(nonce: bytes = NONCE, **parts: object) -> str:
    """Return an administrator's answer, some of it changed."""
    tale = base()
    start: tuple[int, Digest] = start_of(tale.reader().reader.view)
    space = welcome(FIRST, tale.root, start, chance(71)(WRAP_BYTES))
    return encode_code(Code2(ORIGIN, nonce, (replace(space, **parts),)))


def _versioned(code: str, version: int) -> str:
    members = decode(enrolment._bytes(code))
    assert isinstance(members, list)
    return urlsafe_b64encode(encode([version, *members[1:]])).rstrip(b"=").decode()
