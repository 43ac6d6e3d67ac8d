"""What an administrator's device does that it may not: to keys, to members, to another association (T10)."""

from collections.abc import Iterable
from typing import Final

from msgspec.structs import replace

from sync.control import EpochBody, EraseBody, MemberBody, XkeyBody
from sync.ids import DeviceId
from sync.keyring import Identity
from sync.keys import Epoch, commit, device_id, seal_prev
from sync.secret import EpochKey
from tests.engine_kit import AWA, ORG, SAMIR, SPACE, chance, member
from tests.security.attacks.association import (
    CHLOE,
    EPOCH_KEY,
    GHOST,
    MOMO,
    NADIA,
    ODILE,
    SEEN,
    Tale,
    base,
    push_bytes,
)
from tests.security.attacks.attack import Attack
from tests.security.attacks.building import in_league
from tests.security.attacks.ghosts import rotated
from tests.security.attacks.hostile import Pair, control, segment_by
from tests.security.attacks.wraps import AES_128, wrap

SECOND_KEY: Final = EpochKey(b"\x08" * 32)
OTHER_KEY: Final = EpochKey(b"\x67" * 32)
SECOND: Final = Epoch(SPACE, 2, commit(SPACE, 2, SECOND_KEY))
WEAK: Final = b"\x01" + bytes(31)
"""A public key of small order: anything is signed by it."""
_GHOST, _SAMIR = GHOST.device.hex(), SAMIR.device.hex()


def attacks() -> Iterable[Attack]:
    """Return them all."""
    yield from about_keys()
    yield from about_members()


def about_keys() -> Iterable[Attack]:
    """Return those that are about who gets which key."""
    yield in_league(
        "rotate without a key",
        "Who is to read nothing draws the key that all write under.",
        NADIA,
        [control(NADIA, _epoch())],
        refused={"void": "role"},
        wanted=[("key", 2, SECOND_KEY.reveal().hex())],
        controls=["role"],
        code="role_missing",
    )
    yield in_league(
        "leave a member out of a rotation",
        "Samir reads nothing any more, and is no less a member.",
        ODILE,
        [control(ODILE, _epoch(without=SAMIR.device))],
        refused={"void": "control"},
        wanted=[("epoch", 2)],
        controls=["control"],
        code="epoch_conflict",
    )
    yield in_league(
        "wrap another key for one member",
        "Samir writes under a key that nobody else has, and what he writes nobody reads.",
        ODILE,
        [control(ODILE, _epoch(own=wrap(OTHER_KEY, _x_pk(SAMIR), SECOND, SAMIR.device)))],
        refused={"alarm": "epoch_key"},
        wanted=[("key", 2, OTHER_KEY.reveal().hex())],
        controls=["commit"],
        told=_rotated_again,
    )
    yield in_league(
        "wrap under a weaker cipher",
        "A key travels under a cipher that the protocol does not have.",
        ODILE,
        [control(ODILE, _epoch(own=wrap(SECOND_KEY, _x_pk(SAMIR), SECOND, SAMIR.device, AES_128)))],
        refused={"alarm": "epoch_key"},
        wanted=[("key", 2, SECOND_KEY.reveal().hex())],
        controls=["suite"],
        told=_rotated_again,
    )
    yield in_league(
        "wrap nothing",
        "The same as to leave him out, in a form that a server lets pass.",
        ODILE,
        [control(ODILE, _epoch(own=bytes(80)))],
        refused={"alarm": "epoch_key"},
        wanted=[("broken",)],
        controls=["key_fails"],
        told=_rotated_again,
    )


