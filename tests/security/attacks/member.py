"""What a member's device writes against the rules, and a server in league with it hands through (T10)."""

from collections.abc import Iterable
from dataclasses import replace as with_parts
from typing import Final

from sync.codec import encode
from sync.control import EraseBody, RulesBody
from sync.ids import EntityId, OpId, PayloadBytes, Sealed
from sync.keyring import Identity
from sync.log import OpRow, Page, decode_page, encode_page
from sync.op import OpClass, decode_header, encode_header, op_id, row_name
from sync.segment import decode_segment
from sync.writer import Edit
from tests.engine_kit import AWA, MALLORY, START_MS, chance
from tests.model_pages import dead_row
from tests.security.attacks.association import GHOST, INES, MOMO, SEEN, Tale, base, push_bytes
from tests.security.attacks.attack import Attack
from tests.security.attacks.building import bootstrap, goes_on, in_league, meets
from tests.security.attacks.hostile import (
    Pair,
    control,
    erased_row,
    hand,
    header,
    mended,
    op,
    op_row,
    padded,
    raw,
    says,
    sealed,
    segment_by,
)
from tests.security.attacks.server import cut_off_mallory
from tests.spoilt_pages import row

_MOMO, _INES, _GHOST = MOMO.hex(), INES.hex(), GHOST.device.hex()
TEN_YEARS_MS: Final = 10 * 365 * 86_400_000
HOUR_MS: Final = 3_600_000


def attacks() -> Iterable[Attack]:
    """Return them all."""
    yield from in_anothers_place()
    yield from without_the_role()
    yield from about_the_dead()
    yield from about_time()
    yield from poisoned()


def in_anothers_place() -> Iterable[Attack]:
    """Return those that are about whose op it is, and what it belongs to."""
    yield in_league(
        "write another's header",
        "What Mallory writes reads as written by Awa.",
        MALLORY,
        lambda tale: [op(tale, MALLORY, header(AWA), rumour="sells")],
        refused={"void": "segment"},
        wanted=[("author", _MOMO, "field:rumour", AWA.device.hex())],
        controls=["segment"],
        code="bad_header",
    )
    yield in_league(
        "write in another version",
        "An operation is read by rules that are not those of this protocol.",
        MALLORY,
        lambda tale: [_of_version_2(tale)],
        refused={"void": "header"},
        wanted=[("value", _MOMO, "field:rumour", "sells")],
        controls=["header"],
        code="bad_header",
    )
    yield _equivocates()
    yield in_league(
        "begin a person again",
        "A person's record reads as Mallory tells it, under a secret of her own.",
        MALLORY,
        lambda tale: [_genesis(tale, MALLORY)],
        refused={"void": "genesis"},
        wanted=[("value", _MOMO, "field:note", "not him")],
        controls=["genesis"],
        code="bad_header",
    )
    yield in_league(
        "amend a row from elsewhere",
        "A row of Momo's is corrected from the record of another person, where nobody looks for it.",
        MALLORY,
        lambda tale: [op(tale, MALLORY, header(MALLORY, entity=INES, kind="mark", re=_mark(tale)), text="nothing")],
        refused={"void": "amends"},
        wanted=[("value", _INES, "field:text", "nothing")],
        controls=["amends"],
        code="bad_header",
    )
    yield in_league(
        "link from the wrong side",
        "Two people read as one, by a link that no device would take back.",
        MALLORY,
        lambda tale: [op(tale, MALLORY, header(MALLORY, entity=INES, facts=((f"same/{_MOMO}", True),)))],
        refused={"ignored": "link"},
        wanted=[("linked", _INES, _MOMO)],
        controls=["links"],
    )


