"""A server restored from an older backup: nothing saved is lost, nothing is stored twice, no revocation is undone."""

import asyncio
from copy import deepcopy
from hashlib import sha256

import pytest
from msgspec.structs import replace as with_values

from sync.checkpoint import checkpoint_of
from sync.codec import decode, encode
from sync.errors import BadHeader, IntegrityFailure, LogMismatch, StreamMoved
from sync.ids import Digest, EntityId, OpId, StreamId
from sync.liveness import FIELD
from sync.log import DeadRow, OpRow
from sync.log import Row as LogRow
from sync.op import op_id
from sync.outbox import Reaction
from sync.replica import new_replica
from sync.restore import last_common_end
from sync.rotation import wrap_ahead, write_rotation
from sync.start import Start
from sync.stored import decode_replica, encode_replica
from sync.writer import Amend, Row, write, write_control
from tests.engine_kit import (
    AWA,
    MALLORY,
    REGISTRY,
    SPACE,
    START_MS,
    ModelServer,
    chance,
    deliver,
    member,
    moment,
    pull,
    replica,
)
from tests.model_pages import bootstrap_page, checkpoint_at
from tests.restored_kit import (
    DINA,
    THING,
    again,
    back,
    note_of,
    noted,
    office,
    with_backup,
)


@pytest.mark.parametrize("common", range(6))
def test_the_last_common_end_is_found_in_few_questions(common: int) -> None:
    ends = {end * 3: Digest(bytes([end]) * 32) for end in range(6)}
    asked: list[int] = []

    async def ask(cursor: int) -> Digest | None:
        asked.append(cursor)
        return ends[cursor] if cursor <= common * 3 else None if cursor % 2 else Digest(bytes(32))

    assert asyncio.run(last_common_end(ends, ask)) == common * 3
    assert len(asked) <= 4


def test_an_acknowledged_op_that_the_server_has_lost_is_sent_again_as_it_was() -> None:
    server, backup, awa, _, samir = with_backup()
    name = noted(samir, "calm", 2)
    deliver(samir, server)
    assert not samir.outbox.ops
    assert back(samir, backup) == backup.cursor
    assert list(samir.outbox.ops) == [name]
    assert note_of(samir) == "calm"
    deliver(samir, backup)
    pull(awa, backup)
    assert (note_of(awa), list(awa.payloads)) == ("calm", [name])
    assert not samir.outbox.ops


def test_what_waited_for_its_receipt_and_what_was_in_flight_is_sent_after_what_was_lost() -> None:
    server, backup, _, _, samir = with_backup()
    names = [noted(samir, "one", 2)]
    deliver(samir, server)
    names.append(noted(samir, "two", 3))
    pushed = samir.push()
    assert pushed is not None
    samir.accept(server.push(pushed), START_MS)
    names.append(noted(samir, "three", 4))
    assert samir.push() is not None
    names.append(noted(samir, "four", 5))
    back(samir, backup)
    samir = again(samir)
    assert list(samir.outbox.ops) == names
    deliver(samir, backup)
    assert [bytes(name) for name in backup.headers if backup.headers[name].entity == THING] == names
    assert note_of(samir) == "four"


def test_the_server_says_that_it_has_another_log_and_a_page_of_one_is_refused() -> None:
    """How a device comes to ask at all: by its push, and by a pull from an end that the other log has too."""
    server, backup, awa, _, samir = with_backup()
    noted(samir, "calm", 2)
    deliver(samir, server)
    noted(samir, "tired", 3)
    reactions = []
    for expected in (StreamMoved, LogMismatch):  # a stream that it does not know, then an end that it never had
        pushed = samir.push()
        assert pushed is not None
        with pytest.raises(expected) as refused:
            backup.push(pushed)
        reactions.append(samir.refuse(refused.value.code, refused.value.details, StreamId(bytes(16))))
    assert reactions == [Reaction.SEND, Reaction.RESTORE]
    noted(awa, "other", 4)
    deliver(awa, backup)
    assert backup.cursor == samir.reader.view.cursor
    with pytest.raises(IntegrityFailure):
        samir.apply_page(backup.page(samir.reader.view.cursor), START_MS)


