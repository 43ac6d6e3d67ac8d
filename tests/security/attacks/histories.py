"""What a hostile server does with the log as a whole: two of them, an older one, a thinner one (T5)."""

from collections.abc import Iterable
from typing import Final

from msgspec.structs import replace

from sync.log import Page, Receipt, decode_page, encode_page, encode_receipt
from sync.writer import Edit
from tests.engine_kit import AWA, MALLORY
from tests.model_pages import checkpoint_at, dead_row
from tests.security.attacks.association import INES, MOMO, ODILE, SEEN, Tale, base
from tests.security.attacks.attack import Attack, Step
from tests.security.attacks.building import bootstrap, goes_on, meets, spoilt
from tests.security.attacks.hostile import digest_of, kept, mended, op_row, renumbered
from tests.spoilt_pages import row

_MOMO, _INES = MOMO.hex(), INES.hex()
OLDER: Final = 12
"""A segment end from before Mallory's plan for Inès and Odile's word on Momo."""


def attacks() -> Iterable[Attack]:
    """Return them all."""
    yield _forked()
    yield spoilt(
        "answer from another history",
        "A device whose log differs from all others' never hears of it.",
        lambda page: replace(mended(kept(page)), log=digest_of(b"another log")),
        refused={"integrity": "log"},
        wanted=[("taken",)],
        controls=["log"],
    )
    yield _rolled_back()
    yield _kept_and_dropped()
    yield _started(
        "thin a bootstrap",
        "A device that begins at a checkpoint never learns of one segment before it.",
        [("start", encode_page(_thinned())), ("proof", checkpoint_at(base().server, SEEN))],
        control="checkpoint",
        then=_honest_start(),
    )
    yield _started(
        "begin at an older state",
        "A device that begins today is given the association as it was before.",
        [("start", encode_page(_older())), ("proof", checkpoint_at(base().server, SEEN - 1))],
        control="checkpoint",
        then=_honest_start(),
        gone=(_MOMO, "field:alias"),
    )
    yield _started(
        "hide an operation in a bootstrap",
        "A device that begins at a checkpoint never gets the content of an operation that counts there.",
        [
            ("start", encode_page(_hidden())),
            ("proof", checkpoint_at(base().server, SEEN)),
            ("page", base().server.page(SEEN)),
        ],
        control="stub",
        then=[("back", SEEN), ("page", base().server.page())],
    )


def _forked() -> Attack:
    """Mallory's segment fits into two logs: one for Samir, in which Awa's does not stand, and one for all others."""
    tale = Tale()
    tale.write(AWA, Edit(MOMO, "thing", {}, {"note": "calm"}), sent=False)
    tale.write(MALLORY, Edit(INES, "thing", {}, {"note": "sleeps here"}), sent=False)
    tale.send(AWA)
    tale.send(MALLORY)
    tale.write(ODILE, Edit(MOMO, "thing", {}, {"plan": "doctor on Monday"}))
    page = decode_page(tale.server.page(SEEN))
    first = renumbered(kept(page, 1))
    second = renumbered(kept(page, 2), SEEN + 1, first.log)
    return meets(
        "fork the log",
        "One device lives on in a history without what the others have read, and never hears of it.",
        tale,
        victim="standing",
        steps=[("page", encode_page(first)), ("page", encode_page(second))],
        refused={"integrity": "seen"},
        wanted=[("value", _MOMO, "field:plan", "doctor on Monday"), ("value", _MOMO, "field:note", "by the station")],
        controls=["seen"],
        then=[("back", SEEN), ("page", tale.server.page(SEEN))],
    )


def _rolled_back() -> Attack:
    tale = Tale()
    goes_on(tale)
    server = tale.server
    return meets(
        "roll back",
        "What a device has read is no more, as if it had never been written.",
        tale,
        victim="standing",
        steps=[("back", OLDER), ("page", encode_page(Page(OLDER, server.ends[OLDER], False, ())))],
        refused={"alarm": "restored"},
        wanted=[("gone", _INES, "field:plan"), ("gone", _MOMO, "field:alias")],
        controls=["lost"],
        then=[("page", server.page(OLDER))],
    )


def _kept_and_dropped() -> Attack:
    tale = Tale()
    goes_on(tale)
    log = base().server.ends[SEEN]
    receipt = Receipt(SEEN + 1, SEEN + 2, base().server.server_ms + 1, digest_of(b"a log that nobody reads"))
    return meets(
        "acknowledge and drop",
        "A device lets go of what it saved, because the server says to have it.",
        tale,
        victim="standing",
        steps=[("receipt", encode_receipt(receipt)), ("page", encode_page(Page(SEEN, log, False, ())))],
        refused={"kept": "outbox"},
        wanted=[("unsent", 0)],
        controls=["outbox"],
        then=[("back", SEEN), ("page", tale.server.page(SEEN))],
    )


def _started(
    name: str,
    says: str,
    steps: list[Step],
    *,
    control: str,
    then: list[Step],
    gone: tuple[str, str] = (_INES, "field:plan"),
) -> Attack:
    return meets(
        name,
        says,
        base(),
        victim="starting",
        steps=steps,
        refused={"integrity": control},
        wanted=[("taken",), ("stands", SEEN), ("gone", *gone)],
        controls=[control],
        then=then,
    )


def _honest_start() -> list[Step]:
    return [*bootstrap(base(), SEEN)[1:], ("page", base().server.page(SEEN))]


def _live() -> Page:
    """Return all that is live where the victim begins: nothing is dead there."""
    return Page(SEEN, None, False, decode_page(base().server.page()).segments)


def _thinned() -> Page:
    return kept(_live(), 0, 1, 2, 3, 5)


def _older() -> Page:
    return kept(_live(), 0, 1, 2, 3, 4)


def _hidden() -> Page:
    return row(_live(), 4, 0, dead_row(op_row(_live(), 4, 0)))
