"""What a hostile server does to the log on its way to a device (T5)."""

from collections.abc import Iterable
from typing import Final

from msgspec.structs import replace

from sync.control import EraseBody
from sync.ids import SpaceId
from sync.log import IdRow, Page, PageSegment, decode_page, encode_page, log_0
from sync.op import Fact, decode_header, encode_header
from sync.rotation import write_revocation
from sync.writer import Edit, Row
from tests.engine_kit import AWA, MALLORY, SAMIR, START_MS, member, moment
from tests.model_pages import dead_row, name_of
from tests.security.attacks.association import BED, GHOST, INES, MOMO, ODILE, SEEN, Tale, base
from tests.security.attacks.attack import Attack
from tests.security.attacks.building import meets, spoilt
from tests.security.attacks.hostile import (
    control,
    erased_row,
    kept,
    mended,
    op_row,
    renumbered,
    segment_by,
)
from tests.security.attacks.wraps import fixed_wraps
from tests.spoilt_pages import row, segment

_MOMO, _INES, _BED = MOMO.hex(), INES.hex(), BED.hex()
HEALTH: Final = SpaceId(b"\x11" * 16)
QUARTER_MS: Final = 900_000


def attacks() -> Iterable[Attack]:
    """Return them all."""
    yield from dropped()
    yield from altered()
    yield from hidden()
    yield from moved()


def dropped() -> Iterable[Attack]:
    """Return those that leave something out."""
    yield spoilt(
        "drop in the middle",
        "A device never learns of one segment, and takes those after it.",
        lambda page: mended(kept(page, 0, 2)),
        refused={"integrity": "cursor"},
        wanted=[("stands", SEEN + 3), ("gone", _MOMO, "field:plan"), ("value", _MOMO, "field:note", "tired")],
        controls=["cursor", "seen"],
        lines=[{"integrity": "seen"}],
    )
    yield spoilt(
        "drop and number anew",
        "The same, with cursors that have no gap.",
        lambda page: renumbered(kept(page, 0, 2)),
        refused={"integrity": "seen"},
        wanted=[("stands", SEEN + 3), ("gone", _MOMO, "field:plan"), ("value", _MOMO, "field:note", "tired")],
        controls=["seen"],
    )
    yield spoilt(
        "drop what one device wrote first",
        "A device takes the later of two segments of one stream, and never learns of the earlier.",
        lambda page: renumbered(kept(page, 2)),
        refused={"integrity": "stream"},
        wanted=[("value", _MOMO, "field:note", "tired"), ("value", _INES, "field:note", "asks for a bed")],
        controls=["stream", "seen"],
        lines=[{"integrity": "seen"}],
    )
    yield spoilt(
        "cut a segment short",
        "A device takes the first operation of a gesture, and not the second.",
        lambda page: _cut(mended(kept(page, 0))),
        refused={"integrity": "page"},
        wanted=[("value", _MOMO, "field:note", "calm"), ("value", _INES, "field:note", "asks for a bed")],
        controls=["page", "chain"],
        lines=[{"integrity": "chain"}],
    )
    yield spoilt(
        "give a name for an operation",
        "A device takes an operation as known of which it got the name only.",
        lambda page: row(page, 0, 1, IdRow(name_of(op_row(page, 0, 1)))),
        refused={"integrity": "page"},
        wanted=[("stands", SEEN + 4), ("value", _INES, "field:note", "asks for a bed")],
        controls=["page"],
    )
    yield spoilt(
        "say more for ever",
        "A device asks again and again for a page that never brings anything.",
        lambda page: replace(mended(kept(page)), more=True),
        refused={"integrity": "page"},
        wanted=[("taken",)],
        controls=["page"],
    )


