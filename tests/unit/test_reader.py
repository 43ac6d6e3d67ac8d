"""What no honest server sends, each stopped by its own check; and the ops that are void.

What somebody gains by it is in `tests/security/attacks`: here is the rest.
"""

from collections.abc import Callable
from hashlib import sha256

import pytest
from msgspec.structs import replace

from sync.codec import encode
from sync.control import EraseBody, RulesBody, encode_body
from sync.errors import IntegrityFailure, Reason
from sync.ids import Digest, EntityId, HeaderBytes, OpId, Sealed, StreamId
from sync.keyring import Identity
from sync.log import DeadRow, ErasedRow, IdRow, OpRow, Page, PageSegment, decode_page, encode_page, log_0, next_log
from sync.logview import Void, VoidOp
from sync.op import Header, OpClass, encode_header, op_id
from sync.reader import Reader
from sync.replica import Replica
from sync.segment import Segment, chain, decode_segment, encode_segment, head_0, sign_segment
from sync.writer import Edit, Genesis, write, write_control
from tests.engine_kit import (
    AWA,
    MALLORY,
    RECOVERY,
    SAMIR,
    SPACE,
    START_MS,
    ModelServer,
    deliver,
    entity,
    founded,
    member,
    moment,
    replica,
)
from tests.spoilt_pages import row, segment
from tests.spoilt_pages import signed as signed_anew

WRAP = b"w" * 80


def space() -> tuple[ModelServer, Replica]:
    """Return a founded space in which Awa wrote two segments, one of an entity and one that kills an edit of it."""
    server, awa = founded()
    write(awa, [Genesis(entity(1), "thing", {"size": "small"}), Edit(entity(1), "thing", {"count": 1})], moment(2))
    deliver(awa, server)
    write(awa, [Edit(entity(1), "thing", {"count": 2})], moment(3))
    deliver(awa, server)
    return server, awa


SERVER, WRITER = space()
ROOT = WRITER.reader.root
PAGE = decode_page(SERVER.page())

Change = Callable[[Page], Page]


def signed(page: Page, at: int, who: Identity = AWA, **changed: object) -> Page:
    """Return the page with a segment signed anew, some of it changed, and the page's log mended."""
    return mended(signed_anew(page, at, who, **changed))


def mended(page: Page) -> Page:
    """Return the page with the cursors and the log that belong to its segments."""
    log, cursor = log_0(SPACE), 0
    for paged in page.segments:
        cursor += len(paged.rows)
        log = next_log(log, cursor, paged.server_ms, paged.seg)
    return replace(page, to_cursor=cursor, log=log)


def stub(page: Page, at: int, index: int, form: int) -> Page:
    """Return the page with one row as a stub of this form, its name the same."""
    op = page.segments[at].rows[index]
    assert isinstance(op, OpRow)
    header_hash, sealed_hash = Digest(sha256(op.header).digest()), Digest(sha256(op.sealed).digest())
    entity_of_op = EntityId(bytes(SPACE)) if at == 0 else entity(1)
    if form == 0:
        return row(page, at, index, IdRow(op_id(entity_of_op, op.header, op.sealed)))
    if form == 2:
        return row(page, at, index, DeadRow(op.header, sealed_hash))
    return row(page, at, index, ErasedRow(entity_of_op, header_hash, sealed_hash))


def failure(data: bytes, root: OpId | None = ROOT) -> Reason:
    """Return why a new reader stops at a page, having taken nothing of it."""
    reader = Reader(SPACE, root)
    with pytest.raises(IntegrityFailure) as stopped:
        reader.read(data, 0)
    assert reader.view.cursor == 0
    assert not reader.view.first_entries
    return stopped.value.reason


def test_an_honest_page_is_taken_whole() -> None:
    """Every check passes, and the reader stands where the server does."""
    reader = Reader(SPACE, ROOT)
    reading = reader.read(encode_page(PAGE), 0)
    assert reader.view.cursor == 0
    reader.commit(reading)
    assert (reader.view.cursor, reader.view.log) == (SERVER.cursor, SERVER.log)
    assert [entry.void for entry in reading.entries] == [None] * 6
    assert reader.view.members.epoch == 1
    reader.commit(reader.read(SERVER.page(SERVER.cursor), 0))