def without_the_role() -> Iterable[Attack]:
    """Return those for which one would have to be somebody else."""
    yield in_league(
        "erase without the role",
        "A person is erased everywhere by a device that may only write.",
        MALLORY,
        [control(MALLORY, EraseBody((MOMO,)))],
        refused={"void": "role"},
        wanted=[("erased", _MOMO)],
        controls=["role"],
        code="role_missing",
    )
    yield in_league(
        "let somebody in without the role",
        "Mallory's friend is a member.",
        MALLORY,
        [control(MALLORY, base().let_in(GHOST, 1))],
        refused={"void": "role"},
        wanted=[("member", _GHOST, 1)],
        controls=["role"],
        code="role_missing",
    )
    yield in_league(
        "set the rules without the role",
        "Rules are in force that no administrator set.",
        MALLORY,
        [control(MALLORY, RulesBody(9))],
        refused={"void": "role"},
        wanted=[("rules", 9)],
        controls=["role"],
    )
    yield in_league(
        "write after being cut off",
        "Who was cut off goes on writing, with the key that it had.",
        MALLORY,
        lambda tale: [op(tale, MALLORY, header(MALLORY), rumour="sells")],
        refused={"void": "revoked"},
        wanted=[("value", _MOMO, "field:rumour", "sells")],
        controls=["revoked"],
        code="device_revoked",
        before=cut_off_mallory,
    )
    yield in_league(
        "write under an epoch to come",
        "A kill counts that no device can look into.",
        MALLORY,
        [_kill(_alias(base()), epoch=2)],
        refused={"void": "epoch"},
        wanted=[("gone", _MOMO, "field:alias")],
        controls=["epoch"],
        code="bad_header",
    )


def about_the_dead() -> Iterable[Attack]:
    """Return those that kill what may not die, or bring back what has."""
    yield in_league(
        "kill from a row",
        "An operation that may kill nothing takes what Odile wrote out of sight.",
        MALLORY,
        lambda tale: [_row_that_kills(tale)],
        refused={"void": "header"},
        wanted=[("gone", _MOMO, "field:alias")],
        controls=["header"],
        code="bad_header",
    )
    yield in_league(
        "kill a row",
        "Kit that was given was never given.",
        MALLORY,
        lambda tale: [op(tale, MALLORY, header(MALLORY, kills=(_mark(tale),)), rumour="sells")],
        refused={"ignored": "kill"},
        wanted=[("gone", _MOMO, "field:text"), ("rows", _MOMO, 0)],
        controls=["kill"],
    )
    yield in_league(
        "stand for another's row",
        "What Mallory says was given counts, and what Awa says does not, as if hers were found on a lost tablet.",
        MALLORY,
        lambda tale: [_stands_for(tale, _mark(tale))],
        refused={"ignored": "repeat"},
        wanted=[("rows", _MOMO, 2)],
        controls=["repeats"],
    )
    yield _killed_from_elsewhere()
    yield _erased_with_help()
    yield in_league(
        "kill without a reason",
        "What Odile wrote about Momo is gone, and nobody is told.",
        MALLORY,
        lambda tale: [op(tale, MALLORY, header(MALLORY, kills=(_alias(tale),)), rumour="sells")],
        refused={"alarm": "unjustified_kill"},
        wanted=[("gone", _MOMO, "field:alias"), ("untold",)],
        controls=["told"],
    )
    yield in_league(
        "bring the erased back",
        "Who asked to be forgotten is in the records again.",
        MALLORY,
        lambda _tale: [_genesis(base(), MALLORY, INES)],
        refused={"void": "erased"},
        wanted=[("value", _INES, "field:note", "not him")],
        controls=["erased", "shown_erased"],
        lines=[{"ignored": "erased"}],
        before=lambda tale: tale.control(AWA, EraseBody((INES,))),
        told=lambda tale: tale.write(AWA, Edit(MOMO, "thing", {}, {"note": "calm"})),
    )


def about_time() -> Iterable[Attack]:
    """Return those of a clock that is ten years ahead."""
    yield _ten_years_ahead("win every conflict", "What Mallory wrote shows, whoever writes beside her later.", "clock")
    yield _ten_years_ahead("drag the clocks along", "All that others write says a time ten years ahead.", "received")


