"""Members and epochs after a server was restored: no revocation is undone, and no key goes to whom one cut off."""

from copy import deepcopy

import pytest

from sync.errors import EpochConflict
from sync.ids import StreamId
from sync.keyring import Identity
from sync.outbox import OutState
from sync.replica import Replica
from sync.reseal import reseal
from sync.restore import last_known_members
from sync.rotation import keep_controls, rotation_due, wrap_ahead, write_revocation, write_rotation
from sync.writer import write_control
from tests.engine_kit import (
    MALLORY,
    SAMIR,
    START_MS,
    ModelServer,
    deliver,
    member,
    moment,
    pull,
    replica,
)
from tests.restored_kit import (
    DINA,
    again,
    back,
    exchange,
    note_of,
    noted,
    office,
    replica_at,
    with_backup,
)


def test_a_lost_revocation_stays_in_force_here_and_is_sent_again() -> None:
    server, backup, awa, _, samir = with_backup()
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
    server, backup, awa, dina, samir = with_backup()
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
    server, backup, awa, dina, _ = with_backup()
    write_revocation(awa, [SAMIR.device], moment(3))
    deliver(awa, server)
    pull(dina, server)
    back(dina, backup)
    assert not rotation_due(dina)
    assert not keep_controls(dina, moment(5))
    assert len(write_revocation(dina, [SAMIR.device], moment(6))) == 1


def test_once_a_person_has_heard_of_it_the_next_administrator_revokes_and_rotates() -> None:
    server, backup, awa, dina, _ = with_backup()
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
    server, backup, awa, dina, _ = with_backup()
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


def test_a_rotation_that_lost_its_place_takes_those_that_stand_on_it_along() -> None:
    """Its number is the winner's, and the box in it holds a key that is no more."""
    server, backup, awa, dina, _ = with_backup()
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


def test_a_rotation_that_others_wait_for_is_written_anew_once_all_have_come_back() -> None:
    """Its author had not read it back when the server lost it, and the log has let somebody in since."""
    server, backup, awa, dina, samir = with_backup()
    write_rotation(dina, moment(3))
    data = dina.push()
    assert data is not None
    assert dina.accept(server.push(data), START_MS)
    pull(samir, server)
    name = noted(samir, "calm", 4)
    assert MALLORY.box is not None
    write_control(awa, member(MALLORY, 1, wrap_ahead(awa, MALLORY.box.public, MALLORY.device)), moment(5))
    deliver(awa, backup)
    for who in (dina, samir):
        back(who, backup)
    exchange(dina, backup)
    assert not keep_controls(dina, moment(6))
    dina = again(dina)
    dina.restored_ms = None
    assert keep_controls(dina, moment(7))
    assert not keep_controls(dina, moment(8))
    deliver(dina, backup)
    pull(samir, backup)
    renamed = reseal(samir)
    deliver(samir, backup)
    pull(dina, backup)
    assert (backup.members.epoch, name in renamed, note_of(dina)) == (2, True, "calm")


def test_a_lost_rotation_of_one_s_own_is_sent_again_before_what_was_written_under_it() -> None:
    server, backup, awa, dina, _ = with_backup()
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
    server, backup, awa, dina, _ = with_backup()
    write_rotation(awa, moment(3))
    deliver(awa, server)
    write_rotation(dina, moment(4))
    deliver(dina, backup)
    back(awa, backup)
    pushed = awa.push()
    assert pushed is not None
    with pytest.raises(EpochConflict):
        backup.push(pushed)


def test_whoever_is_let_in_again_by_another_op_is_in_everywhere() -> None:
    """The lost revocation never comes back: the device that wrote it is gone. What the log says later counts more."""
    server, backup, awa, dina, _ = with_backup()
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


def test_two_lost_epochs_of_one_number_are_both_held() -> None:
    """A server that is restored twice has lost two epochs of one number; what each sealed still opens."""
    server, backup, awa, dina, samir = with_backup()
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