HOSTILE: list[tuple[str, Change, Reason]] = [
    ("a cut segment", lambda page: segment(page, 1, seg=page.segments[1].seg[:-1]), Reason.PAGE),
    ("a cursor skipped", lambda page: segment(page, 1, first_cursor=5), Reason.CURSOR),
    ("a segment twice", lambda page: replace(page, segments=page.segments[:2] + page.segments[1:]), Reason.CURSOR),
    ("a time that stands still", lambda page: segment(page, 1, server_ms=page.segments[0].server_ms), Reason.SERVER_MS),
    ("another root", lambda page: replace(page, segments=page.segments[1:]), Reason.CURSOR),
    ("an unknown device", lambda page: signed(page, 1, MALLORY, device=MALLORY.device), Reason.DEVICE),
    ("a flipped signature", lambda page: segment(page, 1, sig=bytes(64)), Reason.SIGNATURE),
    ("a stream from its middle", lambda page: signed(page, 1, from_seq=9), Reason.STREAM),
    ("a stream on another head", lambda page: signed(page, 1, prev_head=Digest(bytes(32))), Reason.STREAM),
    ("another device's stream", lambda page: signed(page, 1, RECOVERY, device=RECOVERY.device), Reason.STREAM),
    ("an unreadable header", lambda page: row(page, 1, 0, OpRow(HeaderBytes(b"\x90"), Sealed(b""))), Reason.ENTITY),
    ("an op swapped", lambda page: row(page, 1, 0, page.segments[1].rows[1]), Reason.CHAIN),
    ("a later log seen", lambda page: signed(page, 1, seen_cursor=5), Reason.SEEN),
    ("another log seen", lambda page: signed(page, 1, seen_log=Digest(bytes(32))), Reason.SEEN),
    ("no segment end seen", lambda page: signed(page, 1, seen_cursor=2), Reason.SEEN),
    ("no log", lambda page: replace(page, log=None), Reason.LOG),
    ("another end", lambda page: replace(page, to_cursor=5), Reason.PAGE),
    ("a genesis shown as dead", lambda page: stub(page, 1, 0, 2), Reason.STUB),
    ("a control op shown as dead", lambda page: stub(page, 0, 1, 2), Reason.STUB),
    ("a control op shown as erased", lambda page: stub(page, 0, 1, 3), Reason.STUB),
]


@pytest.mark.parametrize(("title", "change", "reason"), HOSTILE, ids=[title for title, _, _ in HOSTILE])
def test_a_hostile_page_is_stopped_by_its_own_check(title: str, change: Change, reason: Reason) -> None:
    """Nothing of it is taken."""
    assert failure(encode_page(change(PAGE))) == reason


@pytest.mark.parametrize("data", [b"", b"\xc0", encode([]), encode_page(PAGE) + b"\xc0", encode_page(PAGE)[:-1]])
def test_a_page_that_does_not_decode_is_stopped(data: bytes) -> None:
    """There is one encoding of a page."""
    assert failure(data) == Reason.PAGE


def test_a_page_under_another_root_is_stopped() -> None:
    """Trust begins at what was scanned, and without it there is none."""
    assert failure(encode_page(PAGE), OpId(bytes(32))) == Reason.ROOT
    assert failure(encode_page(PAGE), None) == Reason.ROOT


def test_a_first_segment_that_founds_nothing_is_stopped() -> None:
    """Even if its first op is the root."""
    space = EntityId(bytes(SPACE))
    header = encode_header(Header(SPACE, AWA.device, space, OpClass.CONTROL, "member", START_MS, 0, 0))
    sealed = encode_body(member(AWA))
    root = op_id(space, header, sealed)
    stream = StreamId(b"\x20" * 16)
    first = head_0(SPACE, stream, AWA.device)
    seg = encode_segment(Segment(SPACE, stream, AWA.device, 1, 1, first, chain(first, [root])[-1], 0, log_0(SPACE)))
    rows = (OpRow(header, sealed),)
    paged = PageSegment(1, START_MS, seg, sign_segment(AWA.signing, seg), rows)
    assert failure(encode_page(mended(Page(0, None, False, (paged,)))), root) == Reason.FOUNDING


