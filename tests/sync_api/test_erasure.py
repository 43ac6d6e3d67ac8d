"""What an erasure leaves on the server, on either database: two hashes of each op, and a log that proves itself."""

from typing import Any

import pytest

from sync.checkpoint import checkpoint_of
from sync.codec import decode
from sync.control import EraseBody
from sync.ids import EntityId, OpId
from sync.log import ErasedRow, IdRow, OpRow, Row, decode_page, decode_receipt
from sync.op import OpClass
from sync.reader import Reader
from sync.start import Start
from tests.pens import Pair, Pen, op_ids
from tests.sync_api.test_bootstrap import get, root, rows, whole
from tests.world import SPACE, World, code

MOMO, OTHER = EntityId(b"\x31" * 16), EntityId(b"\x32" * 16)


def erasing(pen: Pen, *entities: EntityId) -> Pair:
    return pen.control("erase", EraseBody(tuple(sorted(entities))), 1)


@pytest.fixture
def lived(founded: World) -> World:
    """Momo is begun and edited, the second edit beside another's genesis; a row stands under each."""
    awa = founded.awa
    founded.accept(awa, [awa.op(OpClass.GENESIS, "thing", MOMO)])
    first = awa.op(OpClass.EDIT, "thing", MOMO)
    founded.accept(awa, [first, awa.row(MOMO)])
    second = awa.op(OpClass.EDIT, "thing", MOMO, kills=tuple(op_ids([first])))
    founded.accept(awa, [second, awa.op(OpClass.GENESIS, "thing", OTHER), awa.row(OTHER)])
    return founded


def forms(world: World) -> dict[EntityId | None, list[type[Row]]]:
    """Return the forms of the whole log's rows, by entity; the space's own are left out."""
    found: dict[EntityId | None, list[type[Row]]] = {}
    for row, (entity,) in zip(
        rows(decode_page(get(world, world.odile, "ops"))),
        world.rows("SELECT entity FROM op ORDER BY cursor"),
        strict=True,
    ):
        if entity != SPACE:
            found.setdefault(EntityId(bytes(entity)), []).append(type(row))
    return found


def stored(world: World, entity: EntityId) -> list[tuple[bool, bool]]:
    """Return of each op of an entity whether its bytes are there, and whether its hashes are."""
    found = world.rows("SELECT entity, header, sealed, header_hash, sealed_hash FROM op ORDER BY cursor")
    return [
        (header is not None and sealed is not None, of_header is not None and of_sealed is not None)
        for of, header, sealed, of_header, of_sealed in found
        if bytes(of) == entity
    ]


def test_an_erasure_leaves_two_hashes_of_every_op_of_the_entity_and_touches_no_other(lived: World) -> None:
    lived.accept(lived.odile, [erasing(lived.odile, MOMO)])
    assert stored(lived, MOMO) == [(False, True)] * 4
    assert stored(lived, OTHER) == [(True, False)] * 2


def test_a_reader_finds_what_is_erased_proved_by_the_erasure(lived: World) -> None:
    lived.accept(lived.odile, [erasing(lived.odile, MOMO)])
    assert forms(lived) == {MOMO: [ErasedRow] * 4, OTHER: [OpRow] * 2}
    read = whole(lived)
    assert read.view.stubs == {}
    assert set(read.view.erased) == {MOMO}


@pytest.mark.parametrize("at", [3, 4, 6, 9])
def test_from_every_segment_end_a_start_is_proved_after_an_erasure(lived: World, at: int) -> None:
    """The set of what was live at a cursor never changes: so paging may take days, and an erasure may come between."""
    before = Reader(SPACE, root(lived))
    while before.view.cursor < at:
        before.commit(before.read(get(lived, lived.awa, "ops", after=before.view.cursor, max_bytes=1), 0))
    lived.accept(lived.odile, [erasing(lived.odile, MOMO)])
    full = whole(lived)
    made = Reader(SPACE, root(lived), Start(SPACE, at, checkpoint_of(before.view)))
    assert made.start is not None
    while not made.start.complete:
        made.read_start(get(lived, lived.awa, "bootstrap", at=at, after=made.start.after, max_bytes=1))
    made.finish_start(get(lived, lived.awa, "checkpoint", at=at), 0)
    made.commit(made.read(get(lived, lived.awa, "ops", after=at), 0))
    assert checkpoint_of(made.view) == checkpoint_of(full.view)
    assert made.view.erased == full.view.erased


