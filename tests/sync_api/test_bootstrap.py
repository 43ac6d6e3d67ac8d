"""What the service says of dead ops, a checkpoint and one entity, on either database, read by the reader itself."""

import pytest

from sync.checkpoint import checkpoint_of
from sync.errors import IntegrityFailure
from sync.history import read_history
from sync.ids import EntityId, OpId
from sync.log import DeadRow, IdRow, OpRow, Page, Row, decode_page
from sync.op import OpClass
from sync.reader import Reader
from sync.start import Start
from tests.pens import Pen, op_ids
from tests.world import SPACE, World, code

MOMO, OTHER = EntityId(b"\x31" * 16), EntityId(b"\x32" * 16)


def get(world: World, pen: Pen, path: str, **query: str | int) -> bytes:
    """Return the body of a successful answer."""
    answer = world.http.get(f"/v1/spaces/{SPACE.hex()}/{path}", params=query, headers=world.bearer(pen))
    assert answer.status_code == 200, answer.text
    body: bytes = answer.content
    return body


def rows(page: Page) -> list[Row]:
    return [row for paged in page.segments for row in paged.rows]


@pytest.fixture
def lived(founded: World) -> World:
    """Three edits of Momo, each killing the one before, the second beside another's genesis; and a row."""
    awa = founded.awa
    founded.accept(awa, [awa.op(OpClass.GENESIS, "thing", MOMO)])
    first = awa.op(OpClass.EDIT, "thing", MOMO)
    founded.accept(awa, [first])
    second = awa.op(OpClass.EDIT, "thing", MOMO, kills=tuple(op_ids([first])))
    founded.accept(awa, [second, awa.op(OpClass.GENESIS, "thing", OTHER)])
    founded.accept(awa, [awa.op(OpClass.EDIT, "thing", MOMO, kills=tuple(op_ids([second])))])
    return founded


def root(world: World) -> OpId:
    """Return the name of the first op, as it was scanned."""
    first = rows(decode_page(get(world, world.awa, "ops", max_bytes=1)))[0]
    assert isinstance(first, OpRow)
    return op_ids([(first.header, first.sealed)])[0]


def whole(world: World) -> Reader:
    """Return a reader of the whole log."""
    made = Reader(SPACE, root(world))
    made.commit(made.read(get(world, world.awa, "ops"), 0))
    return made


def test_a_pull_leaves_out_the_payload_of_what_is_dead_and_the_reader_finds_it_proved(lived: World) -> None:
    page = decode_page(get(lived, lived.awa, "ops"))
    forms = [type(row) for row in rows(page)]
    assert forms == [OpRow, OpRow, OpRow, OpRow, DeadRow, DeadRow, OpRow, OpRow]
    assert whole(lived).view.stubs == {}


@pytest.mark.parametrize("at", [3, 4, 5, 7, 8])
def test_from_every_segment_end_a_start_is_proved_and_goes_on_to_the_same_log(lived: World, at: int) -> None:
    full = whole(lived)
    then = Reader(SPACE, root(lived))
    while then.view.cursor < at:
        then.commit(then.read(get(lived, lived.awa, "ops", after=then.view.cursor, max_bytes=1), 0))
    made = Reader(SPACE, root(lived), Start(SPACE, at, checkpoint_of(then.view)))
    start = made.start
    assert start is not None
    while not start.complete:
        made.read_start(get(lived, lived.awa, "bootstrap", at=at, after=start.after, max_bytes=1))
    made.finish_start(get(lived, lived.awa, "checkpoint", at=at), 0)
    made.commit(made.read(get(lived, lived.awa, "ops", after=at), 0))
    assert (made.view.log, made.view.streams, made.view.members) == (
        full.view.log,
        full.view.streams,
        full.view.members,
    )
    assert checkpoint_of(made.view) == checkpoint_of(full.view)


def test_what_was_live_at_a_cursor_stays_in_its_bootstrap_whatever_died_since(lived: World) -> None:
    at_7 = rows(decode_page(get(lived, lived.awa, "bootstrap", at=7)))
    assert [type(row) for row in at_7] == [OpRow, OpRow, OpRow, OpRow, DeadRow, OpRow]
    at_8 = rows(decode_page(get(lived, lived.awa, "bootstrap", at=8)))
    assert [type(row) for row in at_8] == [OpRow, OpRow, OpRow, OpRow, IdRow, OpRow, OpRow]


