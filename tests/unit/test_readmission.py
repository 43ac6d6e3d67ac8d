"""A device that was revoked is let in again by somebody who knows of it, and by nobody else."""

from copy import deepcopy

import pytest

from sync.checkpoint import checkpoint_of
from sync.errors import EpochConflict
from sync.ids import StreamId
from sync.keyring import Identity
from sync.logview import Void
from sync.members import Members
from sync.op import OpClass
from sync.outbox import OutState
from sync.replica import Replica, new_replica
from sync.rotation import keep_controls, wrap_ahead, write_revocation, write_rotation
from sync.start import Start
from sync.writer import write_control
from tests.engine_kit import (
    MALLORY,
    RECOVERY,
    REGISTRY,
    SAMIR,
    SPACE,
    START_MS,
    ModelServer,
    chance,
    deliver,
    member,
    moment,
    pull,
)
from tests.model_pages import bootstrap_page, checkpoint_at
from tests.restored_kit import again, office, replica_at


def let_in(who: Replica, device: Identity = SAMIR, roles: int = 1) -> None:
    """Save that a device is a member, with the key of the epoch ahead."""
    assert device.box is not None
    write_control(who, member(device, roles, wrap_ahead(who, device.box.public, device.device)), moment(70))


def cut_off(who: Replica, device: Identity = SAMIR) -> None:
    """Save that a device is none any more, and leave the epoch to others: only the rule is in the way then."""
    write_control(who, member(device, 0, keyed=False), moment(71))


def refused(who: Replica, server: ModelServer) -> None:
    """Push, be told of a conflict with nothing stored, and pull."""
    before = deepcopy(server)
    data = who.push()
    assert data is not None
    with pytest.raises(EpochConflict) as told:
        server.push(data)
    assert (server.segments, server.members, server.streams) == (before.segments, before.members, before.streams)
    who.refuse(told.value.code, told.value.details, StreamId(bytes(16)))
    pull(who, server)


def is_in(server: ModelServer) -> bool:
    """Tell whether Samir is a member that is not revoked."""
    return not server.members.by_device[SAMIR.device].revoked


def test_who_had_not_seen_the_revocation_lets_nobody_in_again() -> None:
    server, awa, dina, _ = office()
    let_in(awa, roles=3)
    cut_off(dina)
    deliver(dina, server)
    refused(awa, server)
    assert keep_controls(awa, moment(5))
    deliver(awa, server)
    assert not is_in(server)
    assert not awa.outbox.ops


def test_who_has_seen_it_does() -> None:
    """The control."""
    server, awa, dina, _ = office()
    cut_off(dina)
    deliver(dina, server)
    pull(awa, server)
    let_in(awa)
    deliver(awa, server)
    assert is_in(server)


def test_the_same_hand_revokes_and_lets_in_again_in_one_segment() -> None:
    server, awa, _, _ = office()
    cut_off(awa)
    let_in(awa)
    deliver(awa, server)
    assert is_in(server)


def test_the_same_hand_is_asked_to_pull_its_own_revocation_first() -> None:
    server, awa, _, _ = office()
    cut_off(awa)
    data = awa.push()
    assert data is not None
    assert awa.accept(server.push(data), START_MS)
    let_in(awa)
    refused(awa, server)
    assert keep_controls(awa, moment(5))
    deliver(awa, server)
    assert is_in(server)


def test_a_readmission_that_lost_to_a_rotation_is_made_again() -> None:
    server, awa, dina, _ = office()
    write_revocation(dina, [SAMIR.device], moment(3))
    deliver(dina, server)
    pull(awa, server)
    let_in(awa)
    write_rotation(dina, moment(4))
    deliver(dina, server)
    refused(awa, server)
    assert keep_controls(again(awa), moment(5))
    assert keep_controls(awa, moment(5))
    deliver(awa, server)
    assert is_in(server)


@pytest.mark.parametrize("is_revoked_first", [True, False])
def test_two_administrators_who_disagree_at_once_come_to_rest(is_revoked_first: bool) -> None:
    """Whoever comes second is asked once; the one who revokes is heard in both orders."""
    server, awa, dina, _ = office()
    let_in(awa, roles=3)
    write_revocation(dina, [SAMIR.device], moment(4))
    first, second = (dina, awa) if is_revoked_first else (awa, dina)
    deliver(first, server)
    if is_revoked_first:
        refused(second, server)
    for _ in range(2):
        for who in (second, first):
            keep_controls(who, moment(5))
            deliver(who, server)
    assert not is_in(server)
    for who in (awa, dina):
        assert not who.outbox.ops
        assert not keep_controls(who, moment(6))