def poisoned() -> Iterable[Attack]:
    """Return those whose payload is none."""
    yield in_league(
        "seal nothing at all",
        "Nobody who reads on gets past this operation.",
        MALLORY,
        lambda tale: [_noise(tale)],
        refused={"waits": "payload"},
        wanted=[("broken",)],
        controls=["quarantine"],
    )
    yield in_league(
        "seal what is no payload",
        "The same, with bytes that open.",
        MALLORY,
        lambda tale: [sealed(tale, MALLORY, header(MALLORY), PayloadBytes(encode([2, "another format"])))],
        refused={"waits": "payload"},
        wanted=[("broken",)],
        controls=["quarantine"],
    )
    yield in_league(
        "name a field as no field is named",
        "A name reaches the screens that no screen was made for.",
        MALLORY,
        lambda tale: [sealed(tale, MALLORY, header(MALLORY), raw(None, 0, None, [], [["__proto__", "x", []]]))],
        refused={"waits": "payload"},
        wanted=[("value", _MOMO, "field:__proto__", "x")],
        controls=["payload"],
    )
    yield in_league(
        "bring a secret in an edit",
        "Nobody opens any more what is written about a person.",
        MALLORY,
        lambda tale: [sealed(tale, MALLORY, header(MALLORY), raw(b"\x01" * 32, 0, None, [], []))],
        refused={"waits": "payload"},
        wanted=[("waiting", 3)],
        controls=["payload"],
        told=Tale.go_on,
        whole=True,
    )
    yield in_league(
        "hide bytes in the padding",
        "An operation carries more than its payload says.",
        MALLORY,
        lambda tale: [padded(tale, MALLORY, header(MALLORY), says(header(MALLORY), rumour="sells"), 1024)],
        refused={"waits": "payload"},
        wanted=[("value", _MOMO, "field:rumour", "sells")],
        controls=["padding"],
    )


def _of_version_2(tale: Tale) -> Pair:
    head = header(MALLORY)
    return sealed(tale, MALLORY, head, says(head, rumour="sells"), version=2)


def _genesis(tale: Tale, who: Identity, of: EntityId = MOMO) -> Pair:
    head = header(who, entity=of, op_class=OpClass.GENESIS)
    return sealed(tale, who, head, raw(b"\x01" * 32, START_MS, None, [], [["note", "not him", []]]))


def _mark(tale: Tale) -> OpId:
    """Return the name of the row about Momo."""
    return _name(tale, 11)


def _alias(tale: Tale) -> OpId:
    """Return the name of Odile's edit of Momo."""
    return _name(tale, SEEN)


def _name(tale: Tale, cursor: int) -> OpId:
    rows = [found for paged in tale.server.segments for found in paged.rows]
    found = rows[cursor - 1]
    assert isinstance(found, OpRow)
    return op_id(decode_header(found.header).entity, found.header, found.sealed)


def _kill(name: OpId, **parts: object) -> Pair:
    """Return an edit that kills, of which nobody has the key."""
    return encode_header(header(MALLORY, kills=(name,), **parts)), Sealed(chance(6)(300))


def _row_that_kills(tale: Tale) -> Pair:
    head = header(MALLORY, op_class=OpClass.ROW, kind="mark", kills=(_alias(tale),))
    return sealed(tale, MALLORY, head, says(head, text="nothing"))


def _stands_for(tale: Tale, name: OpId) -> Pair:
    head = header(MALLORY, op_class=OpClass.ROW, kind="mark", facts=(("salvages", row_name(name)),))
    return op(tale, MALLORY, head, text="nothing")


def _noise(tale: Tale) -> Pair:
    head, closed = op(tale, MALLORY, header(MALLORY), rumour="sells")
    return head, Sealed(chance(5)(len(closed)))