def test_an_empty_log_has_a_checkpoint_too(lived: World) -> None:
    start = Start(SPACE, 0, checkpoint_of(Reader(SPACE, None).view))
    start.read(get(lived, lived.awa, "bootstrap", at=0), None)
    assert start.prove(get(lived, lived.awa, "checkpoint", at=0))[1] == ()


@pytest.mark.parametrize(
    ("path", "refusal"),
    [
        ("checkpoint?at=2", (404, "unknown_cursor")),
        ("checkpoint?at=99", (404, "unknown_cursor")),
        ("checkpoint", (422, "invalid_request")),
        ("bootstrap?at=2", (409, "log_mismatch")),
        ("bootstrap?at=3&after=2", (409, "log_mismatch")),
        ("bootstrap?at=-1", (422, "invalid_request")),
        ("history?entity=momo", (422, "invalid_request")),
    ],
)
def test_a_place_that_is_none_is_refused(lived: World, path: str, refusal: tuple[int, str]) -> None:
    answer = lived.http.get(f"/v1/spaces/{SPACE.hex()}/{path}", headers=lived.bearer(lived.odile))
    assert code(answer) == refusal


def test_the_history_holds_every_op_of_an_entity_for_an_administrator_only(lived: World) -> None:
    view = whole(lived).view
    found = read_history(view, get(lived, lived.odile, "history", entity=MOMO.hex()), MOMO)
    assert [row.cursor for row in found] == [4, 5, 6, 8]
    assert all(isinstance(row.row, OpRow) for row in found)
    pages, after, more = 0, 0, True
    cursors: list[int] = []
    while more:
        body = get(lived, lived.odile, "history", entity=MOMO.hex(), after=after, max_bytes=1)
        page = decode_page(body)
        cursors += [row.cursor for row in read_history(view, body, MOMO)]
        after, more, pages = page.to_cursor, page.more, pages + 1
    assert (pages, cursors) == (4, [4, 5, 6, 8])
    assert read_history(view, get(lived, lived.odile, "history", entity="77" * 16), EntityId(b"\x77" * 16)) == []
    path = f"/v1/spaces/{SPACE.hex()}/history?entity={MOMO.hex()}"
    assert code(lived.http.get(path, headers=lived.bearer(lived.awa))) == (403, "role_missing")


def test_a_kill_counts_for_an_edit_of_the_same_entity_before_it_and_for_nothing_else(founded: World) -> None:
    awa = founded.awa
    genesis, other = awa.op(OpClass.GENESIS, "thing", MOMO), awa.op(OpClass.GENESIS, "thing", OTHER)
    edit, row = awa.op(OpClass.EDIT, "thing", MOMO), awa.op(OpClass.ROW, "event", MOMO)
    (amended,) = op_ids([row])
    amendment = awa.op(OpClass.EDIT, "event", MOMO, re=amended)
    later = awa.op(OpClass.EDIT, "thing", MOMO)
    before = [genesis, other, edit, row, amendment]
    names = tuple(sorted([*op_ids([*before, later]), b"\x99" * 32]))
    founded.accept(awa, [*before, awa.op(OpClass.EDIT, "thing", OTHER, kills=names)])
    founded.accept(awa, [awa.op(OpClass.EDIT, "thing", MOMO, kills=names), later])
    page = decode_page(get(founded, awa, "ops", after=3))
    forms = [type(one) for one in rows(page)]
    assert forms == [OpRow, OpRow, DeadRow, OpRow, OpRow, OpRow, OpRow, OpRow]
    assert whole(founded).view.stubs == {}


def test_a_server_that_hides_a_live_op_behind_a_stub_is_found(lived: World) -> None:
    """The control of the proof, over what this very service says."""
    page = decode_page(get(lived, lived.awa, "ops"))
    last = page.segments[-1].rows[0]
    assert isinstance(last, OpRow)
    reader = whole(lived)
    (named,) = [entry.op_id for entry in reader.view.first_entries.values() if entry.cursor == 8]
    reader.view.stubs[named] = MOMO
    with pytest.raises(IntegrityFailure):
        reader.read(get(lived, lived.awa, "ops", after=8), 0)