def altered() -> Iterable[Attack]:
    """Return those that change what a member signed, or sign for one."""
    yield spoilt(
        "swap the order of two operations",
        "An offer that was accepted reads as one that was not.",
        lambda page: segment(page, 0, rows=page.segments[0].rows[::-1]),
        refused={"integrity": "chain"},
        wanted=[("ruled", _BED, "offered")],
        controls=["chain"],
        told=_offers,
    )
    yield spoilt(
        "swap two persons",
        "What is written about one person stands in the record of another.",
        lambda page: mended(_exchanged(kept(page, 0))),
        refused={"integrity": "chain"},
        wanted=[("value", _MOMO, "field:note", "has a bed"), ("value", _INES, "field:note", "calm")],
        controls=["chain", "aad", "entity_key"],
        lines=[{"waits": "payload"}, {"waits": "payload"}],
    )
    yield spoilt(
        "swap two fields",
        "A person's record says again what was corrected.",
        lambda page: mended(_exchanged(page)),
        refused={"integrity": "chain"},
        wanted=[("value", _MOMO, "field:note", "first"), ("value", _MOMO, "fact:count", 3)],
        controls=["chain", "aad"],
        lines=[{"waits": "payload"}],
        told=lambda tale: tale.write(
            AWA,
            Edit(MOMO, "thing", {"count": 2}, {"note": "first"}),
            Edit(MOMO, "thing", {"count": 3}, {"note": "second"}),
        ),
    )
    yield spoilt(
        "change a plain fact",
        "A fact that stands in clear reads otherwise than it was written.",
        lambda page: _header_changed(page, facts=(("count", 50),)),
        refused={"integrity": "chain"},
        wanted=[("value", _MOMO, "fact:count", 50)],
        controls=["chain", "aad"],
        lines=[{"waits": "payload"}],
        told=lambda tale: tale.write(AWA, Edit(MOMO, "thing", {"count": 5})),
    )
    yield spoilt(
        "give an operation to another author",
        "What Awa wrote reads as Mallory's.",
        lambda page: _header_changed(page, device=MALLORY.device),
        refused={"integrity": "chain"},
        wanted=[("author", _MOMO, "field:note", MALLORY.device.hex())],
        controls=["chain", "segment", "aad"],
        lines=[{"void": "segment"}, {"waits": "payload"}],
        told=lambda tale: tale.write(AWA, Edit(MOMO, "thing", {}, {"note": "calm"})),
    )
    yield spoilt(
        "forge an erasure",
        "A person is erased everywhere in the name of an administrator.",
        _forged,
        refused={"integrity": "signature"},
        wanted=[("erased", _MOMO)],
        controls=["signature"],
    )


def hidden() -> Iterable[Attack]:
    """Return those that keep an op's content back."""
    yield spoilt(
        "show a live operation as dead",
        "A device never gets the content of an operation that nothing superseded.",
        lambda page: row(page, 0, 1, dead_row(op_row(page, 0, 1))),
        refused={"integrity": "stub"},
        wanted=[("stands", SEEN + 4), ("value", _INES, "field:note", "asks for a bed")],
        controls=["stub"],
    )
    yield spoilt(
        "show a live operation as erased",
        "The same, as if somebody had asked to be forgotten.",
        lambda page: row(page, 0, 1, erased_row(op_row(page, 0, 1))),
        refused={"integrity": "stub"},
        wanted=[("stands", SEEN + 4), ("value", _INES, "field:note", "asks for a bed")],
        controls=["stub"],
    )
    yield _hidden_while_more_is_to_come()


def moved() -> Iterable[Attack]:
    """Return those that put a segment where, or when, it was not."""
    yield spoilt(
        "set the time back",
        "The earlier of two edits that were written side by side wins.",
        lambda page: mended(segment(page, 1, server_ms=1)),
        refused={"integrity": "server_ms"},
        wanted=[("stands", SEEN + 2), ("value", _MOMO, "field:note", "calm")],
        controls=["server_ms"],
        told=_side_by_side,
    )
    yield spoilt(
        "bring a segment of another space",
        "Who is let go from one space is let go from this one.",
        lambda page: mended(replace(page, segments=(_of_another_space(),))),
        refused={"integrity": "page"},
        wanted=[("member", SAMIR.device.hex(), 0)],
        controls=["page", "seen"],
        lines=[{"integrity": "seen"}],
    )
    yield _replayed()


