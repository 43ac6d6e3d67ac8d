"""Keys and names after a server was restored: what a newcomer holds, what comes back renamed, who is given no key."""

from copy import deepcopy

import pytest

from sync.control import EpochBody, MemberBody, decode_body
from sync.errors import BadHeader
from sync.ids import OpId, StreamId
from sync.liveness import FIELD
from sync.op import OpClass
from sync.outbox import OutState
from sync.replica import Replica
from sync.reseal import reseal
from sync.restore import step_back
from sync.rotation import keep_controls, wrap_ahead, write_revocation, write_rotation
from sync.writer import Amend, Edit, Row, write, write_control
from tests.engine_kit import MALLORY, SAMIR, START_MS, deliver, identity, member, moment, pull, replica
from tests.model_pages import stubbed_page
from tests.restored_kit import THING, again, back, exchange, note_of, noted, office, replica_at, superseded, with_backup

NEW = identity(6)


def let_in(awa: Replica) -> None:
    assert NEW.box is not None
    write_control(awa, member(NEW, 1, wrap_ahead(awa, NEW.box.public, NEW.device)), moment(60))


def rows(who: Replica) -> int:
    state = who.state(THING)
    return 0 if state is None else sum(group.row is not None for group in state.groups)


def rows_of(who: Replica) -> list[OpId]:
    """Return the rows of the thing that count."""
    state = who.state(THING)
    assert state is not None
    return [group.row for group in state.groups if group.row is not None]


def test_a_newcomer_whose_admission_was_lost_still_opens_what_it_wrote() -> None:
    """Its key came with its member op: no lost epoch has a wrap for it."""
    server, backup, awa, dina, _ = with_backup()
    write_rotation(awa, moment(3))
    let_in(awa)
    deliver(awa, server)
    new = replica(NEW, awa.reader.root)
    pull(new, server)
    noted(new, "calm", 4)
    deliver(new, server)
    back(new, backup)
    assert note_of(again(new)) == "calm"
    back(awa, backup)
    deliver(awa, backup)
    pull(new, backup)
    deliver(new, backup)
    pull(dina, backup)
    assert note_of(dina) == "calm"


def test_an_edit_that_is_back_before_its_beginning_opens_after_a_restart() -> None:
    server, backup, awa, dina, samir = with_backup()
    noted(samir, "calm", 2)
    deliver(samir, server)
    for who in (awa, dina):
        pull(who, server)
    noted(dina, "tired", 3)
    deliver(dina, server)
    back(awa, backup)
    back(dina, backup)
    deliver(dina, backup)
    pull(awa, backup)
    assert note_of(again(awa)) == "tired"


def test_what_is_back_under_another_name_is_shown_once() -> None:
    backup, _, dina, samir, name = superseded()
    (lost,) = [op for op in samir.outbox.ops.values() if op.header.op_class == OpClass.ROW]
    witness = again(samir)
    witness.hold_lost(())
    pull(samir, backup)
    renamed = reseal(samir)
    deliver(samir, backup)
    pull(dina, backup)
    assert (name in renamed, lost.op_id in renamed, rows(dina)) == (True, True, 1)
    pull(witness, backup)  # another store of the same device, with the same outbox
    assert reseal(witness).keys() >= {name, lost.op_id}
    assert (rows(witness), list(witness.outbox.ops)) == (1, [])
    assert witness.payloads.keys().isdisjoint({name, lost.op_id})


def test_a_copied_profile_that_is_refused_what_the_other_copy_has_given_back_lets_go_of_it() -> None:
    """It would write its own beginning a second time, as an edit, for the log's is under another name."""
    server, backup, awa, dina, _ = with_backup()
    write_rotation(dina, moment(3))
    deliver(dina, server)
    name = noted(dina, "calm", 4)
    (row,) = write(dina, [Row(THING, "mark")], moment(5))
    deliver(dina, server)
    copy = again(dina)
    own = noted(copy, "tired", 6)
    for who in (dina, copy):
        back(who, backup)
    write_rotation(awa, moment(7))
    deliver(awa, backup)
    pull(dina, backup)
    renamed = reseal(dina)
    exchange(dina, backup)
    exchange(copy, backup)
    assert copy.outbox.ops[name].code == BadHeader.code
    found = reseal(copy)
    assert [found[one] for one in (name, row)] == [renamed[one] for one in (name, row)]
    assert {name, row, *renamed.values()}.isdisjoint(copy.outbox.ops)
    exchange(copy, backup)
    pull(dina, backup)
    assert (found[own] in dina.reader.view.first_entries, note_of(dina), rows(dina)) == (True, "tired", 1)