def hand(server: ModelServer, who: Identity, *ops: tuple[Header, bytes], raw: dict[int, bytes] | None = None) -> None:
    """Append a segment to the server's log without any check, as a hostile server would."""
    pairs = [(HeaderBytes((raw or {}).get(at, encode_header(head))), Sealed(s)) for at, (head, s) in enumerate(ops)]
    names = [op_id(head.entity, data, sealed) for (head, _), (data, sealed) in zip(ops, pairs, strict=True)]
    stream = StreamId(bytes([server.cursor % 256]) * 16)
    first = head_0(SPACE, stream, who.device)
    seg = encode_segment(
        Segment(SPACE, stream, who.device, 1, len(ops), first, chain(first, names)[-1], server.cursor, server.log)
    )
    start, server.cursor = server.cursor + 1, server.cursor + len(ops)
    server.server_ms += 1
    server.log = server.ends[server.cursor] = next_log(server.log, server.cursor, server.server_ms, seg)
    rows = tuple(OpRow(head, sealed) for head, sealed in pairs)
    server.segments.append(PageSegment(start, server.server_ms, seg, sign_segment(who.signing, seg), rows))


def header(who: Identity, **changed: object) -> Header:
    """Return the header of an edit of entity 1, some of it changed."""
    values: dict[str, object] = {
        "space": SPACE,
        "device": who.device,
        "entity": entity(1),
        "op_class": OpClass.EDIT,
        "kind": "thing",
        "hlc_ms": START_MS,
        "hlc_ctr": 0,
        "epoch": 1,
    }
    return Header(**(values | changed))  # type: ignore[arg-type]


def control(who: Identity, kind: str, epoch: int = 1) -> Header:
    """Return the header of a control op."""
    return header(who, entity=EntityId(bytes(SPACE)), op_class=OpClass.CONTROL, kind=kind, epoch=epoch)


def judged(*ops: tuple[Header, bytes], who: Identity = AWA, raw: dict[int, bytes] | None = None) -> list[Void | None]:
    """Return what a reader makes of ops appended to a log in which Samir is a keyless writer, entity 1 exists and 2 is
    erased.
    """
    server, awa = space()
    write_control(awa, member(SAMIR, 1, keyed=False), moment(4))
    write(awa, [Genesis(entity(2), "thing")], moment(5))
    write_control(awa, EraseBody((entity(2),)), moment(6))
    deliver(awa, server)
    before = server.cursor
    hand(server, who, *ops, raw=raw)
    reader = Reader(SPACE, awa.reader.root)
    reading = reader.read(server.page(), 0)
    return [entry.void for entry in reading.entries[before:]]


ROW = header(AWA, op_class=OpClass.ROW, kind="mark")
ROW_ID = op_id(entity(1), encode_header(ROW), Sealed(b"row"))


def test_an_honest_op_is_not_void() -> None:
    """The accepted twins of those below."""
    amend = header(AWA, re=ROW_ID, kind="mark")
    assert (
        judged((header(AWA), b"x"), (ROW, b"row"), (amend, b"x"), (control(AWA, "rules"), encode([1, 2]))) == [None] * 4
    )


VOIDS: list[tuple[str, tuple[tuple[Header, bytes], ...], Void]] = [
    ("a space that is not the segment's", ((header(AWA, space=b"\x11" * 16), b"x"),), Void.SEGMENT),
    ("an amendment of nothing", ((header(AWA, re=OpId(bytes(32)), kind="mark"), b"x"),), Void.AMENDS),
    ("an amendment of another kind", ((ROW, b"row"), (header(AWA, re=ROW_ID, kind="note"), b"x")), Void.AMENDS),
    ("an amendment before its row", ((header(AWA, re=ROW_ID, kind="mark"), b"x"), (ROW, b"row")), Void.AMENDS),
    ("an op twice", ((ROW, b"row"), (ROW, b"row")), Void.LOGGED),
    ("a control body that does not decode", ((control(AWA, "rules"), b"\x90"),), Void.CONTROL),
    ("a member without wrap", ((control(AWA, "member"), encode_body(member(MALLORY))),), Void.CONTROL),
]


@pytest.mark.parametrize(("title", "ops", "void"), VOIDS, ids=[title for title, _, _ in VOIDS])
def test_an_op_that_breaks_a_rule_is_void_and_the_pull_goes_on(
    title: str, ops: tuple[tuple[Header, bytes], ...], void: Void
) -> None:
    """It is kept and counted, and what comes with it is not lost."""
    verdicts = judged(*ops)
    assert [verdict for verdict in verdicts if verdict is not None] == [void]
    assert len(verdicts) == len(ops)


def test_a_header_that_breaks_a_rule_is_void_as_long_as_its_entity_can_be_read() -> None:
    """Its bytes are in the chain all the same."""
    sound = header(AWA)
    assert judged((sound, b"x"), raw={0: encode_header(replace(sound, epoch=0))}) == [Void.HEADER]