def cut_off_mallory(tale: Tale) -> None:
    """Let Awa cut Mallory off, with a new key for the others."""
    with fixed_wraps():
        write_revocation(tale.who(AWA), [MALLORY.device], moment(80))
    tale.send(AWA)


def _cut(page: Page) -> Page:
    return segment(page, 0, rows=page.segments[0].rows[:1])


def _exchanged(page: Page) -> Page:
    """Exchange the sealed payloads of the first two ops."""
    first, second = op_row(page, 0, 0), op_row(page, 0, 1)
    page = row(page, 0, 0, replace(first, sealed=second.sealed))
    return row(page, 0, 1, replace(second, sealed=first.sealed))


def _header_changed(page: Page, **parts: object) -> Page:
    """Change the header of the first op."""
    first = op_row(page, 0, 0)
    return row(page, 0, 0, replace(first, header=encode_header(replace(decode_header(first.header), **parts))))


def _forged(page: Page) -> Page:
    paged = segment_by(AWA, [control(AWA, EraseBody((MOMO,)))], base().server, signer=GHOST)
    return mended(replace(page, segments=(paged,)))


def _offers(tale: Tale) -> None:
    berth: dict[str, Fact] = {"berth": b"\x09" * 16, "until": START_MS * 2}
    offer = Row(BED, "lane_move", {"move": "offer", "expect": "sent", **berth})
    tale.write(AWA, offer, Row(BED, "lane_move", {"move": "accept", "expect": "offered", **berth}))


def _side_by_side(tale: Tale) -> None:
    """Let Awa and Odile write of one person without having read each other; Odile's clock is a quarter hour ahead."""
    tale.write(AWA, Edit(MOMO, "thing", {}, {"note": "calm"}), sent=False)
    tale.write(ODILE, Edit(MOMO, "thing", {}, {"note": "upset"}), local_ms=START_MS + QUARTER_MS, sent=False)
    tale.send(AWA)
    tale.send(ODILE)


def _of_another_space() -> PageSegment:
    body = member(SAMIR, 0, keyed=False)
    op = control(AWA, body, space=HEALTH, entity=bytes(HEALTH))
    return segment_by(AWA, [op], base().server, space=HEALTH, seen_cursor=0, seen_log=log_0(HEALTH))


def _replayed() -> Attack:
    tale = Tale()
    cut_off_mallory(tale)
    honest, server = tale.server.page(SEEN), tale.server
    again = replace(server.segments[1], first_cursor=server.cursor + 1, server_ms=server.server_ms + 1)
    late = mended(Page(0, None, False, (again,)), server.cursor, server.log)
    return meets(
        "replay a membership",
        "Whom an administrator cut off is a member again.",
        tale,
        victim="standing",
        steps=[("page", honest), ("page", encode_page(late))],
        refused={"integrity": "stream"},
        wanted=[("member", MALLORY.device.hex(), 1)],
        controls=["stream", "logged"],
        lines=[{"void": "logged"}],
        then=[("page", server.page(server.cursor))],
    )


def _hidden_while_more_is_to_come() -> Attack:
    tale = Tale()
    tale.write(AWA, Edit(INES, "thing", {}, {"note": "has a bed"}))
    tale.write(AWA, Edit(MOMO, "thing", {}, {"note": "calm"}))
    first = tale.server.page(SEEN, 1)
    return meets(
        "hide an operation while more is to come",
        "A device goes on without the content of an operation, and is told that the proof comes later.",
        tale,
        victim="standing",
        steps=[("page", encode_page(_dead(first))), ("page", tale.server.page(SEEN + 1))],
        refused={"integrity": "stub"},
        wanted=[("stands", SEEN + 2), ("value", _INES, "field:note", "asks for a bed")],
        controls=["stub"],
        then=[("back", SEEN + 1), ("page", tale.server.page(SEEN))],
    )


def _dead(data: bytes) -> Page:
    page = decode_page(data)
    return row(page, 0, 0, dead_row(op_row(page, 0, 0)))