def test_what_two_copies_of_a_profile_wrote_in_one_quarter_of_an_hour_is_not_taken_for_one() -> None:
    """Their ops have one header: only what they say tells them apart."""
    server, backup, awa, dina, samir = with_backup()
    write_rotation(awa, moment(3))
    deliver(awa, server)
    pull(samir, server)
    noted(samir, "calm", 4)
    deliver(samir, server)
    copy = again(samir)
    own, other = noted(samir, "tired", 5), noted(copy, "asleep", 6)
    assert samir.outbox.ops[own].header == copy.outbox.ops[other].header
    for who in (samir, copy):
        back(who, backup)
    write_rotation(dina, moment(7))
    deliver(dina, backup)
    names = []
    for who, name in ((samir, own), (copy, other)):
        pull(who, backup)
        names.append(reseal(who)[name])
        exchange(who, backup)
    pull(samir, backup)
    state = samir.state(THING)
    assert state is not None
    assert state.own is not None
    shown = {one.op_id: one.value for one in state.own.registers[FIELD, "note"].candidates}
    assert shown == dict(zip(names, ("tired", "asleep"), strict=True))


def test_what_another_copy_has_given_back_is_let_go_of_though_it_is_dead_by_now() -> None:
    """A dead op comes without what it says: its header has to do, or it would be written twice."""
    server, awa, dina, samir = office()
    noted(awa, "calm", 2)
    deliver(awa, server)
    for who in (dina, samir):
        pull(who, server)
    backup = deepcopy(server)
    write_rotation(awa, moment(3))
    deliver(awa, server)
    pull(samir, server)
    name = noted(samir, "tired", 4)
    copy = again(samir)
    for who in (samir, copy):
        back(who, backup)
    write_rotation(dina, moment(7))
    deliver(dina, backup)
    pull(samir, backup)
    renamed = reseal(samir)
    noted(samir, "asleep", 5)
    deliver(samir, backup)
    copy.apply_page(stubbed_page(backup, copy.reader.view.cursor), START_MS)
    assert renamed[name] not in copy.payloads
    assert reseal(copy)[name] == renamed[name]
    assert (list(copy.outbox.ops), note_of(copy)) == ([], "asleep")


def test_what_is_back_and_dead_is_let_go_of_though_another_lost_epoch_of_its_number_is_back_in_its_place() -> None:
    server, awa, dina, samir = office()
    noted(samir, "calm", 2)
    deliver(samir, server)
    for who in (awa, dina):
        pull(who, server)
    backup, oldest = deepcopy(server), deepcopy(server)
    write_rotation(awa, moment(3))
    deliver(awa, server)
    pull(samir, server)
    name = noted(samir, "tired", 4)
    deliver(samir, server)
    pull(dina, server)
    back(dina, backup)
    write_rotation(dina, moment(5))
    exchange(dina, backup)
    for who in (dina, samir):
        back(who, oldest)
        exchange(who, oldest)
    renamed = reseal(samir)
    noted(samir, "asleep", 6)
    deliver(samir, oldest)
    dina.apply_page(stubbed_page(oldest, dina.reader.view.cursor), START_MS)
    assert renamed[name] not in dina.payloads
    assert [entry.op_id for entry in dina.lost[THING]] == [name]
    assert reseal(dina)[name] == renamed[name]
    assert THING not in dina.lost