def test_others_ops_stay_in_sight_until_their_author_brings_them_back() -> None:
    server, backup, awa, dina, samir = with_backup()
    name = noted(samir, "calm", 2)
    deliver(samir, server)
    pull(awa, server)
    back(awa, backup)
    awa = again(awa)
    assert (note_of(awa), list(awa.outbox.ops)) == ("calm", [])
    assert [entry.op_id for entry in awa.lost[THING]] == [name]
    assert awa.restored_ms == START_MS
    back(samir, backup)
    deliver(samir, backup)
    for other in (awa, dina):
        pull(other, backup)
    assert (note_of(awa), note_of(dina), awa.lost) == ("calm", "calm", {})


def test_an_edit_on_a_lost_op_is_no_conflict_when_both_are_there() -> None:
    server, backup, awa, _, samir = with_backup()
    noted(samir, "calm", 2)
    deliver(samir, server)
    pull(awa, server)
    back(awa, backup)
    noted(awa, "tired", 3)
    deliver(awa, backup)
    back(samir, backup)
    deliver(samir, backup)
    pull(awa, backup)
    for who in (awa, samir):
        state = who.state(THING)
        assert state is not None
        assert state.own is not None
        register = state.own.registers[FIELD, "note"]
        assert (register.value, register.conflict) == ("tired", False)


def test_an_amendment_of_a_lost_row_waits_until_the_row_is_back() -> None:
    server, awa, _, samir = office()
    noted(samir, "calm", 2)
    deliver(samir, server)
    backup = deepcopy(server)
    (row,) = write(samir, [Row(THING, "mark", facts={"done": False})], moment(3))
    deliver(samir, server)
    pull(awa, server)
    back(awa, backup)
    (amend,) = write(awa, [Amend(THING, "mark", row, facts={"done": True})], moment(4))
    assert awa.held() == {amend}
    assert awa.push() is None
    back(samir, backup)
    deliver(samir, backup)
    pull(awa, backup)
    assert awa.held() == set()
    deliver(awa, backup)
    assert amend in backup.headers


def test_an_amendment_that_does_not_wait_is_refused() -> None:
    """The control of the test above."""
    server, awa, _, samir = office()
    noted(samir, "calm", 2)
    deliver(samir, server)
    backup = deepcopy(server)
    (row,) = write(samir, [Row(THING, "mark")], moment(3))
    deliver(samir, server)
    pull(awa, server)
    back(awa, backup)
    write(awa, [Amend(THING, "mark", row, facts={"done": True})], moment(4))
    view = awa.reader.view
    pushed = awa.outbox.push(awa.identity.signing, (view.cursor, view.log))
    assert pushed is not None
    with pytest.raises(BadHeader):
        backup.push(pushed)


def without_payload(server: ModelServer, name: OpId, of: EntityId) -> None:
    """Let the server send an op that was killed since without its payload."""
    for at, segment in enumerate(server.segments):
        rows = tuple(_bare(row, name, of) for row in segment.rows)
        server.segments[at] = with_values(segment, rows=rows)


def _bare(row: LogRow, name: OpId, of: EntityId) -> LogRow:
    if not isinstance(row, OpRow) or op_id(of, row.header, row.sealed) != name:
        return row
    return DeadRow(row.header, Digest(sha256(row.sealed).digest()))


