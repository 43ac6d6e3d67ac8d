"""What a member's device may not push is refused by name, and nothing of it is stored."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from hashlib import sha256
from pathlib import Path
from typing import Any, Final
from unittest.mock import patch

import pytest

from sync import push
from sync.ids import Digest, HeaderBytes, Sealed
from sync.op import op_id
from sync.push import PushedOp
from sync.registry import Registry
from tests.security.attacks.all import attacks
from tests.security.attacks.answers import answer
from tests.security.attacks.association import GHOST, base
from tests.security.attacks.attack import Attack
from tests.security.attacks.controls import any_header
from tests.security.attacks.served import replay, serving
from tests.world import World, code

pytestmark = pytest.mark.sqlite

PUSHED: Final = [attack for attack in attacks() if attack.push is not None]
KNOWN: Final = len(base().pushes)
KEPT_OUT_BY_THE_DATABASE: Final = {"stream_moved", "already_logged"}
"""Behind these two checks stands a constraint: the push crashes, and leaves nothing either."""


@pytest.fixture
def world(attack: Attack, association: Path, tmp_path: Path) -> Iterator[World]:
    """A service that stands where the attack begins."""
    file = tmp_path / "attacked.db"
    shutil.copy(association, file)
    with serving(file) as made:
        replay(made, attack.prelude[KNOWN:])
        yield made


each = pytest.mark.parametrize("attack", PUSHED, ids=[attack.name for attack in PUSHED])


@each
def test_it_is_refused_by_name_and_nothing_is_stored_and_its_control_is_why(attack: Attack, world: World) -> None:
    assert attack.push is not None
    before, told = world.tables(), answer(attack)
    answered = world.push(attack.push)
    assert told is not None
    assert code(answered)[1] == attack.code
    assert told.items() <= answered.json().items()
    assert world.tables() == before
    with ExitStack() as stack:
        for patched in REMOVED[attack.controls[0]]():
            stack.enter_context(patched)
        answered = world.push(attack.push)
    is_stored = attack.code not in KEPT_OUT_BY_THE_DATABASE
    assert answered.status_code == (200 if is_stored else 500), answered.text
    assert (world.tables() != before) == is_stored


# ── How each control is taken away ──


def nothing_judged() -> list[Any]:
    """Whoever writes may."""
    return [
        patch("sync.members.judge", lambda *_: None),
        patch("sync.store.receive._check_role", lambda _received: None),
    ]


def whatever_header() -> list[Any]:
    """A header may name any device, and break every rule but its shape."""

    def read(_index: int, pair: tuple[HeaderBytes, Sealed], _segment: object) -> PushedOp:
        header, hashes = any_header(pair[0]), [Digest(sha256(part).digest()) for part in pair]
        return PushedOp(op_id(header.entity, *pair), header, *pair, *hashes)

    return [patch("sync.push._read_op", read), *nothing_judged()]


def any_place() -> list[Any]:
    """A segment may follow on anything, and have seen any log."""

    async def anywhere(_store: object, _received: object) -> None:
        return None

    return [patch("sync.store.receive._check_place", anywhere)]


def anything_new() -> list[Any]:
    """An op may be in the log already, begin an entity again, and amend what is not there."""

    async def nothing(_store: object, _received: object) -> None:
        return None

    return [patch("sync.store.receive._check_new", nothing)]


def any_signature() -> list[Any]:
    return [patch("sync.push.is_signed", lambda *_: True)]


def any_device() -> list[Any]:
    def known(read: Any, _ed_pk: bytes | None, registry: Registry) -> Any:
        return push.verify(read, GHOST.signing.public, registry)

    return [patch("sync.http.routes.verify", known), *nothing_judged()]


def any_fact() -> list[Any]:
    return [patch.object(Registry, "fact_fault", lambda _registry, _header: None)]


def any_kind() -> list[Any]:
    return [patch.object(Registry, "admits", lambda _registry, _header: True)]


def any_key() -> list[Any]:
    return [patch("sync.control.is_sound_ed_pk", lambda _key: True)]


REMOVED: Final[dict[str, Callable[[], list[Any]]]] = {
    "segment": whatever_header,
    "header": whatever_header,
    "stream": any_place,
    "seen": any_place,
    "genesis": anything_new,
    "amends": anything_new,
    "logged": anything_new,
    "role": nothing_judged,
    "revoked": nothing_judged,
    "epoch": nothing_judged,
    "control": nothing_judged,
    "sound_key": any_key,
    "signature": any_signature,
    "device": any_device,
    "facts": any_fact,
    "kind": any_kind,
}