def test_what_is_lost_is_not_taken_for_what_another_copy_wrote_under_the_same_header_and_is_dead_by_now() -> None:
    """Both logs have its epoch, under which nothing is sealed again."""
    server, awa, dina, samir = office()
    noted(samir, "calm", 2)
    deliver(samir, server)
    for who in (awa, dina):
        pull(who, server)
    copy, backup = again(samir), deepcopy(server)
    own, other = noted(samir, "tired", 5), noted(copy, "asleep", 6)
    deliver(samir, server)
    pull(awa, server)
    write_rotation(awa, moment(8))
    deliver(awa, server)
    deliver(copy, backup)
    pull(dina, backup)
    noted(dina, "gone", 7)
    write_rotation(dina, moment(9))
    deliver(dina, backup)
    back(awa, backup)
    awa.apply_page(stubbed_page(backup, awa.reader.view.cursor), START_MS)
    assert other not in awa.payloads
    assert not reseal(awa)
    assert [entry.op_id for entry in awa.lost[THING]] == [own]


def test_a_lost_op_that_came_before_its_beginning_is_read_when_that_is_back() -> None:
    server, backup, awa, dina, samir = with_backup()
    older = deepcopy(backup)
    noted(awa, "calm", 2)
    deliver(awa, server)
    pull(samir, server)
    noted(samir, "tired", 3)
    deliver(samir, server)
    back(samir, backup)
    deliver(samir, backup)
    pull(dina, backup)
    back(dina, older)
    assert dina.payloads == {}
    back(awa, older)
    deliver(awa, older)
    pull(dina, older)
    assert note_of(dina) == "tired"


def test_a_lost_op_of_another_s_is_let_go_of_when_it_is_back_under_another_name() -> None:
    server, backup, awa, dina, samir = with_backup()
    write_rotation(awa, moment(3))
    deliver(awa, server)
    pull(samir, server)
    name = noted(samir, "calm", 4)
    deliver(samir, server)
    pull(awa, server)
    for who in (awa, samir):
        back(who, backup)
    write_rotation(dina, moment(7))
    deliver(dina, backup)
    pull(samir, backup)
    reseal(samir)
    deliver(samir, backup)
    pull(awa, backup)
    assert [entry.op_id for entry in awa.lost[THING]] == [name]
    assert reseal(awa)[name] in awa.reader.view.first_entries
    assert (THING in awa.lost, note_of(awa), name in awa.payloads) == (False, "calm", False)


def test_who_never_had_the_lost_key_lets_go_of_what_is_back_under_another_name_too() -> None:
    """A newcomer who had read what was written before it was let in, and its own admission not yet."""
    server, backup, awa, dina, samir = with_backup()
    write_rotation(awa, moment(3))
    deliver(awa, server)
    pull(samir, server)
    noted(samir, "calm", 4)
    deliver(samir, server)
    newcomer = replica(MALLORY, awa.reader.root, seed=6)
    pull(newcomer, server)
    write_rotation(dina, moment(7))
    deliver(dina, backup)
    for who in (samir, newcomer):
        back(who, backup)
        pull(who, backup)
    reseal(samir)
    deliver(samir, backup)
    pull(newcomer, backup)
    assert THING in newcomer.lost
    reseal(newcomer)
    assert THING not in newcomer.lost


def test_a_row_is_counted_once_by_who_never_read_the_epoch_under_which_it_was_sealed_in_between() -> None:
    """Restored twice: sealed again under another administrator's epoch, and then under the first one once more."""
    server, awa, dina, samir = office()
    noted(samir, "calm", 3)
    deliver(samir, server)
    for who in (awa, dina):
        pull(who, server)
    backup, older = deepcopy(server), deepcopy(server)
    write_rotation(awa, moment(4))
    deliver(awa, server)
    pull(samir, server)
    write(samir, [Row(THING, "mark", facts={"done": False})], moment(5))
    deliver(samir, server)
    pull(awa, server)
    write_rotation(dina, moment(6))
    deliver(dina, backup)
    back(samir, backup)
    for _ in range(2):
        exchange(samir, backup)
        reseal(samir)
    for who in (awa, samir):
        back(who, older)
    exchange(awa, older)
    for _ in range(2):
        exchange(samir, older)
        reseal(samir)
    pull(awa, older)
    assert len(rows_of(awa)) == 2
    reseal(awa)
    assert len(rows_of(awa)) == len(rows_of(samir)) == 1


