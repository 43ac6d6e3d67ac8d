"""A server restored from an older backup: nothing saved is lost, nothing is stored twice, no revocation is undone."""

import asyncio
from copy import deepcopy
from hashlib import sha256
from typing import NamedTuple

import pytest
from msgspec.structs import replace as with_values

from sync.checkpoint import checkpoint_of
from sync.codec import decode, encode
from sync.errors import BadHeader, EpochConflict, IntegrityFailure, LogMismatch, StreamMoved
from sync.ids import Digest, EntityId, OpId, StreamId, WorkerId
from sync.liveness import FIELD
from sync.log import DeadRow, OpRow
from sync.log import Row as LogRow
from sync.op import op_id
from sync.outbox import OutState, Reaction
from sync.replica import Replica, new_replica
from sync.reseal import reseal
from sync.restore import last_common_end, last_known_members, step_back
from sync.rotation import keep_controls, rotation_due, wrap_ahead, write_revocation, write_rotation
from sync.start import Start
from sync.stored import decode_replica, encode_replica
from sync.writer import Amend, Edit, Genesis, Row, write, write_control
from tests.engine_kit import (
    AWA,
    MALLORY,
    REGISTRY,
    SAMIR,
    SPACE,
    START_MS,
    ModelServer,
    chance,
    deliver,
    entity,
    founded,
    identity,
    member,
    moment,
    pull,
    replica,
)
from tests.model_pages import bootstrap_page, checkpoint_at

DINA = identity(4)
"""The second administrator."""

THING = entity(1)


class Office(NamedTuple):
    """A space with two administrators, Awa and Dina, and Samir who writes; each has read everything."""

    server: ModelServer
    awa: Replica
    dina: Replica
    samir: Replica


def office() -> Office:
    server, awa = founded()
    for who, roles, worker in ((AWA, 7, b"\x0c" * 16), (DINA, 7, b"\x0d" * 16), (SAMIR, 1, b"\x0e" * 16)):
        assert who.box is not None
        body = member(who, roles, wrap_ahead(awa, who.box.public, who.device))
        write_control(awa, with_values(body, worker=WorkerId(worker)), moment(70))
    deliver(awa, server)
    dina, samir = (replica(who, awa.reader.root) for who in (DINA, SAMIR))
    for other in (dina, samir):
        pull(other, server)
    return Office(server, awa, dina, samir)


def noted(who: Replica, note: str, seed: int) -> OpId:
    """Write a note on the thing: the first one begins it."""
    intent = Edit if who.ops(THING) else Genesis
    (name,) = write(who, [intent(THING, "thing", fields={"note": note})], moment(seed))
    return name


def note_of(who: Replica) -> object:
    """Return the note that shows."""
    state = who.state(THING)
    assert state is not None
    assert state.own is not None
    return state.own.registers[FIELD, "note"].value


def back(who: Replica, server: ModelServer) -> int:
    """Find the last common end, step back there and return it."""

    async def ask(cursor: int) -> Digest | None:
        return server.ends.get(cursor)

    common = asyncio.run(last_common_end(who.reader.view.ends, ask))
    stream = StreamId(chance(server.cursor + int.from_bytes(who.identity.device))(16))
    step_back(who, common, stream, START_MS)
    return common


def again(who: Replica) -> Replica:
    """Return the replica as it comes back from the disk."""
    return decode_replica(encode_replica(who), who.identity, REGISTRY)


# ── Finding the last common end ──


@pytest.mark.parametrize("common", range(6))
def test_the_last_common_end_is_found_in_few_questions(common: int) -> None:
    ends = {end * 3: Digest(bytes([end]) * 32) for end in range(6)}
    asked: list[int] = []

    async def ask(cursor: int) -> Digest | None:
        asked.append(cursor)
        return ends[cursor] if cursor <= common * 3 else None if cursor % 2 else Digest(bytes(32))

    assert asyncio.run(last_common_end(ends, ask)) == common * 3
    assert len(asked) <= 4


