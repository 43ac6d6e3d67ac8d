"""Rotation and revocation: who opens what afterwards, and two administrators who do it at once."""

import pytest

from sync.ahead import ahead
from sync.control import EpochBody
from sync.errors import DeviceRevoked, EpochConflict
from sync.ids import DeviceId, Digest, EntityId, StreamId
from sync.keyring import Identity
from sync.keys import BoxKey, SigningKey
from sync.outbox import OutState
from sync.replica import Replica
from sync.rotation import ROTATION_MS, keep_controls, rotation_due, wrap_ahead, write_revocation, write_rotation
from sync.secret import Secret
from sync.stored import decode_replica, encode_replica
from sync.writer import CannotWrite, Edit, Genesis, write, write_control
from tests.engine_kit import (
    AWA,
    RECOVERY,
    REGISTRY,
    SAMIR,
    ModelServer,
    deliver,
    entity,
    founded,
    identity,
    member,
    moment,
    pull,
    replica,
)

DINA = identity(4)


def joined() -> tuple[ModelServer, Replica, Replica, Replica]:
    """Return a space with two administrators, Awa and Recovery, and Samir who writes; each has read everything."""
    server, awa = founded()
    admit(awa, SAMIR)
    deliver(awa, server)
    recovery, samir = (replica(who, awa.reader.root) for who in (RECOVERY, SAMIR))
    for other in (recovery, samir):
        pull(other, server)
    return server, awa, recovery, samir


def admit(admin: Replica, who: Identity, roles: int = 1) -> None:
    """Write the member op of a device."""
    assert who.box is not None
    wrapped = wrap_ahead(admin, who.box.public, who.device)
    write_control(admin, member(who, roles, wrapped), moment(70))


def opens(who: Replica, of: EntityId) -> int:
    """Return how many ops of an entity a replica opens."""
    return sum(op.payload is not None for op in who.ops(of))


def test_a_revoked_device_opens_nothing_of_the_next_epoch_and_everybody_else_opens_all() -> None:
    server, awa, recovery, samir = joined()
    write(awa, [Genesis(entity(1), "thing", fields={"note": "before"})], moment(2))
    names = write_revocation(awa, [SAMIR.device], moment(3))
    deliver(awa, server)
    assert len(names) == 2
    assert len(server.segments) == 3  # the revocation and its epoch went together, with what waited before them
    write(awa, [Edit(entity(1), "thing", fields={"note": "after"}), Genesis(entity(2), "thing")], moment(4))
    assert {op.header.epoch for op in awa.outbox.ops.values()} == {2}
    deliver(awa, server)
    pull(recovery, server)
    assert (opens(recovery, entity(1)), opens(recovery, entity(2))) == (2, 1)
    thief = decode_replica(encode_replica(samir), SAMIR, REGISTRY)
    pull(thief, server)
    assert (opens(thief, entity(1)), opens(thief, entity(2))) == (1, 0)
    assert set(thief.keyring.epoch_keys) == {1}
    assert thief.keyring.failed == set()


def test_a_revoked_device_is_refused_and_keeps_what_it_wrote() -> None:
    server, awa, _, samir = joined()
    write(samir, [Genesis(entity(1), "thing")], moment(2))
    write_revocation(awa, [SAMIR.device], moment(3))
    deliver(awa, server)
    pushed = samir.push()
    assert pushed is not None
    with pytest.raises(DeviceRevoked):
        server.push(pushed)
    assert samir.refuse("device_revoked", {}, StreamId(bytes(16))) == "salvage"
    assert len(samir.outbox.ops) == 1


def test_what_was_written_under_an_older_epoch_by_a_device_that_stays_is_accepted() -> None:
    server, awa, recovery, samir = joined()
    write(samir, [Genesis(entity(1), "thing", fields={"note": "offline"})], moment(2))
    write_rotation(awa, moment(3))
    deliver(awa, server)
    deliver(samir, server)
    assert samir.keyring.newest == 2
    pull(recovery, server)
    pull(awa, server)
    assert opens(recovery, entity(1)) == opens(awa, entity(1)) == 1


def test_a_newcomer_opens_everything_from_the_first_epoch_on() -> None:
    server, awa, _, samir = joined()
    write(samir, [Genesis(entity(1), "thing", fields={"note": "first epoch"})], moment(2))
    deliver(samir, server)
    pull(awa, server)
    for n in range(3):
        write_rotation(awa, moment(3 + n))
        deliver(awa, server)
    admit(awa, DINA)
    deliver(awa, server)
    dina = replica(DINA, awa.reader.root)
    pull(dina, server)
    assert sorted(dina.keyring.epoch_keys) == [1, 2, 3, 4]
    assert opens(dina, entity(1)) == 1