def test_of_two_lost_epochs_of_one_number_the_one_that_took_the_place_of_the_other_is_written_under() -> None:
    server, backup, awa, dina, samir = with_backup()
    oldest = deepcopy(backup)
    write_rotation(awa, moment(3))
    deliver(awa, server)
    pull(samir, server)
    write_rotation(dina, moment(4))
    deliver(dina, backup)
    back(samir, backup)
    pull(samir, backup)
    back(samir, oldest)
    samir = again(samir)
    noted(samir, "calm", 5)
    back(dina, oldest)
    for who in (dina, samir, samir, dina):
        exchange(who, oldest)
    assert note_of(dina) == "calm"


def test_what_waits_under_the_older_of_two_lost_epochs_does_not_follow_the_one_in_its_place() -> None:
    """That one is its author's own, and goes out again first; nobody could read what was sealed under the other."""
    server, backup, awa, dina, samir = with_backup()
    oldest = deepcopy(backup)
    write_rotation(awa, moment(3))
    deliver(awa, server)
    pull(dina, server)
    name = noted(dina, "calm", 4)
    back(dina, backup)
    write_rotation(dina, moment(5))
    exchange(dina, backup)
    back(dina, oldest)
    exchange(dina, oldest)
    assert list(dina.outbox.ops) == [name]
    reseal(dina)
    exchange(dina, oldest)
    pull(samir, oldest)
    assert (note_of(samir), samir.waiting) == ("calm", {})


def test_what_waits_for_a_later_epoch_learns_the_new_name_of_what_it_names_at_once() -> None:
    """The row is sealed again under the second epoch; what amends it waits for a third one."""
    server, _, dina, samir = office()
    noted(samir, "calm", 2)
    deliver(samir, server)
    backup = deepcopy(server)
    write_rotation(dina, moment(3))
    deliver(dina, server)
    pull(samir, server)
    (row,) = write(samir, [Row(THING, "mark", facts={"done": False})], moment(4))
    write_rotation(dina, moment(5))
    deliver(dina, server)
    pull(samir, server)
    write(samir, [Amend(THING, "mark", row, facts={"done": True})], moment(6))
    back(samir, backup)
    other = replica_at(dina, backup)
    write_rotation(other, moment(7))
    deliver(other, backup)
    pull(samir, backup)
    renamed = reseal(samir)
    (amendment,) = [op for op in samir.outbox.ops.values() if op.header.re is not None]
    assert (amendment.header.re, amendment.header.epoch) == (renamed[row], 3)
    deliver(samir, backup)
    pull(other, backup)
    write_rotation(other, moment(8))
    deliver(other, backup)
    pull(samir, backup)
    reseal(samir)
    deliver(samir, backup)
    pull(other, backup)
    assert (samir.outbox.ops, rows(other), len(other.waiting)) == ({}, 1, 0)


def test_nothing_is_sealed_for_whom_a_lost_log_had_revoked_even_where_another_epoch_has_come() -> None:
    """Dina had not heard of it when she rotated: her epoch is Samir's too."""
    server, awa, dina, samir = office()
    noted(samir, "calm", 2)
    deliver(samir, server)
    backup = deepcopy(server)
    pull(awa, server)
    write_revocation(awa, [SAMIR.device], moment(3))
    deliver(awa, server)
    back(awa, backup)
    write_rotation(dina, moment(4))
    deliver(dina, backup)
    pull(samir, backup)
    pull(awa, backup)
    name = noted(awa, "not for him", 5)
    op = awa.outbox.ops[name]
    assert (op.header.epoch, name in awa.held(), reseal(awa)) == (2, True, {})
    assert samir.keyring.open(op.header, op.header_bytes, op.sealed) is None
    awa.restored_ms = None
    pull(awa, backup)
    assert keep_controls(awa, moment(6))
    awa = again(awa)  # the tablet was closed before the line came back
    assert reseal(awa) == {}
    deliver(awa, backup)
    assert backup.members.by_device[SAMIR.device].revoked
    sent = awa.outbox.ops[next(iter(awa.outbox.ops))] if reseal(awa) else op
    assert (sent.header.epoch, note_of(awa)) == (3, "not for him")
    assert samir.keyring.open(sent.header, sent.header_bytes, sent.sealed) is None