# ── What is lost and comes back ──


def test_an_acknowledged_op_that_the_server_has_lost_is_sent_again_as_it_was() -> None:
    server, awa, _, samir = office()
    backup = deepcopy(server)
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
    server, _, _, samir = office()
    backup = deepcopy(server)
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
    server, awa, _, samir = office()
    backup = deepcopy(server)
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
    server, awa, dina, samir = office()
    backup = deepcopy(server)
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
    server, awa, _, samir = office()
    backup = deepcopy(server)
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


# ── Epochs and revocations ──


def test_a_lost_revocation_stays_in_force_here_and_is_sent_again() -> None:
    server, awa, _, samir = office()
    backup = deepcopy(server)
    write_revocation(awa, [SAMIR.device], moment(3))
    deliver(awa, server)
    back(awa, backup)
    awa = again(awa)
    assert last_known_members(awa).by_device[SAMIR.device].revoked
    assert not awa.reader.view.members.by_device[SAMIR.device].revoked
    name = noted(awa, "not for him", 4)
    assert awa.outbox.ops[name].header.epoch == 2
    deliver(awa, backup)
    assert backup.members.by_device[SAMIR.device].revoked
    pull(samir, backup)
    assert name not in samir.payloads


def test_nothing_new_is_sealed_for_whom_a_lost_rotation_cut_off() -> None:
    """A server that plays an older log to an outreach worker gets nothing that its accomplice can open."""
    server, awa, dina, samir = office()
    backup = deepcopy(server)
    write_revocation(awa, [SAMIR.device], moment(3))
    deliver(awa, server)
    pull(dina, server)
    back(dina, backup)
    dina = again(dina)
    name = noted(dina, "not for him", 4)
    assert (dina.outbox.ops[name].header.epoch, dina.held(), dina.push()) == (2, {name}, None)
    assert note_of(again(dina)) == "not for him"
    back(awa, backup)
    deliver(awa, backup)
    pull(dina, backup)
    deliver(dina, backup)
    pull(samir, backup)
    pull(awa, backup)
    assert (name in samir.payloads, name in awa.payloads) == (False, True)


def test_nobody_rotates_while_another_administrator_may_bring_an_epoch_back() -> None:
    server, awa, dina, _ = office()
    backup = deepcopy(server)
    write_revocation(awa, [SAMIR.device], moment(3))
    deliver(awa, server)
    pull(dina, server)
    back(dina, backup)
    assert not rotation_due(dina)
    assert not keep_controls(dina, moment(5))
    assert len(write_revocation(dina, [SAMIR.device], moment(6))) == 1


def test_once_a_person_has_heard_of_it_the_next_administrator_revokes_and_rotates() -> None:
    server, awa, dina, _ = office()
    backup = deepcopy(server)
    write_revocation(awa, [SAMIR.device], moment(3))
    deliver(awa, server)
    pull(dina, server)
    back(dina, backup)
    dina.restored_ms = None
    assert keep_controls(dina, moment(5))
    deliver(dina, backup)
    assert (backup.members.epoch, backup.members.by_device[SAMIR.device].revoked) == (2, True)
    assert not keep_controls(dina, moment(6))


def test_whoever_is_let_in_again_after_that_stays_in() -> None:
    server, awa, dina, _ = office()
    backup = deepcopy(server)
    write_revocation(awa, [SAMIR.device], moment(3))
    deliver(awa, server)
    pull(dina, server)
    back(dina, backup)
    dina.restored_ms = None
    keep_controls(dina, moment(5))
    deliver(dina, backup)
    assert SAMIR.box is not None
    write_control(dina, member(SAMIR, 1, wrap_ahead(dina, SAMIR.box.public, SAMIR.device)), moment(6))
    deliver(dina, backup)
    dina = again(dina)
    assert not keep_controls(dina, moment(7))
    assert not backup.members.by_device[SAMIR.device].revoked


