"""What a push stores, once, and every way in which the store refuses it with nothing stored."""

from msgspec.structs import replace

from sync.control import RulesBody
from sync.ids import Digest, OpId
from sync.log import OpRow
from sync.segment import head_0
from tests.pens import Pen, founding, op_ids
from tests.world import SPACE, World, code


def stored(world: World) -> int:
    return world.page(world.odile).to_cursor


def test_a_founding_segment_opens_the_log_at_cursor_one(world: World) -> None:
    receipt = world.found()
    assert (receipt.first_cursor, receipt.last_cursor) == (1, 3)
    assert stored(world) == 3


def test_ops_come_back_as_the_bytes_that_were_pushed(founded: World) -> None:
    pairs = [founded.awa.genesis(), founded.awa.genesis()]
    founded.accept(founded.awa, pairs)
    page = founded.page(founded.awa, after=3)
    assert [(row.header, row.sealed) for row in page.segments[0].rows if isinstance(row, OpRow)] == pairs


def test_a_retried_push_gets_the_same_receipt_and_stores_nothing_more(founded: World) -> None:
    body = founded.awa.push([founded.awa.genesis()])
    first, second = founded.push(body), founded.push(body)
    founded.now += 60_000
    third = founded.push(body)
    assert first.content == second.content == third.content
    assert stored(founded) == 4


def test_server_time_always_grows_even_when_the_clock_stands_or_goes_back(founded: World) -> None:
    first = founded.accept(founded.awa, [founded.awa.genesis()])
    founded.now -= 3_000
    second = founded.accept(founded.awa, [founded.awa.genesis()])
    assert second.server_ms == first.server_ms + 1


def test_a_segment_that_does_not_continue_its_stream_says_where_it_stands(founded: World) -> None:
    awa = founded.awa
    founded.accept(awa, [awa.genesis()])
    standing = (awa.seq, awa.head)
    answer = founded.push(awa.push([awa.genesis()], from_seq=9))
    assert code(answer) == (409, "stream_moved")
    assert (answer.json()["next_seq"], bytes.fromhex(answer.json()["head"])) == standing


def test_an_unknown_stream_begins_at_one(founded: World) -> None:
    awa = founded.awa
    answer = founded.push(awa.push([awa.genesis()], from_seq=5))
    assert code(answer) == (409, "stream_moved")
    head = head_0(SPACE, awa.stream, awa.device)
    assert (answer.json()["next_seq"], answer.json()["head"]) == (1, head.hex())


def test_a_new_stream_closes_the_devices_older_one(founded: World) -> None:
    awa = founded.awa
    founded.accept(awa, [awa.genesis()])
    old = (awa.stream, awa.seq, awa.head)
    awa.new_stream()
    founded.accept(awa, [awa.genesis()])
    awa.stream, awa.seq, awa.head = old
    answer = founded.push(awa.push([awa.genesis()]))
    assert code(answer) == (409, "stream_moved")
    assert (answer.json()["next_seq"], answer.json()["head"]) == (0, "00" * 32)


def test_another_devices_stream_is_closed_to_a_device(founded: World) -> None:
    founded.accept(founded.awa, [founded.awa.genesis()])
    answer = founded.push(founded.odile.push([founded.odile.genesis()], stream=founded.awa.stream))
    assert code(answer) == (409, "stream_moved")
    assert answer.json()["next_seq"] == 0


def test_a_device_that_has_seen_another_log_is_told(founded: World) -> None:
    answer = founded.push(founded.awa.push([founded.awa.genesis()], seen_cursor=3, seen_log=Digest(b"\x01" * 32)))
    assert code(answer) == (409, "log_mismatch")
    assert answer.json()["cursor"] == 3


def test_an_op_that_is_logged_already_is_named_and_the_others_are_not_stored(founded: World) -> None:
    awa = founded.awa
    known, new = awa.genesis(), awa.genesis()
    founded.accept(awa, [known])
    awa.new_stream()
    answer = founded.push(awa.push([new, known]))
    assert code(answer) == (409, "already_logged")
    assert answer.json()["op_ids"] == [op_ids([known])[0].hex()]
    assert stored(founded) == 4


def test_a_second_genesis_of_an_entity_is_refused_in_the_log_and_in_one_push(founded: World) -> None:
    awa = founded.awa
    entity = awa.id()
    founded.accept(awa, [awa.genesis(entity)])
    answer = founded.push(awa.push([awa.genesis(entity)]))
    assert code(answer) == (422, "bad_header")
    other = founded.odile.id()
    answer = founded.push(founded.odile.push([founded.odile.genesis(other), founded.odile.genesis(other)]))
    assert (code(answer), answer.json()["index"]) == ((422, "bad_header"), 1)
    assert stored(founded) == 4