def test_nothing_is_sealed_for_whom_a_lost_log_had_revoked_when_the_epoch_that_had_come_is_lost_too() -> None:
    server, awa, dina, samir = office()
    noted(samir, "calm", 2)
    deliver(samir, server)
    backup, oldest = deepcopy(server), deepcopy(server)
    pull(awa, server)
    write_revocation(awa, [SAMIR.device], moment(3))
    deliver(awa, server)
    back(awa, backup)
    write_rotation(dina, moment(4))
    deliver(dina, backup)
    for who in (samir, awa):
        pull(who, backup)
    back(awa, oldest)
    awa = again(awa)
    op = awa.outbox.ops[noted(awa, "not for him", 5)]
    assert (op.header.epoch, samir.keyring.open(op.header, op.header_bytes, op.sealed)) == (2, None)
    for who in (samir, dina):
        back(who, oldest)
    deliver(dina, oldest)
    pull(awa, oldest)
    awa.restored_ms = None
    assert keep_controls(awa, moment(6))
    deliver(awa, oldest)
    reseal(awa)
    deliver(awa, oldest)
    for who in (samir, dina):
        pull(who, oldest)
    assert (note_of(samir), note_of(dina)) == ("calm", "not for him")


def test_a_lost_epoch_is_written_under_before_one_of_the_log_though_somebody_revoked_has_both() -> None:
    server, backup, awa, _, _ = with_backup()
    write_rotation(awa, moment(3))
    write_control(awa, member(SAMIR, 0, keyed=False), moment(4))
    deliver(awa, server)
    back(awa, backup)
    assert SAMIR.device in awa.keyring.lost.barred
    assert awa.outbox.ops[noted(awa, "calm", 5)].header.epoch == 2


def test_a_new_rotation_of_one_s_own_does_not_carry_what_is_sealed_by_a_lost_one() -> None:
    server, backup, awa, dina, _ = with_backup()
    write_rotation(dina, moment(3))
    deliver(dina, server)
    pull(awa, server)
    back(awa, backup)
    write_rotation(awa, moment(4))
    name = noted(awa, "calm", 5)
    assert awa.held() == {name}


def test_whatever_names_an_op_that_waits_waits_too() -> None:
    """It may get another name, and who names the old one would not supersede it."""
    server, awa, dina, _ = office()
    noted(awa, "calm", 2)
    deliver(awa, server)
    pull(dina, server)
    backup = deepcopy(server)
    write_rotation(dina, moment(3))
    deliver(dina, server)
    pull(awa, server)
    back(awa, backup)
    waits = noted(awa, "tired", 4)
    (row,) = write(awa, [Row(THING, "mark")], moment(7))
    awa.keyring.lost.stand = False
    rests = noted(awa, "asleep", 5)
    (named,) = write(awa, [Row(THING, "mark", facts={"about": row[:16]})], moment(8))
    (free,) = write(awa, [Edit(THING, "thing", fields={"other": "x"})], moment(6))
    assert awa.held() == {waits, row, rests, named}
    assert free not in awa.held()


def test_who_was_let_in_and_revoked_in_the_lost_log_gets_no_key_when_that_is_written_again() -> None:
    server, backup, awa, dina, _ = with_backup()
    let_in(awa)
    write_revocation(awa, [NEW.device], moment(3))
    deliver(awa, server)
    back(awa, backup)
    write_rotation(dina, moment(4))
    deliver(dina, backup)
    pull(awa, backup)
    assert {op.state for op in awa.outbox.ops.values()} == {OutState.ASIDE}
    assert keep_controls(awa, moment(5))
    assert all(body.wrap is None for body in controls(awa) if isinstance(body, MemberBody))


