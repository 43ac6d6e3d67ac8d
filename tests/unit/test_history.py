"""The history of an entity: all of its ops, dead ones too, and nothing else; what is not proved is refused."""

from collections.abc import Callable

import pytest
from msgspec.structs import replace

from sync.errors import IntegrityFailure, Reason
from sync.history import read_history
from sync.ids import ZERO32, Digest, OpId
from sync.log import IdRow, OpRow, Page, decode_page, encode_page
from sync.writer import Edit, Genesis, write
from tests.engine_kit import MALLORY, RECOVERY, deliver, entity, founded, moment, pull, replica
from tests.model_pages import dead_row, history_page, name_of, stubbed_page
from tests.spoilt_pages import row, segment, signed

THING, OTHER = entity(1), entity(2)
SERVER, WRITER = founded()
write(WRITER, [Genesis(THING, "thing", {"count": 0}), Genesis(OTHER, "thing")], moment(2))
deliver(WRITER, SERVER)
for n in (1, 2, 3):
    write(WRITER, [Edit(THING, "thing", {"count": n}), Edit(OTHER, "thing", {"count": n})], moment(2 + n))
    deliver(WRITER, SERVER)

LATE = replica(RECOVERY, WRITER.reader.root)
LATE.apply_page(stubbed_page(SERVER), 0)
PAGE = decode_page(history_page(SERVER, THING))

Change = Callable[[Page], Page]


def test_a_device_that_has_only_what_is_live_reads_every_value_an_entity_ever_had() -> None:
    rows = read_history(LATE.reader.view, encode_page(PAGE), THING)
    counts = []
    for found in rows:
        assert found.header is not None
        assert isinstance(found.row, OpRow)
        assert LATE.keyring.open(found.header, found.row.header, found.row.sealed) is not None
        counts += [value for _, value in found.header.facts]
    assert counts == [0, 1, 2, 3]
    assert len(LATE.payloads) < len(WRITER.payloads)


def whole(index: int) -> OpRow:
    op = SERVER.segments[1].rows[index]
    assert isinstance(op, OpRow)
    return op


HOSTILE: list[tuple[str, Change, Reason]] = [
    ("a log hash", lambda page: replace(page, log=SERVER.log), Reason.LOG),
    ("more, but nothing", lambda page: replace(page, segments=(), more=True), Reason.PAGE),
    ("another entity's op", lambda page: row(page, 0, 1, whole(1)), Reason.PAGE),
    ("an op without its payload", lambda page: row(page, 1, 0, dead_row(op_of(page, 1, 0))), Reason.PAGE),
    ("a cut segment", lambda page: segment(page, 1, seg=page.segments[1].seg[:-1]), Reason.PAGE),
    ("a flipped signature", lambda page: segment(page, 1, sig=bytes(64)), Reason.SIGNATURE),
    ("an unknown device", lambda page: signed(page, 1, device=MALLORY.device), Reason.DEVICE),
    ("another op", lambda page: row(page, 1, 0, op_of(page, 0, 0)), Reason.CHAIN),
    ("another name", lambda page: row(page, 1, 1, IdRow(OpId(ZERO32))), Reason.CHAIN),
    ("another place", lambda page: segment(page, 0, first_cursor=3), Reason.CURSOR),
    ("a segment twice", lambda page: replace(page, segments=page.segments[:1] * 2), Reason.CURSOR),
    ("another time", lambda page: segment(page, 3, server_ms=page.segments[3].server_ms + 1), Reason.SERVER_MS),
    ("more, from elsewhere", lambda page: replace(page, more=True, to_cursor=page.to_cursor + 1), Reason.PAGE),
    ("a time that stands still", lambda page: segment(page, 1, server_ms=page.segments[0].server_ms), Reason.SERVER_MS),
]


def op_of(page: Page, at: int, index: int) -> OpRow:
    op = page.segments[at].rows[index]
    assert isinstance(op, OpRow)
    return op


@pytest.mark.parametrize(("title", "change", "reason"), HOSTILE, ids=[title for title, _, _ in HOSTILE])
def test_a_hostile_page_is_refused_by_its_own_check(title: str, change: Change, reason: Reason) -> None:
    stubs = dict(LATE.reader.view.stubs)
    with pytest.raises(IntegrityFailure) as stopped:
        read_history(LATE.reader.view, encode_page(change(PAGE)), THING)
    assert stopped.value.reason == reason
    assert LATE.reader.view.stubs == stubs


def test_an_op_that_is_named_only_is_no_part_of_the_history() -> None:
    """A server may leave things out, and cannot make up others."""
    named = row(PAGE, 1, 0, IdRow(name_of(op_of(PAGE, 1, 0))))
    assert len(read_history(LATE.reader.view, encode_page(named), THING)) == 3
    made_up = signed(PAGE, 1, head=Digest(ZERO32))
    with pytest.raises(IntegrityFailure):
        read_history(LATE.reader.view, encode_page(made_up), THING)


def test_reading_history_leaves_the_reader_as_it_was() -> None:
    pull(LATE, SERVER)
    assert LATE.reader.view.cursor == SERVER.cursor