def test_an_addition_that_waits_does_not_count_as_having_seen_what_is_pulled_before_it_is_sent() -> None:
    server, awa, dina, _ = office()
    let_in(awa, roles=3)
    cut_off(dina)
    deliver(dina, server)
    pull(awa, server)
    assert [op.state for op in awa.outbox.ops.values()] == [OutState.ASIDE]
    keep_controls(awa, moment(5))
    assert {op.header.kind for op in awa.outbox.ops.values()} == {"epoch"}


def test_an_addition_that_stands_in_the_log_before_its_answer_takes_nothing_along() -> None:
    """Its receipt was lost on the line, and the next one was saved meanwhile."""
    server, awa, dina, _ = office()
    let_in(awa, MALLORY)
    data = awa.push()
    assert data is not None
    server.push(data)
    let_in(awa, RECOVERY)
    pull(dina, server)
    cut_off(dina, MALLORY)
    deliver(dina, server)
    pull(awa, server)
    assert [op.state for op in awa.outbox.ops.values()] == [OutState.QUEUED]


def judged(server: ModelServer, who: Replica, at: int) -> tuple[Void | None, Members]:
    """Return what a reader that begins at a cursor makes of the last op of the log, and the members then."""
    if at == 0:
        reader = replica_at(who, server)
    else:
        before = new_replica(who.identity, REGISTRY, SPACE, who.reader.root, StreamId(chance(7)(16)))
        while before.reader.view.cursor < at:
            before.apply_page(server.page(before.reader.view.cursor, 1), 0)
        start = Start(SPACE, at, checkpoint_of(before.reader.view))
        reader = new_replica(who.identity, REGISTRY, SPACE, who.reader.root, StreamId(chance(8)(16)), start)
        reader.apply_start(bootstrap_page(server, at))
        reader.finish_start(checkpoint_at(server, at), 0)
        pull(reader, server)
    *_, last = reader.reader.view.first_entries.values()
    assert (last.cursor, last.header is not None and last.header.op_class) == (server.cursor, OpClass.CONTROL)
    return last.void, reader.reader.view.members


def hostile(monkeypatch: pytest.MonkeyPatch, *, has_seen: bool) -> tuple[ModelServer, Replica]:
    """Return a server that asks nobody what they had seen, whose log ends in a revocation and an addition."""
    server, awa, dina, _ = office()
    cut_off(dina)
    if not has_seen:
        let_in(awa)
    deliver(dina, server)
    if has_seen:
        pull(awa, server)
        let_in(awa)
    monkeypatch.setattr("tests.engine_kit.unseen", lambda _segment, first_cursor: range(first_cursor, first_cursor))
    data = awa.push()
    assert data is not None
    server.push(data)
    return server, awa


def test_every_reader_finds_such_an_addition_void_wherever_it_begins(monkeypatch: pytest.MonkeyPatch) -> None:
    """A hostile server chose the order of two pushes, and asked nothing."""
    server, awa = hostile(monkeypatch, has_seen=False)
    verdicts = [judged(server, awa, at) for at in sorted(server.ends)]
    assert [void for void, _ in verdicts] == [Void.CONTROL] * len(server.ends)
    assert all(members == verdicts[0][1] for _, members in verdicts)
    assert verdicts[0][1].by_device[SAMIR.device].revoked_at == server.cursor - 1


def test_no_reader_finds_it_void_of_who_had_seen_the_revocation(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control."""
    server, awa = hostile(monkeypatch, has_seen=True)
    verdicts = [judged(server, awa, at) for at in sorted(server.ends)]
    assert [void for void, _ in verdicts] == [None] * len(server.ends)
    assert not verdicts[0][1].by_device[SAMIR.device].revoked


def test_a_keyless_place_is_not_given_back_unawares_either() -> None:
    server, awa, dina, _ = office()
    write_control(awa, member(SAMIR, 6, keyed=False), moment(70))
    cut_off(dina)
    deliver(dina, server)
    refused(awa, server)
    assert not is_in(server)


def test_who_revokes_a_revoked_device_again_need_not_have_seen_it() -> None:
    server, awa, dina, _ = office()
    cut_off(awa)
    cut_off(dina)
    deliver(dina, server)
    deliver(awa, server)
    assert server.members.by_device[SAMIR.device].revoked_at == server.cursor