def test_nothing_is_written_under_an_epoch_of_one_s_own_before_the_log_has_it() -> None:
    """Another's rotation may win, and a record under the loser's key would open for nobody."""
    _, awa, _, _ = joined()
    write_rotation(awa, moment(3))
    again = decode_replica(encode_replica(awa), AWA, REGISTRY)
    for who in (awa, again):
        (name,) = write(who, [Genesis(entity(1), "thing")], moment(4))
        assert who.outbox.ops[name].header.epoch == 1
        assert ahead(who).members.epoch == 2
        assert set(ahead(who).keys) == {1, 2}


def conflict(who: Replica, server: ModelServer) -> None:
    """Push, be refused for another epoch, and pull."""
    data = who.push()
    assert data is not None
    with pytest.raises(EpochConflict) as refused:
        server.push(data)
    assert who.refuse("epoch_conflict", refused.value.details, StreamId(bytes(16))) == "rebuild_control"
    pull(who, server)


def test_of_two_rotations_at_once_one_wins_and_the_other_is_not_needed() -> None:
    server, awa, recovery, samir = joined()
    write_rotation(awa, moment(3))
    write_rotation(recovery, moment(4))
    deliver(awa, server)
    conflict(recovery, server)
    assert keep_controls(recovery, moment(5))
    assert not recovery.outbox.ops
    assert not keep_controls(recovery, moment(6))
    pull(samir, server)
    assert samir.reader.view.members.epoch == 2
    assert samir.keyring.epoch_keys == recovery.keyring.epoch_keys == awa.keyring.epoch_keys


def test_of_two_revocations_at_once_both_take_effect() -> None:
    server, awa, recovery, samir = joined()
    admit(awa, DINA)
    deliver(awa, server)
    pull(recovery, server)
    dina = replica(DINA, awa.reader.root)
    pull(dina, server)
    write_revocation(awa, [SAMIR.device], moment(3))
    write_revocation(recovery, [DINA.device], moment(4))
    deliver(awa, server)
    conflict(recovery, server)
    assert keep_controls(recovery, moment(5))
    deliver(recovery, server)
    members = server.members
    assert (members.epoch, members.by_device[SAMIR.device].revoked, members.by_device[DINA.device].revoked) == (
        3,
        True,
        True,
    )
    for gone in (samir, dina):
        pull(gone, server)
    assert (set(samir.keyring.epoch_keys), set(dina.keyring.epoch_keys)) == ({1}, {1, 2})


def test_a_revocation_that_another_made_meanwhile_is_not_made_twice() -> None:
    server, awa, recovery, _ = joined()
    write_revocation(awa, [SAMIR.device], moment(3))
    write_revocation(recovery, [SAMIR.device], moment(4))
    deliver(awa, server)
    conflict(recovery, server)
    keep_controls(recovery, moment(5))
    assert not recovery.outbox.ops


def test_an_addition_that_lost_to_a_rotation_is_made_again_with_the_new_key() -> None:
    server, awa, recovery, _ = joined()
    admit(recovery, DINA)
    write_rotation(awa, moment(3))
    deliver(awa, server)
    conflict(recovery, server)
    assert keep_controls(recovery, moment(5))
    deliver(recovery, server)
    dina = replica(DINA, awa.reader.root)
    pull(dina, server)
    assert set(dina.keyring.epoch_keys) == {1, 2}


def test_an_addition_waits_set_aside_where_its_administrator_has_no_key_to_wrap() -> None:
    """A wrap that failed is another's fault: what was to be written is kept until the key is here."""
    server, awa, recovery, _ = joined()
    admit(recovery, DINA)
    wraps = tuple((device, b"w" * 80) for device in awa.reader.view.members.keyed())
    write_control(awa, EpochBody(2, Digest(b"c" * 32), b"p" * 60, wraps), moment(3))
    data = awa.push()
    assert data is not None
    server.push(data)
    conflict(recovery, server)
    assert not keep_controls(recovery, moment(5))
    assert [op.header.kind for op in recovery.outbox.in_state(OutState.ASIDE)] == ["member"]


def test_an_addition_that_stands_on_a_lost_rotation_falls_with_it() -> None:
    """Its epoch's number is the winner's too, and its wrap holds the loser's key."""
    server, awa, recovery, _ = joined()
    write_rotation(awa, moment(3))
    write_rotation(recovery, moment(4))
    flight = recovery.push()
    assert flight is not None
    admit(recovery, DINA)
    deliver(awa, server)
    conflict(recovery, server)
    assert [op.state for op in recovery.outbox.ops.values()] == [OutState.ASIDE, OutState.ASIDE]
    assert ahead(recovery).keys == recovery.keyring.epoch_keys
    assert keep_controls(recovery, moment(5))
    deliver(recovery, server)
    dina = replica(DINA, awa.reader.root)
    pull(dina, server)
    assert (set(dina.keyring.epoch_keys), dina.keyring.failed) == ({1, 2}, set())