def let_in(who: Replica, device: Identity, seed: int) -> None:
    """Save that a device is a member, with the key of the epoch ahead."""
    assert device.box is not None
    write_control(who, member(device, 1, wrap_ahead(who, device.box.public, device.device)), moment(seed))


def refused(who: Replica, server: ModelServer) -> None:
    """Push, be told of an epoch conflict, and nothing is stored."""
    before = deepcopy(server.segments)
    data = who.push()
    assert data is not None
    with pytest.raises(EpochConflict) as told:
        server.push(data)
    assert server.segments == before
    who.refuse(told.value.code, told.value.details, StreamId(bytes(16)))


def test_an_addition_and_its_revocation_lost_together_end_revoked_whoever_comes_back_first() -> None:
    """The addition comes after the revocation, from a device that had never read it."""
    server, backup, awa, dina, _ = with_backup()
    let_in(awa, MALLORY, 3)
    deliver(awa, server)
    pull(dina, server)
    dina.restored_ms = START_MS  # it revokes without an epoch, so that nothing but the rule is in the way
    write_revocation(dina, [MALLORY.device], moment(4))
    deliver(dina, server)
    for who in (awa, dina):
        back(who, backup)
    deliver(dina, backup)
    refused(awa, backup)
    pull(awa, backup)
    assert keep_controls(awa, moment(5))
    deliver(awa, backup)
    assert backup.members.by_device[MALLORY.device].revoked
    assert not awa.outbox.ops


def test_a_lost_addition_by_who_had_read_the_revocation_counts_again() -> None:
    """The control: the same two ops, the other one was there first."""
    server, backup, awa, dina, samir = with_backup()
    dina.restored_ms = START_MS
    write_revocation(dina, [SAMIR.device], moment(3))
    deliver(dina, server)
    pull(awa, server)
    let_in(awa, SAMIR, 4)
    deliver(awa, server)
    for who in (awa, dina):
        back(who, backup)
    deliver(dina, backup)
    refused(awa, backup)
    pull(awa, backup)
    assert keep_controls(awa, moment(5))
    deliver(awa, backup)
    pull(samir, backup)
    assert not samir.reader.view.members.by_device[SAMIR.device].revoked


def test_a_lost_addition_is_answered_by_a_revocation_however_far_ahead_its_author_s_clock_was() -> None:
    server, backup, awa, dina, _ = with_backup()
    assert MALLORY.box is not None
    wrapped = wrap_ahead(awa, MALLORY.box.public, MALLORY.device)
    write_control(awa, member(MALLORY, 1, wrapped), moment(3, START_MS + 30 * 86_400_000))
    deliver(awa, server)
    pull(dina, server)
    dina.restored_ms = START_MS
    write_revocation(dina, [MALLORY.device], moment(4))
    deliver(dina, server)
    for who in (awa, dina):
        back(who, backup)
    deliver(dina, backup)
    refused(awa, backup)
    pull(awa, backup)
    keep_controls(awa, moment(5))
    assert not awa.outbox.ops


FAR_AHEAD_MS = START_MS + 30 * 86_400_000


def let_in_by_a_clock_far_ahead(who: Replica, seed: int) -> None:
    assert MALLORY.box is not None
    wrapped = wrap_ahead(who, MALLORY.box.public, MALLORY.device)
    write_control(who, member(MALLORY, 1, wrapped), moment(seed, FAR_AHEAD_MS))


def revoked_after(server: ModelServer, awa: Replica, dina: Replica, samir: Replica) -> None:
    """Let Dina revoke whom Awa has let in; all have read it."""
    pull(dina, server)
    write_revocation(dina, [MALLORY.device], moment(4))
    deliver(dina, server)
    for who in (awa, samir):
        pull(who, server)


def counts_as_revoked(who: Replica) -> bool:
    return last_known_members(who).by_device[MALLORY.device].revoked and MALLORY.device in who.keyring.lost.barred


def test_a_lost_revocation_is_no_older_than_an_addition_whose_author_s_clock_was_far_ahead() -> None:
    server, awa, dina, samir = office()
    let_in_by_a_clock_far_ahead(awa, 3)
    deliver(awa, server)
    backup = deepcopy(server)
    revoked_after(server, awa, dina, samir)
    back(samir, backup)
    assert counts_as_revoked(again(samir))