def test_a_start_after_the_erasure_holds_the_erased_by_name_only(lived: World) -> None:
    lived.accept(lived.odile, [erasing(lived.odile, MOMO)])
    found = rows(decode_page(get(lived, lived.awa, "bootstrap", at=10)))
    assert [type(row) for row in found if not isinstance(row, OpRow)] == [IdRow]


def test_what_comes_late_for_the_erased_is_stored_without_its_bytes_and_said_in_the_receipt(lived: World) -> None:
    """A second genesis, an edit, a row and an amendment of a row that is no more: none refused, none of any effect."""
    awa = lived.awa
    (row,) = [
        OpId(bytes(name))
        for name, entity, op_class in lived.rows("SELECT op_id, entity, op_class FROM op")
        if bytes(entity) == MOMO and op_class == OpClass.ROW
    ]
    lived.accept(lived.odile, [erasing(lived.odile, MOMO)])
    late = [awa.genesis(MOMO), awa.edit(MOMO), awa.row(MOMO), awa.amend(MOMO, row)]
    pairs = [late[0], awa.row(OTHER), *late[1:]]
    receipt = lived.accept(awa, pairs)
    assert receipt.erased == tuple(name for name, pair in zip(op_ids(pairs), pairs, strict=True) if pair in late)
    assert stored(lived, MOMO) == [(False, True)] * 8
    assert forms(lived)[OTHER] == [OpRow] * 3
    assert whole(lived).view.stubs == {}


def test_one_segment_may_write_and_erase_in_any_order(lived: World) -> None:
    odile = lived.odile
    pairs = [odile.edit(MOMO), erasing(odile, MOMO), odile.edit(MOMO), odile.genesis(MOMO)]
    receipt = lived.accept(odile, pairs)
    names = op_ids(pairs)
    assert receipt.erased == (names[0], names[2], names[3])
    assert stored(lived, MOMO) == [(False, True)] * 7
    assert whole(lived).view.stubs == {}


def test_a_retry_gets_the_same_receipt_and_an_erasure_said_twice_changes_nothing(lived: World) -> None:
    odile = lived.odile
    body = odile.push([erasing(odile, MOMO), odile.edit(MOMO)])
    first, second = lived.push(body), lived.push(body)
    assert first.content == second.content
    assert len(decode_receipt(first.content).erased) == 1
    lived.accept(odile, [erasing(odile, MOMO, OTHER)])
    assert sorted((bytes(entity), cursor) for entity, cursor in lived.rows("SELECT entity, cursor FROM erased")) == [
        (MOMO, 10),
        (OTHER, 12),
    ]


def test_only_who_has_the_role_may_erase(lived: World) -> None:
    answer = lived.push(lived.awa.push([erasing(lived.awa, MOMO)]))
    assert code(answer) == (403, "role_missing")
    assert stored(lived, MOMO) == [(True, False)] * 4


def test_the_history_of_the_erased_says_that_there_were_ops_and_not_what(lived: World) -> None:
    lived.accept(lived.odile, [erasing(lived.odile, MOMO)])
    found = rows(decode_page(get(lived, lived.odile, "history", entity=MOMO.hex())))
    assert [type(row) for row in found if not isinstance(row, IdRow)] == [ErasedRow] * 4


def test_an_acknowledgement_says_how_far_a_silent_device_has_come(lived: World) -> None:
    lived.accept(lived.odile, [erasing(lived.odile, MOMO)])
    page = lived.page(lived.awa)
    lived.awa.seen = (page.to_cursor, page.log)  # type: ignore[assignment]
    assert lived.push(lived.awa.push([])).status_code == 200
    said: Any = decode(get(lived, lived.odile, "seen"))
    seen = {bytes(device): cursor for device, cursor in said}
    assert seen[lived.awa.device] == page.to_cursor == 10
    assert list(seen) == sorted([lived.odile.device, lived.awa.device])
    assert seen[lived.odile.device] < 10


def test_only_an_administrator_is_told_how_far_the_others_have_come(lived: World) -> None:
    answer = lived.http.get(f"/v1/spaces/{SPACE.hex()}/seen", headers=lived.bearer(lived.awa))
    assert code(answer) == (403, "role_missing")