def test_an_op_of_a_device_without_the_role_is_void() -> None:
    """Samir writes, but neither erases nor sets rules."""
    assert judged((header(SAMIR), b"x"), who=SAMIR) == [None]
    assert judged((control(SAMIR, "rules"), encode([1, 2])), who=SAMIR) == [Void.ROLE]
    assert judged((control(SAMIR, "erase"), encode_body(EraseBody((entity(1),)))), who=SAMIR) == [Void.ROLE]


def test_a_revoked_device_s_ops_are_void_from_the_revocation_on() -> None:
    """Even within one segment, and never before."""
    ops = ((header(AWA), b"x"), (control(AWA, "member"), encode_body(member(AWA, 0, keyed=False))), (header(AWA), b"y"))
    assert judged(*ops) == [None, None, Void.REVOKED]


def test_a_void_op_has_no_effect() -> None:
    """A rule set by nobody is not in force."""
    server, awa = founded()
    hand(server, AWA, (control(AWA, "rules"), encode([1, 5])), (control(AWA, "rules", 0), encode_body(RulesBody(9))))
    reader = Reader(SPACE, awa.reader.root)
    reader.commit(reader.read(server.page(), 0))
    assert reader.view.members.rules_version == 5
    assert reader.view.cursor == server.cursor


def test_void_ops_are_counted_with_who_signed_them() -> None:
    """And one of an erased entity no more."""
    server, awa = space()
    first = server.cursor + 1
    early = header(AWA, entity=entity(2), epoch=2)
    hand(server, AWA, (header(SAMIR), b"x"), (header(AWA), b"x"), (early, b"x"))
    reader = Reader(SPACE, awa.reader.root)
    reader.commit(reader.read(server.page(), 0))
    of_samir = VoidOp(AWA.device, entity(1), server.server_ms, Void.SEGMENT)
    assert reader.view.voids == {
        first: of_samir,
        first + 2: VoidOp(AWA.device, entity(2), server.server_ms, Void.EPOCH),
    }
    hand(server, AWA, (control(AWA, "erase"), encode_body(EraseBody((entity(2),)))))
    reader.commit(reader.read(server.page(first + 2), 0))
    assert reader.view.voids == {first: of_samir}


def test_a_stream_began_when_the_log_took_its_first_segment() -> None:
    """Whatever came after, and over several pages."""
    server, awa = space()
    hand(server, AWA, (header(AWA), b"x"))
    reader = Reader(SPACE, awa.reader.root)
    reader.commit(reader.read(server.page(0, 1), 0))
    reader.commit(reader.read(server.page(reader.view.cursor), 0))
    first, *_, last = [(decode_segment(one.seg).stream, one.server_ms) for one in server.segments]
    assert len(server.segments) > 2
    assert reader.view.begun == dict([first, last])


def test_stubs_are_justified_by_a_kill_or_an_erasure_of_their_entity() -> None:
    """A dead op needs a killer of its entity after it; an erased one needs an erasure."""
    server, awa = founded()
    write(awa, [Genesis(entity(1), "thing"), Edit(entity(1), "thing", {"count": 1})], moment(2))
    deliver(awa, server)
    target = awa.reader.segments[1].rows[1]
    assert isinstance(target, OpRow)
    dead = op_id(entity(1), target.header, target.sealed)
    hand(server, AWA, (header(AWA, kills=(dead,)), b"x"))
    page = decode_page(server.page())
    reader = Reader(SPACE, awa.reader.root)
    reader.commit(reader.read(encode_page(stub(page, 1, 1, 2)), 0))
    assert dead in reader.view.killed
    hand(server, AWA, (control(AWA, "erase"), encode_body(EraseBody((entity(1),)))))
    erased = decode_page(server.page())
    for at, index in ((1, 0), (1, 1), (2, 0)):
        erased = stub(erased, at, index, 3)
    reader = Reader(SPACE, awa.reader.root)
    reader.commit(reader.read(encode_page(erased), 0))
    assert reader.view.stubs == {}


def test_pages_of_one_segment_lead_to_the_same_log_as_one_page() -> None:
    """A slow line sees what a fast one sees."""
    slow = replica(RECOVERY, ROOT)
    while slow.reader.view.cursor < SERVER.cursor:
        slow.apply_page(SERVER.page(slow.reader.view.cursor, 1), 0)
    fast = replica(RECOVERY, ROOT)
    fast.apply_page(SERVER.page(), 0)
    assert (slow.reader.view.log, slow.reader.view.ends) == (fast.reader.view.log, fast.reader.view.ends)