def test_an_op_of_one_s_own_that_comes_back_dead_keeps_its_payload_here() -> None:
    """The server that forgets it, and what killed it, must be given it again."""
    server, awa, _, samir = office()
    noted(samir, "calm", 2)
    deliver(samir, server)
    pull(awa, server)
    backup = deepcopy(server)
    name = noted(samir, "tired", 3)
    pushed = samir.push()
    assert pushed is not None
    server.push(pushed)
    pull(awa, server)
    noted(awa, "asleep", 4)
    deliver(awa, server)
    without_payload(server, name, THING)
    samir.apply_page(server.page(samir.reader.view.cursor), START_MS)
    assert (note_of(samir), list(samir.outbox.ops)) == ("asleep", [])
    samir = again(samir)
    back(samir, backup)
    assert list(samir.outbox.ops) == [name]
    assert note_of(samir) == "asleep"
    deliver(samir, backup)
    late = replica(DINA, awa.reader.root)
    pull(late, backup)
    assert note_of(late) == "tired"


def test_what_came_dead_is_read_again_where_its_killer_is_lost() -> None:
    """A device that had only the stub of an op would else never show what the server's log has alive."""
    server, awa, dina, samir = office()
    noted(samir, "calm", 2)
    deliver(samir, server)
    first = server.cursor
    pull(awa, server)
    name = noted(samir, "tired", 3)
    deliver(samir, server)
    backup = deepcopy(server)
    pull(awa, server)
    noted(awa, "asleep", 4)
    deliver(awa, server)
    without_payload(server, name, THING)
    pull(dina, server)
    assert name not in dina.payloads
    assert back(dina, backup) == backup.cursor
    assert dina.reader.view.cursor == first
    assert note_of(again(dina)) == "asleep"
    pull(dina, backup)
    assert name in dina.payloads
    assert [entry.op_id for entry in dina.lost[THING]] != [name]


def test_a_second_restore_before_everything_was_read_again_loses_nothing_either() -> None:
    server, awa, dina, samir = office()
    older = deepcopy(server)
    noted(samir, "calm", 2)
    deliver(samir, server)
    backup = deepcopy(server)
    pull(awa, server)
    name = noted(awa, "tired", 3)
    deliver(awa, server)
    back(awa, backup)
    deliver(awa, backup)
    back(awa, older)
    back(samir, older)
    assert list(awa.outbox.ops) == [name]
    for who in (samir, awa, samir, dina):
        deliver(who, older)
    assert note_of(awa) == note_of(samir) == note_of(dina) == "tired"


def test_a_store_that_was_saved_before_servers_could_be_restored_is_still_read() -> None:
    """Its form has no lost ops."""
    _, awa, _, _ = office()
    noted(awa, "calm", 2)
    stored = decode(encode_replica(awa))
    assert isinstance(stored, list)
    assert (stored[0], stored[-2:]) == (3, [[], None])
    before = decode_replica(encode([2, *stored[1:-2]]), AWA, REGISTRY)
    assert (note_of(before), before.lost, before.restored_ms) == ("calm", {}, None)


def test_a_device_that_goes_back_below_its_checkpoint_shows_all_until_it_has_read_again() -> None:
    server, awa, _, samir = office()
    older = deepcopy(server)
    write_rotation(awa, moment(2))
    deliver(awa, server)
    pull(samir, server)
    noted(samir, "calm", 3)
    deliver(samir, server)
    pull(awa, server)
    assert MALLORY.box is not None
    write_control(awa, member(MALLORY, 1, wrap_ahead(awa, MALLORY.box.public, MALLORY.device)), moment(4))
    deliver(awa, server)
    at = awa.reader.view.cursor
    late = new_replica(
        MALLORY,
        REGISTRY,
        SPACE,
        awa.reader.root,
        StreamId(chance(7)(16)),
        Start(SPACE, at, checkpoint_of(awa.reader.view)),
    )
    late.apply_start(bootstrap_page(server, at))
    late.finish_start(checkpoint_at(server, at), START_MS)
    noted(samir, "tired", 5)
    deliver(samir, server)
    pull(late, server)
    back(late, older)
    late = again(late)
    assert (late.reader.start, late.reader.view.cursor, note_of(late)) == (None, 0, "tired")
    for who in (awa, samir):
        back(who, older)
        pull(who, older)
        deliver(who, older)
    pull(late, older)
    assert (note_of(late), late.lost) == ("tired", {})