def test_what_waits_for_an_epoch_that_is_over_is_not_counted_on() -> None:
    """A device that has pulled another's rotation, and not been refused yet, knows its own as lost."""
    server, awa, recovery, _ = joined()
    write_rotation(recovery, moment(4))
    write_rotation(awa, moment(3))
    deliver(awa, server)
    pull(recovery, server)
    assert ahead(recovery).keys == recovery.keyring.epoch_keys
    assert ahead(recovery).members == recovery.reader.view.members


def test_control_ops_of_one_sitting_stand_on_each_other() -> None:
    """An addition, its revocation, another rotation: each for the epoch that those before it leave."""
    server, awa, _, _ = joined()
    admit(awa, DINA)
    write_revocation(awa, [SAMIR.device], moment(3))
    write_revocation(awa, [DINA.device], moment(4))
    admit(awa, identity(5))
    deliver(awa, server)
    assert server.members.epoch == 3
    late = replica(identity(5), awa.reader.root)
    pull(late, server)
    assert set(late.keyring.epoch_keys) == {1, 2, 3}


def test_a_revocation_is_not_cut_from_its_rotation() -> None:
    _, awa, _, _ = joined()
    write(awa, [Genesis(entity(n), "thing") for n in range(1, 5)], moment(2))
    write_revocation(awa, [SAMIR.device], moment(3))
    awa.outbox.ops_max = 5
    assert [op.header.kind for op in awa.outbox._fitting(awa.outbox.in_state(OutState.QUEUED))] == ["thing"] * 4
    awa.outbox.ops_max = 6
    assert [op.header.kind for op in awa.outbox._fitting(awa.outbox.in_state(OutState.QUEUED))][4:] == [
        "member",
        "epoch",
    ]


def test_an_administrator_without_a_key_revokes_and_the_next_one_with_a_key_rotates() -> None:
    server, awa, _, samir = joined()
    keyless = Identity(SigningKey(Secret(b"\x06" * 32)), None)
    write_control(awa, member(keyless, 6, keyed=False), moment(2))
    deliver(awa, server)
    chief = replica(keyless, awa.reader.root)
    pull(chief, server)
    assert len(write_revocation(chief, [SAMIR.device], moment(3))) == 1
    assert not keep_controls(chief, moment(4))
    deliver(chief, server)
    with pytest.raises(CannotWrite):
        write_rotation(chief, moment(5))
    assert not rotation_due(chief)
    pull(awa, server)
    assert rotation_due(awa)
    assert keep_controls(awa, moment(6))
    assert not rotation_due(awa)
    deliver(awa, server)
    pull(samir, server)
    assert (samir.reader.view.members.epoch, set(samir.keyring.epoch_keys)) == (2, {1})


def test_only_an_administrator_rotates_and_only_when_it_is_due() -> None:
    server, awa, _, samir = joined()
    assert not any(rotation_due(who) for who in (awa, samir))
    server.now_ms += ROTATION_MS + 10_000
    write(samir, [Genesis(entity(1), "thing")], moment(2))
    deliver(samir, server)
    pull(awa, server)
    assert (rotation_due(awa), rotation_due(samir)) == (True, False)
    assert keep_controls(awa, moment(3))
    deliver(awa, server)
    assert not rotation_due(awa)
    assert server.members.epoch == 2


def test_a_key_that_its_holder_could_not_open_is_not_handed_on() -> None:
    """It is an alarm, and another administrator's device rotates."""
    server, awa, _, _ = joined()
    impostor = Identity(RECOVERY.signing, BoxKey(Secret(b"\x07" * 32)))
    other = replica(impostor, awa.reader.root)
    pull(other, server)
    assert other.keyring.failed == {1}
    with pytest.raises(CannotWrite):
        write_rotation(other, moment(2))
    assert not rotation_due(other)


def test_an_epoch_op_by_another_hand_shows_what_a_false_wrap_does() -> None:
    """A control of the checks: a wrap that fails is a missing key and no void op."""
    server, awa, _, samir = joined()
    wraps = tuple((device, b"w" * 80) for device in awa.reader.view.members.keyed())
    write_control(awa, EpochBody(2, Digest(b"c" * 32), b"p" * 60, wraps), moment(3))
    data = awa.push()
    assert data is not None
    server.push(data)
    pull(samir, server)
    assert (samir.reader.view.members.epoch, samir.keyring.failed, samir.keyring.newest) == (2, {2}, 1)
    assert DeviceId(SAMIR.device) in dict(wraps)
    assert samir.outbox.in_state(OutState.ASIDE) == []