def superseded() -> tuple[ModelServer, Replica, Replica, Replica, OpId]:
    """Return a server whose log has Dina's epoch 2 where it had lost Awa's, under which Samir wrote a note."""
    server, awa, dina, samir = office()
    backup = deepcopy(server)
    write_rotation(awa, moment(3))
    deliver(awa, server)
    pull(samir, server)
    name = noted(samir, "calm", 4)
    (row,) = write(samir, [Row(THING, "mark", facts={"done": False})], moment(5))
    write(samir, [Amend(THING, "mark", row, facts={"done": True})], moment(6))
    deliver(samir, server)
    back(samir, backup)
    write_rotation(dina, moment(7))
    deliver(dina, backup)
    return backup, awa, dina, samir, name


def test_what_waits_under_an_epoch_that_another_has_replaced_is_sealed_again() -> None:
    server, awa, dina, samir, name = superseded()
    samir = again(samir)
    pull(samir, server)
    assert len(samir.held()) == 3
    samir = again(samir)
    renamed = reseal(samir)
    assert (name in renamed, samir.held()) == (True, set())
    assert note_of(samir) == note_of(again(samir)) == "calm"
    deliver(samir, server)
    for who in (dina, awa):
        if who is awa:
            back(who, server)
        pull(who, server)
        state = who.state(THING)
        assert state is not None
        assert [group.registers[0, "done"].value for group in state.groups if group.row] == [True]
        assert note_of(who) == "calm"


def test_two_stores_of_one_device_seal_it_again_to_the_same_op() -> None:
    """A cloned profile holds the same outbox; what it writes again must be counted once."""
    server, _, _, samir, _ = superseded()
    clone = again(samir)
    for store in (samir, clone):
        pull(store, server)
        reseal(store)
    assert list(samir.outbox.ops) == list(clone.outbox.ops)


def test_what_is_not_sealed_again_opens_for_nobody_else() -> None:
    """The control of the two tests above: the server accepts it, and no member reads it."""
    server, _, dina, samir, name = superseded()
    pull(samir, server)
    view = samir.reader.view
    pushed = samir.outbox.push(samir.identity.signing, (view.cursor, view.log))
    assert pushed is not None
    server.push(pushed)
    pull(dina, server)
    assert name not in dina.payloads
    assert name in dina.waiting


def test_a_rotation_that_lost_its_place_takes_those_that_stand_on_it_along() -> None:
    """Its number is the winner's, and the box in it holds a key that is no more."""
    server, awa, dina, _ = office()
    backup = deepcopy(server)
    write_rotation(awa, moment(3))
    deliver(awa, server)
    pull(dina, server)
    write_rotation(dina, moment(4))
    deliver(dina, server)
    back(dina, backup)
    assert [op.header.epoch for op in dina.outbox.ops.values()] == [2]
    assert dina.push() is None
    write_rotation(awa := replica_at(awa, backup), moment(5))
    deliver(awa, backup)
    pull(dina, backup)
    assert [op.state for op in dina.outbox.ops.values()] == [OutState.ASIDE]
    assert keep_controls(dina, moment(6))
    assert not dina.outbox.ops


def replica_at(who: Replica, server: ModelServer) -> Replica:
    """Return a store of the same device that has read this server's log only."""
    fresh = replica(who.identity, who.reader.root, seed=5)
    pull(fresh, server)
    return fresh


def test_a_lost_rotation_of_one_s_own_is_sent_again_before_what_was_written_under_it() -> None:
    server, awa, dina, _ = office()
    backup = deepcopy(server)
    write_rotation(awa, moment(3))
    deliver(awa, server)
    name = noted(awa, "calm", 4)
    deliver(awa, server)
    back(awa, backup)
    awa = again(awa)
    deliver(awa, backup)
    pull(dina, backup)
    assert (backup.members.epoch, name in dina.payloads, awa.lost) == (2, True, {})


