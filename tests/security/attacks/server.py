"""What a hostile server does to the log on its way to a device (T5)."""

from collections.abc import Iterable
from typing import Final

from msgspec.structs import replace

from sync.log import Page
from tests.security.attacks.association import INES, MOMO, SEEN
from tests.security.attacks.attack import Attack
from tests.security.attacks.building import spoilt
from tests.security.attacks.hostile import kept, mended, op_row
from tests.spoilt_pages import row

PLAN: Final = "doctor on Monday"
_MOMO, _INES = MOMO.hex(), INES.hex()


def attacks() -> Iterable[Attack]:
    """Return them all."""
    yield spoilt(
        "drop in the middle",
        "That a device never learns of one segment, and takes those after it.",
        lambda page: mended(kept(page, 0, 2)),
        refused={"integrity": "cursor"},
        wanted=[("stands", SEEN + 3), ("gone", _MOMO, "field:plan"), ("value", _MOMO, "field:note", "tired")],
        controls=["cursor", "seen"],
        lines=[{"integrity": "seen"}],
    )
    yield spoilt(
        "swap two persons",
        "That what is written about one person stands in the record of another.",
        lambda page: mended(_exchanged(page)),
        refused={"integrity": "chain"},
        wanted=[("value", _MOMO, "field:note", "has a bed"), ("value", _INES, "field:note", "calm")],
        controls=["chain", "aad", "entity_key"],
        lines=[{"waits": "payload"}, {"waits": "payload"}],
    )


def _exchanged(page: Page) -> Page:
    """Exchange the sealed payloads of the first two ops."""
    first, second = op_row(page, 0, 0), op_row(page, 0, 1)
    page = row(page, 0, 0, replace(first, sealed=second.sealed))
    return kept(row(page, 0, 1, replace(second, sealed=first.sealed)), 0)