def test_who_was_revoked_meanwhile_is_not_let_in_again_by_a_lost_admission() -> None:
    server, backup, awa, dina, _ = with_backup()
    let_in(awa)
    deliver(awa, server)
    pull(dina, server)
    write_revocation(dina, [NEW.device], moment(3))
    deliver(dina, server)
    back(awa, backup)
    back(dina, backup)
    dina.restored_ms = None
    deliver(dina, backup)
    pull(awa, backup)
    assert {op.state for op in awa.outbox.ops.values()} == {OutState.ASIDE}
    keep_controls(awa, moment(5))
    assert controls(awa) == []


def controls(who: Replica) -> list[object]:
    ops = [op for op in who.outbox.ops.values() if op.header.op_class == OpClass.CONTROL]
    return [decode_body(op.header.kind, op.sealed, who.space) for op in ops]


def test_control_ops_that_have_lost_are_not_sent_again_after_a_second_restore() -> None:
    """They were written again in other words, which may stand in the log that is lost now."""
    server, backup, awa, dina, _ = with_backup()
    write_rotation(awa, moment(3))
    deliver(awa, server)
    back(awa, backup)
    write_rotation(dina, moment(4))
    older = deepcopy(backup)
    deliver(dina, backup)
    pull(awa, backup)
    keep_controls(awa, moment(5))
    back(awa, older)
    assert not [body for body in controls(awa) if isinstance(body, EpochBody)]


def test_a_rotation_that_was_let_go_of_is_not_sent_again_however_often_the_server_is_restored() -> None:
    """What was written since then is sealed with the key of the one in its place, which is lost as well."""
    server, backup, awa, dina, samir = with_backup()
    oldest = deepcopy(backup)
    write_rotation(awa, moment(3))
    deliver(awa, server)
    back(awa, backup)
    write_rotation(dina, moment(4))
    deliver(dina, backup)
    pull(awa, backup)
    keep_controls(awa, moment(5))
    name = noted(awa, "calm", 6)
    deliver(awa, backup)
    again_oldest = deepcopy(oldest)
    for server_now in (oldest, again_oldest):
        back(awa, server_now)
        pull(awa, server_now)
        awa = again(awa)
        assert not [body for body in controls(awa) if isinstance(body, EpochBody)]
        assert name in awa.held()
    back(dina, again_oldest)
    for who in (dina, awa, awa, dina, samir):
        exchange(who, again_oldest)
    assert (note_of(dina), note_of(samir)) == ("calm", "calm")


def test_an_edit_kills_nothing_on_the_word_of_what_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    """If the lost one never came back, what it had superseded would be gone with it."""
    server, awa, dina, samir = office()
    noted(awa, "calm", 2)
    (first,) = write(awa, [Edit(THING, "thing", fields={"note": "tired"})], moment(3))
    deliver(awa, server)
    for who in (dina, samir):
        pull(who, server)
    backup = deepcopy(server)
    with monkeypatch.context() as patch:
        patch.setattr("sync.liveness.KILLS_MAX", 0)
        noted(samir, "asleep", 4)
    deliver(samir, server)
    pull(dina, server)
    control = again(dina)
    back(dina, backup)
    names = [write(who, [Edit(THING, "thing", fields={"other": "x"})], moment(5))[0] for who in (control, dina)]
    kills = [who.outbox.ops[name].header.kills for who, name in zip((control, dina), names, strict=True)]
    assert kills == [(first,), ()]


def test_stepping_back_to_where_it_stands_sends_again_what_was_acknowledged() -> None:
    """The whole log was read and does not have it: the server was put back to before the push, not before the pull."""
    server, _, _, samir = office()
    name = noted(samir, "calm", 2)
    backup = deepcopy(server)
    pushed = samir.push()
    assert pushed is not None
    samir.accept(server.push(pushed), START_MS)
    pull(samir, backup)
    assert [op.state for op in samir.outbox.ops.values()] == [OutState.ACKNOWLEDGED]
    step_back(samir, samir.reader.view.cursor, StreamId(bytes(16)), START_MS)
    deliver(samir, backup)
    assert name in backup.headers