def _equivocates() -> Attack:
    """Mallory has signed what follows on nothing; she signs something else that does."""
    tale = Tale()
    known = decode_segment(tale.server.segments[4].seg)
    assert known.device == MALLORY.device
    other = [op(tale, MALLORY, header(MALLORY, entity=INES), plan="no room")]
    paged = segment_by(MALLORY, other, tale.server, stream=known.stream)
    goes_on(tale)
    attack = meets(
        "sign two histories",
        "One device reads this of Mallory's, and another that.",
        tale,
        threat="T10",
        victim="standing",
        steps=[("page", encode_page(mended(Page(0, None, False, (paged,)))))],
        refused={"integrity": "stream"},
        wanted=[("value", _INES, "field:plan", "no room")],
        controls=["stream"],
        then=[("page", tale.server.page(SEEN))],
    )
    return with_parts(attack, prelude=tuple(base().pushes), push=push_bytes(paged), code="stream_moved")


def _killed_from_elsewhere() -> Attack:
    """A server holds back what Odile wrote about Momo, and shows an op about Inès that kills it."""
    tale = Tale()
    pair = op(tale, MALLORY, header(MALLORY, entity=INES, kills=(_alias(tale),)), rumour="sells")
    hand(tale.server, segment_by(MALLORY, [pair], tale.server))
    honest = tale.server.page()
    page = decode_page(honest)
    return meets(
        "kill an operation of another person",
        "What is written about Momo is gone, and nothing in his record says why.",
        tale,
        threat="T10",
        victim="fresh",
        steps=[("page", encode_page(row(page, 5, 0, dead_row(op_row(page, 5, 0)))))],
        refused={"integrity": "stub"},
        wanted=[("stands", SEEN + 1), ("gone", _MOMO, "field:alias")],
        controls=["stub"],
        then=[("page", honest)],
    )


def _erased_with_help() -> Attack:
    """A server does as Mallory says, who may not: it gives only hashes of what is about Momo."""
    tale = Tale()
    hand(tale.server, segment_by(MALLORY, [control(MALLORY, EraseBody((MOMO,)))], tale.server))
    honest = tale.server.page()
    page = decode_page(honest)
    places = [
        (at, index)
        for at, paged in enumerate(page.segments)
        for index, found in enumerate(paged.rows)
        if isinstance(found, OpRow) and decode_header(found.header).entity == MOMO
    ]
    for at, index in places:
        page = row(page, at, index, erased_row(op_row(page, at, index)))
    return meets(
        "erase with a server's help",
        "A new device is never told of somebody whom a member without the role wants forgotten.",
        tale,
        threat="T10",
        victim="fresh",
        steps=[("page", encode_page(page))],
        refused={"integrity": "stub"},
        wanted=[("taken",), ("stands", SEEN + 1), ("gone", _MOMO, "field:note")],
        controls=["stub"],
        then=[("page", honest)],
    )


def _ten_years_ahead(name: str, says_what: str, control_name: str) -> Attack:
    """Mallory writes beside Awa, who writes an hour later by every clock but Mallory's."""
    tale = Tale()
    ahead = header(MALLORY, hlc_ms=START_MS + TEN_YEARS_MS)
    tale.write(AWA, Edit(MOMO, "thing", {}, {"note": "calm"}), local_ms=START_MS + HOUR_MS, sent=False)
    hand(tale.server, segment_by(MALLORY, [op(tale, MALLORY, ahead, note="hers")], tale.server))
    tale.server.now_ms += HOUR_MS
    tale.send(AWA)
    steps, at = [("page", tale.server.page(SEEN))], tale.server.cursor
    begins = bootstrap(tale, at)
    goes_on(tale)
    wish = ("value", _MOMO, "field:note", "hers") if control_name == "clock" else ("later", START_MS + TEN_YEARS_MS)
    return meets(
        name,
        says_what,
        tale,
        threat="T10",
        victim="standing",
        steps=steps,
        refused={"ignored": control_name},
        wanted=[wish],
        controls=[control_name],
        then=[("page", tale.server.page(at))],
        begins=begins,
    )
