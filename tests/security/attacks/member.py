"""What a member's device writes against the rules, and a server in league with it hands through (T10)."""

from collections.abc import Iterable
from typing import Final

from tests.engine_kit import AWA, MALLORY
from tests.security.attacks.association import MOMO
from tests.security.attacks.attack import Attack
from tests.security.attacks.building import in_league
from tests.security.attacks.hostile import header, op

_MOMO: Final = MOMO.hex()


def attacks() -> Iterable[Attack]:
    """Return them all."""
    yield in_league(
        "another's header",
        "That what Mallory writes reads as written by Awa.",
        MALLORY,
        lambda tale: [op(tale, MALLORY, header(AWA), rumour="sells")],
        refused={"void": "segment"},
        wanted=[("author", _MOMO, "field:rumour", AWA.device.hex())],
        controls=["segment"],
        code="bad_header",
    )