def test_an_edit_logged_before_its_genesis_is_accepted(founded: World) -> None:
    entity = founded.awa.id()
    founded.accept(founded.awa, [founded.awa.edit(entity, facts=(("colour", "red"),))])
    founded.accept(founded.odile, [founded.odile.genesis(entity)])
    assert stored(founded) == 5


def test_a_row_is_amended_in_the_same_push_and_later(founded: World) -> None:
    awa = founded.awa
    entity = awa.id()
    row = awa.row(entity, facts=(("count", 2),))
    name = op_ids([row])[0]
    founded.accept(awa, [awa.genesis(entity), row, awa.amend(entity, name, facts=(("count", 3),))])
    founded.accept(awa, [awa.amend(entity, name, facts=(("void", True),))])
    assert stored(founded) == 7


def test_an_amendment_of_no_row_or_of_another_entitys_is_refused(founded: World) -> None:
    awa = founded.awa
    entity = awa.id()
    row = awa.row(entity)
    founded.accept(awa, [awa.genesis(entity), row])
    for wrong in (awa.amend(awa.id(), op_ids([row])[0]), awa.amend(entity, OpId(b"\x07" * 32))):
        before = (awa.seq, awa.head)
        answer = founded.push(awa.push([wrong]))
        assert code(answer) == (422, "bad_header")
        awa.seq, awa.head = before
    assert stored(founded) == 5


def test_an_epoch_that_does_not_exist_yet_is_refused(founded: World) -> None:
    answer = founded.push(founded.awa.push([founded.awa.genesis(epoch=2)]))
    assert (code(answer), stored(founded)) == ((422, "bad_header"), 3)


def test_a_stranger_is_no_member(founded: World) -> None:
    mallory = Pen(SPACE, 9)
    assert code(founded.push(mallory.push([mallory.genesis()]))) == (403, "not_member")


def test_an_unknown_space_looks_like_one_that_the_device_is_no_member_of(founded: World) -> None:
    chloe = Pen(type(SPACE)(b"\x66" * 16), 5)
    assert code(founded.push(chloe.push([chloe.genesis()]), chloe.space)) == (403, "not_member")


def test_a_member_without_the_write_role_writes_nothing(world: World) -> None:
    world.open_space(world.setup_secret())
    world.accept(world.odile, founding(world.odile, [world.awa], roles=2))
    assert code(world.push(world.awa.push([world.awa.genesis()]))) == (403, "role_missing")
    world.accept(world.odile, [world.odile.genesis()])


def test_only_an_administrator_adds_a_member(founded: World) -> None:
    bruno = Pen(SPACE, 3)
    body = bruno.member_body(1, wrapped=b"\x05" * 80)
    assert code(founded.push(founded.awa.push([founded.awa.control("member", body, 1)]))) == (403, "role_missing")
    founded.accept(founded.odile, [founded.odile.control("member", body, 1)])
    founded.accept(bruno, [bruno.genesis()])


def test_a_space_is_founded_by_a_whole_founding_segment_only(world: World) -> None:
    world.open_space(world.setup_secret())
    answer = world.push(world.odile.push(founding(world.odile, [world.awa])[:2]))
    assert code(answer) == (422, "bad_control")
    world.odile.new_stream()
    world.accept(world.odile, founding(world.odile, [world.awa]))


def test_a_control_op_that_the_server_cannot_carry_out_is_refused(founded: World) -> None:
    odile = founded.odile
    answer = founded.push(odile.push([odile.control("rules", RulesBody(2), 1)]))
    assert code(answer) == (422, "bad_control")


def test_an_empty_segment_is_answered_and_never_stored(founded: World) -> None:
    before = founded.page(founded.awa)
    answer = founded.push(founded.awa.push([]))
    assert answer.status_code == 200
    assert founded.page(founded.awa) == before


def test_a_revoked_device_is_let_in_again_only_by_who_has_seen_its_revocation(founded: World) -> None:
    odile, awa = founded.odile, founded.awa
    before = odile.seen
    revoked = replace(awa.member_body(0), x_pk=None)
    receipt = founded.accept(odile, [odile.control("member", revoked, 1)])
    assert founded.rows("SELECT device, revoked_cursor FROM member WHERE revoked_cursor IS NOT NULL") == [
        (awa.device, receipt.last_cursor)
    ]
    stood, tables = (odile.seq, odile.head), founded.tables()
    addition = [odile.control("member", awa.member_body(1, bytes(80)), 1)]
    assert before is not None
    answer = founded.push(odile.push(addition, seen_cursor=before[0], seen_log=before[1]))
    assert code(answer) == (409, "epoch_conflict")
    assert founded.tables() == tables
    odile.seq, odile.head = stood
    founded.accept(odile, addition)
    assert founded.rows("SELECT device FROM member WHERE revoked_cursor IS NOT NULL") == []
    founded.accept(awa, [awa.genesis()])