def about_members() -> Iterable[Attack]:
    """Return those that are about who is let in, and who is cut off."""
    yield in_league(
        "let a reader in without a key",
        "Who is to read nothing lets a device in that reads everything.",
        NADIA,
        [control(NADIA, base().let_in(GHOST, 1))],
        refused={"void": "role"},
        wanted=[("box", _GHOST, _x_pk(GHOST).hex())],
        controls=["role"],
        code="role_missing",
    )
    yield in_league(
        "cut off another association's device",
        "An administrator of one association decides who works in the other.",
        CHLOE,
        [control(CHLOE, member(SAMIR, 0, keyed=False))],
        refused={"void": "role"},
        wanted=[("member", _SAMIR, 0)],
        controls=["role"],
        code="role_missing",
    )
    yield in_league(
        "let a weak key in",
        "Anybody signs for a device that is a member.",
        ODILE,
        [control(ODILE, MemberBody(device_id(WEAK), WEAK, None, 7, ORG, None, None))],
        refused={"void": "control"},
        wanted=[("member", device_id(WEAK).hex(), 7)],
        controls=["sound_key"],
        code="bad_control",
    )
    yield in_league(
        "swap a proposed key",
        "Samir proposes a new key, and is given one of which another has the secret half.",
        ODILE,
        [control(ODILE, replace(base().let_in(SAMIR, 1), x_pk=_x_pk(GHOST)))],
        refused={"void": "control"},
        wanted=[("box", _SAMIR, _x_pk(GHOST).hex())],
        controls=["control"],
        code="bad_control",
        before=_proposed,
        told=lambda _tale: None,
    )
    yield in_league(
        "log an admission again",
        "Whom Awa cut off is a member again, by the very operation that had let it in.",
        ODILE,
        [_admission()],
        refused={"void": "logged"},
        wanted=[("member", _GHOST, 1)],
        controls=["logged"],
        code="already_logged",
        before=_let_in_and_cut_off,
    )
    yield in_league(
        "let in again unawares",
        "Whom Awa cut off is a member again, by an administrator who had not read of it: the server chose the order.",
        ODILE,
        [control(ODILE, base().let_in(GHOST, 3))],
        refused={"void": "control"},
        wanted=[("member", _GHOST, 3)],
        controls=["control"],
        code="epoch_conflict",
        before=_let_in_and_cut_off,
        seen=SEEN,
    )
    yield in_league(
        "erase under a past epoch",
        "What was decided before a rotation is said anew by who has not heard of it.",
        ODILE,
        [control(ODILE, EraseBody((MOMO,)), epoch=0)],
        refused={"void": "control"},
        wanted=[("erased", MOMO.hex())],
        controls=["control"],
        code="epoch_conflict",
    )


def _x_pk(who: Identity) -> bytes:
    assert who.box is not None
    return who.box.public


def _epoch(*, own: bytes | None = None, without: DeviceId | None = None) -> EpochBody:
    """Return the next epoch, with another wrap for the victim, or none for somebody."""
    known = base().server.members.by_device
    wraps = []
    for device in base().server.members.keyed():
        x_pk = known[device].x_pk
        assert x_pk is not None
        is_own = own is not None and device == SAMIR.device
        wraps.append((device, own if is_own and own else wrap(SECOND_KEY, x_pk, SECOND, device)))
    prev = seal_prev(SECOND_KEY, EPOCH_KEY, chance(8)(12), SPACE, 2)
    return EpochBody(2, SECOND.commitment, prev, tuple(one for one in wraps if one[0] != without))


def _rotated_again(tale: Tale) -> None:
    """Let Awa draw another key, which opens the one before for everybody; then go on."""
    tale.server.members = tale.reader().reader.view.members
    rotated(tale)
    tale.go_on()


def _admission() -> Pair:
    return control(ODILE, base().let_in(GHOST, 1))


def _proposed(tale: Tale) -> None:
    """Let the victim's device propose a new key."""
    tale.push(push_bytes(segment_by(SAMIR, [control(SAMIR, XkeyBody(_x_pk(NADIA)))], tale.server)))


def _let_in_and_cut_off(tale: Tale) -> None:
    tale.push(push_bytes(segment_by(ODILE, [_admission()], tale.server)))
    tale.control(AWA, member(GHOST, 0, keyed=False))