def test_a_rotation_that_lost_to_another_is_refused() -> None:
    server, awa, dina, _ = office()
    backup = deepcopy(server)
    write_rotation(awa, moment(3))
    deliver(awa, server)
    write_rotation(dina, moment(4))
    deliver(dina, backup)
    back(awa, backup)
    pushed = awa.push()
    assert pushed is not None
    with pytest.raises(EpochConflict):
        backup.push(pushed)


def test_a_store_that_was_saved_before_servers_could_be_restored_is_still_read() -> None:
    """Its form has no lost ops."""
    _, awa, _, _ = office()
    noted(awa, "calm", 2)
    stored = decode(encode_replica(awa))
    assert isinstance(stored, list)
    assert (stored[0], stored[-2:]) == (3, [[], None])
    before = decode_replica(encode([2, *stored[1:-2]]), AWA, REGISTRY)
    assert (note_of(before), before.lost, before.restored_ms) == ("calm", {}, None)


def test_whoever_is_let_in_again_by_another_op_is_in_everywhere() -> None:
    """The lost revocation never comes back: the device that wrote it is gone. What the log says later counts more."""
    server, awa, dina, _ = office()
    backup = deepcopy(server)
    write_revocation(dina, [SAMIR.device], moment(3))
    deliver(dina, server)
    pull(awa, server)
    back(awa, backup)
    assert last_known_members(awa).by_device[SAMIR.device].revoked
    assert SAMIR.box is not None
    fresh = replica_at(dina, backup)
    body = member(SAMIR, 1, wrap_ahead(fresh, SAMIR.box.public, SAMIR.device))
    write_control(fresh, body, moment(4, START_MS + 3_600_000))
    deliver(fresh, backup)
    pull(awa, backup)
    assert not last_known_members(awa).by_device[SAMIR.device].revoked


def test_an_op_whose_secret_is_gone_is_held() -> None:
    server, _, _, samir, name = superseded()
    pull(samir, server)
    amend = list(samir.outbox.ops)[-1]
    del samir.keyring.secrets[THING]
    assert {name, amend} <= samir.held()


# ── Keys that came with what is lost ──


def test_whoever_was_let_in_by_what_is_lost_reads_and_writes_on() -> None:
    """The epoch is in the log, and the op that brought its key to this device is not."""
    server, awa, _, samir = office()
    noted(samir, "calm", 2)
    deliver(samir, server)
    backup = deepcopy(server)
    pull(awa, server)
    assert MALLORY.box is not None
    write_control(awa, member(MALLORY, 1, wrap_ahead(awa, MALLORY.box.public, MALLORY.device)), moment(3))
    deliver(awa, server)
    newcomer = replica(MALLORY, awa.reader.root)
    pull(newcomer, server)
    back(newcomer, backup)
    newcomer = again(newcomer)
    assert MALLORY.device not in newcomer.reader.view.members.by_device
    assert note_of(newcomer) == "calm"
    noted(newcomer, "tired", 4)
    back(awa, backup)
    deliver(awa, backup)
    pull(newcomer, backup)
    deliver(newcomer, backup)
    pull(awa, backup)
    assert note_of(awa) == "tired"


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


def test_two_lost_epochs_of_one_number_are_both_held() -> None:
    """A server that is restored twice has lost two epochs of one number; what each sealed still opens."""
    server, awa, dina, samir = office()
    backup = deepcopy(server)
    write_rotation(awa, moment(3))
    deliver(awa, server)
    pull(samir, server)
    first = noted(samir, "calm", 4)
    deliver(samir, server)
    once = deepcopy(backup)
    back(samir, once)
    write_rotation(dina, moment(5))
    deliver(dina, once)
    pull(samir, once)
    reseal(samir)
    deliver(samir, once)
    second = noted(samir, "tired", 6)
    deliver(samir, once)
    back(samir, backup)
    samir = again(samir)
    assert first not in samir.outbox.ops
    assert second in samir.outbox.ops
    assert note_of(samir) == "tired"
    assert len(samir.keyring.lost.of(2)) == 2