def test_a_lost_revocation_is_no_older_than_an_addition_that_came_back_before_it() -> None:
    server, backup, awa, dina, samir = with_backup()
    let_in_by_a_clock_far_ahead(awa, 3)
    deliver(awa, server)
    revoked_after(server, awa, dina, samir)
    earlier = deepcopy(backup)
    for who in (awa, samir):
        back(who, backup)
    exchange(awa, backup)
    pull(samir, backup)
    assert not samir.reader.view.members.by_device[MALLORY.device].revoked
    samir = again(samir)
    assert counts_as_revoked(samir)
    later = deepcopy(backup)
    write_rotation(awa, moment(6))
    exchange(awa, backup)
    pull(samir, backup)
    for lost_again in (later, earlier):
        back(samir, lost_again)
        samir = again(samir)
        assert counts_as_revoked(samir)
    exchange(awa, later)
    back(dina, later)
    exchange(dina, later)
    samir = replica_at(samir, later)
    assert samir.reader.view.members.by_device[MALLORY.device].revoked


def test_a_lost_revocation_stands_when_the_older_addition_is_lost_after_it() -> None:
    """The server has lost everything by then, and what was lost first is no older for that."""
    server, backup, awa, _, _ = with_backup()
    write_revocation(awa, [SAMIR.device], moment(3))
    deliver(awa, server)
    back(awa, backup)
    assert back(awa, ModelServer()) == 0
    assert last_known_members(awa).by_device[SAMIR.device].revoked
    assert (SAMIR.device in awa.keyring.lost.barred, DINA.device in awa.keyring.lost.barred) == (True, False)


def test_an_addition_that_is_written_again_is_no_later_than_a_lost_revocation_which_its_author_had_not_read() -> None:
    server, backup, awa, dina, samir = with_backup()
    noted(samir, "calm", 2)
    assert MALLORY.box is not None
    write_control(awa, member(MALLORY, 1, wrap_ahead(awa, MALLORY.box.public, MALLORY.device)), moment(3))
    deliver(awa, server)
    pull(dina, server)
    write_revocation(dina, [MALLORY.device], moment(4))
    deliver(dina, server)
    deliver(samir, server)
    write_rotation(other := replica_at(dina, backup), moment(5))
    deliver(other, backup)
    for who in (awa, samir):
        back(who, backup)
    exchange(awa, backup)
    assert keep_controls(awa, moment(6, START_MS + 3_600_000))
    deliver(awa, backup)
    exchange(samir, backup)
    assert not backup.members.by_device[MALLORY.device].revoked
    assert counts_as_revoked(samir)


def test_who_is_let_in_again_after_a_lost_revocation_is_in_however_far_ahead_its_author_s_clock_was() -> None:
    """The control: the later word is the addition."""
    server, awa, dina, samir = office()
    let_in(awa, MALLORY, 3)
    deliver(awa, server)
    backup = deepcopy(server)
    pull(dina, server)
    write_revocation(dina, [MALLORY.device], moment(4, FAR_AHEAD_MS))
    deliver(dina, server)
    for who in (awa, samir):
        pull(who, server)
        back(who, backup)
    backup.now_ms = server.now_ms
    let_in(awa, MALLORY, 5)
    exchange(awa, backup)
    pull(samir, backup)
    assert not counts_as_revoked(samir)


def test_who_was_let_in_again_after_a_lost_revocation_stays_in_when_that_is_lost_too() -> None:
    server, awa, dina, samir = office()
    let_in(awa, MALLORY, 3)
    deliver(awa, server)
    backup = deepcopy(server)
    revoked_after(server, awa, dina, samir)
    backup.now_ms = server.now_ms
    oldest = deepcopy(backup)
    for who in (awa, samir):
        back(who, backup)
    let_in(awa, MALLORY, 5)
    exchange(awa, backup)
    pull(samir, backup)
    back(samir, oldest)
    assert not counts_as_revoked(again(samir))
