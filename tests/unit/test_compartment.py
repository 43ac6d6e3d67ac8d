"""A compartment: whoever opens one cannot read it, and whoever administers it cannot let anybody read."""

from dataclasses import replace

import pytest

from sync.compartment import KEYLESS_ROLES, READER_ROLES, keep_compartment, let_in, write_compartment
from sync.control import MemberBody
from sync.errors import RoleMissing
from sync.ids import OrgId, SpaceId, StreamId, WorkerId
from sync.keyring import Identity
from sync.members import Member, Members
from sync.op import OpClass
from sync.past import members_before
from sync.replica import Replica
from sync.rotation import is_exposed, keep_controls, rotation_due, write_revocation
from sync.stored import decode_replica, encode_replica
from sync.writer import CannotWrite, Edit, Genesis, write, write_control
from tests.engine_kit import (
    ORG,
    REGISTRY,
    START_MS,
    ModelServer,
    deliver,
    entity,
    identity,
    moment,
    pull,
    replica,
)

ODILE, INES, SOPHIE, LOU, PAPERS, AWA, DINA = (identity(n) for n in range(21, 28))
READERS = {INES.device, SOPHIE.device}


def known(who: Identity, roles: int, worker: int | None = 1) -> Member:
    """Return a device of the outer space, of the association of all but Chloé."""
    assert who.box is not None
    of = None if worker is None else WorkerId(bytes([worker]) * 16)
    return Member(who.device, who.signing.public, who.box.public, roles, ORG, of)


def outer(*more: Member, papers: bool = True) -> Members:
    """Return the outer space: two administrators, two who are to read, Awa who is not, and the papers."""
    members = [known(ODILE, 7), known(LOU, 7), known(INES, 1), known(SOPHIE, 1), known(AWA, 1)]
    members += [known(PAPERS, 7, None)] if papers else []
    return Members(SpaceId(b"\x11" * 16), {one.device: one for one in [*members, *more]}, epoch=1)


def opened() -> tuple[ModelServer, Replica]:
    """Return the server of a compartment that Odile has opened, and her replica of it."""
    server, odile = ModelServer(), replica(ODILE)
    write_compartment(odile, outer(), READERS, moment(1))
    deliver(odile, server)
    return server, odile


def arrived(who: Identity, server: ModelServer, of: Replica) -> Replica:
    """Return the replica of a device that has read everything."""
    own = replica(who, of.reader.root, seed=5)
    pull(own, server)
    return own


def rotated() -> tuple[ModelServer, Replica, Replica]:
    """Return the server after the first reader's device has rotated, Odile's replica and the reader's."""
    server, odile = opened()
    ines = arrived(INES, server, odile)
    assert keep_controls(ines, moment(2))
    deliver(ines, server)
    pull(odile, server)
    return server, odile, ines


def opens(who: Replica, n: int) -> int:
    """Return how many ops of an entity a replica opens."""
    return sum(op.payload is not None for op in who.ops(entity(n)))


# ── Opening one ──


def test_the_first_push_is_the_founding_segment_and_the_rest_follows_whole() -> None:
    server, odile = ModelServer(), replica(ODILE)
    root = write_compartment(odile, outer(), READERS, moment(1))
    deliver(odile, server)
    assert [len(paged.rows) for paged in server.segments] == [3, 4]
    assert odile.reader.root == root
    assert not odile.outbox.ops
    stated = {device: (one.roles, one.keyed) for device, one in server.members.by_device.items()}
    assert stated == {
        PAPERS.device: (7, True),
        INES.device: (READER_ROLES, True),
        SOPHIE.device: (READER_ROLES, True),
        LOU.device: (KEYLESS_ROLES, False),
        ODILE.device: (KEYLESS_ROLES, False),
    }


@pytest.mark.parametrize("pushes", [0, 1])
def test_a_founder_that_is_killed_before_or_between_its_pushes_goes_on(pushes: int) -> None:
    server, odile = ModelServer(), replica(ODILE)
    write_compartment(odile, outer(), READERS, moment(1))
    for _ in range(pushes):
        body = odile.push()
        assert body is not None
        assert odile.accept(server.push(body), START_MS)
    again = decode_replica(encode_replica(odile), ODILE, REGISTRY)
    deliver(again, server)
    assert [len(paged.rows) for paged in server.segments] == [3, 4]
    assert server.members.keyed() == sorted([INES.device, SOPHIE.device, PAPERS.device])


def test_every_reader_takes_what_the_founder_wrote_and_no_op_of_it_is_void() -> None:
    server, odile = opened()
    for who in (ODILE, INES, SOPHIE, LOU, PAPERS):
        own = arrived(who, server, odile)
        assert not [entry for entry in own.controls if entry.void is not None]
        assert own.reader.view.cursor == 7
        assert set(own.keyring.epoch_keys) == (set() if who is LOU else {1})


def test_without_papers_the_first_reader_stands_in_their_place() -> None:
    server, odile = ModelServer(), replica(ODILE)
    write_compartment(odile, outer(papers=False), READERS, moment(1))
    deliver(odile, server)
    assert [len(paged.rows) for paged in server.segments] == [3, 3]
    assert server.members.keyed() == sorted(READERS)
    assert {server.members.by_device[one].roles for one in READERS} == {READER_ROLES}


def test_nobody_opens_a_compartment_that_nobody_could_read_or_who_does_not_administer() -> None:
    other = replace(known(DINA, 1), org=OrgId(b"\x0b" * 16))
    odile = replica(ODILE)
    for readers in (set(), {PAPERS.device}, {DINA.device}):
        with pytest.raises(CannotWrite):
            write_compartment(odile, outer(other), readers, moment(1))
    awa = replica(AWA)
    with pytest.raises(CannotWrite):
        write_compartment(awa, outer(), READERS, moment(1))
    assert not odile.outbox.ops
    assert not awa.outbox.ops


# ── Who reads ──


def test_the_first_reader_rotates_because_the_founder_holds_the_key_in_force() -> None:
    """The founder is revoked nowhere: to be a member without a key is enough."""
    server, odile = opened()
    ines = arrived(INES, server, odile)
    assert is_exposed(ines)
    assert rotation_due(ines)
    assert not rotation_due(odile)
    assert keep_controls(ines, moment(2))
    assert is_exposed(ines)  # until the log has it
    deliver(ines, server)
    assert (ines.keyring.newest, is_exposed(ines), rotation_due(ines)) == (2, False, False)


def test_the_founder_opens_nothing_written_after_the_rotation_and_would_have_before() -> None:
    server, odile, ines = rotated()
    write(ines, [Genesis(entity(1), "thing", fields={"note": "wound"})], moment(3))
    deliver(ines, server)
    sophie = arrived(SOPHIE, server, odile)
    for who in (odile, arrived(LOU, server, odile)):
        pull(who, server)
        assert (opens(who, 1), len(who.waiting), who.keyring.failed) == (0, 1, set())
    assert opens(sophie, 1) == 1
    early, hers = opened()
    hasty = arrived(INES, early, hers)
    write(hasty, [Genesis(entity(1), "thing", fields={"note": "wound"})], moment(3))
    deliver(hasty, early)
    pull(hers, early)
    assert opens(hers, 1) == 1  # the control: what `is_exposed` is for


def test_whoever_still_reads_goes_on_writing_when_another_is_revoked_and_rotates_when_she_can() -> None:
    """A line that drops between the revocation and the rotation keeps nobody from saving."""
    server, odile, ines = rotated()
    assert not is_exposed(ines)
    write_revocation(odile, [SOPHIE.device], moment(4))
    deliver(odile, server)
    assert len(server.segments[-1].rows) == 1  # without a key, Odile rotates nothing
    pull(ines, server)
    assert not is_exposed(ines)
    assert rotation_due(ines)
    assert keep_controls(ines, moment(5))
    deliver(ines, server)
    assert (is_exposed(ines), rotation_due(ines)) == (False, False)


def test_nothing_is_exposed_where_no_key_is_held() -> None:
    server, odile = opened()
    assert not is_exposed(replica(AWA, odile.reader.root))
    assert not is_exposed(arrived(LOU, server, odile))


def test_a_reader_lets_in_another_who_reads_all_from_the_first_op() -> None:
    server, odile, ines = rotated()
    write(ines, [Genesis(entity(1), "thing")], moment(3))
    let_in(ines, known(DINA, 1), moment(4))
    deliver(ines, server)
    dina = arrived(DINA, server, odile)
    assert opens(dina, 1) == 1
    write(dina, [Edit(entity(1), "thing", fields={"note": "better"})], moment(5))
    deliver(dina, server)
    pull(ines, server)
    assert opens(ines, 1) == 2


# ── Who administers ──


def test_an_administrator_without_a_key_lets_nobody_in() -> None:
    """Her own device will not, and a server and readers refuse a hostile one's: they would have to trust its wrap."""
    server, odile, _ = rotated()
    with pytest.raises(CannotWrite):
        let_in(odile, known(DINA, 1), moment(4))
    mallory = known(DINA, 1)
    forged = MemberBody(
        mallory.device, mallory.ed_pk, mallory.x_pk, READER_ROLES, ORG, mallory.worker, moment(6).random(80)
    )
    write_control(odile, forged, moment(6))
    body = odile.push()
    assert body is not None
    with pytest.raises(RoleMissing):
        server.push(body)
    assert odile.refuse("role_missing", {}, StreamId(bytes(16))) == "salvage"


def test_an_administrator_does_here_what_the_outer_space_has_decided_once() -> None:
    server, odile, ines = rotated()
    now = outer(known(DINA, 7), replace(known(SOPHIE, 0), x_pk=None))
    assert keep_compartment(odile, now, moment(4))
    assert not keep_compartment(odile, now, moment(5))  # said, if not sent
    deliver(odile, server)
    assert not keep_compartment(odile, now, moment(6))
    assert server.members.by_device[SOPHIE.device].revoked
    assert (server.members.by_device[DINA.device].roles, server.members.by_device[DINA.device].keyed) == (6, False)
    pull(ines, server)
    assert keep_controls(ines, moment(7))
    deliver(ines, server)
    assert server.members.keyed() == sorted([INES.device, PAPERS.device])


def test_nobody_else_does_the_administrator_s_part() -> None:
    server, odile, _ = rotated()
    awa = arrived(AWA, server, odile)
    assert not keep_compartment(awa, outer(replace(known(SOPHIE, 0), x_pk=None)), moment(4))
    assert not awa.outbox.ops


# ── Who it was that might ──


def test_the_members_of_an_earlier_cursor_are_those_that_its_op_was_judged_by() -> None:
    server, odile = opened()
    own = arrived(INES, server, odile)
    assert members_before(own, 1).by_device == {}
    assert set(members_before(own, 3).by_device) == {ODILE.device, PAPERS.device}
    assert (members_before(own, 3).epoch, members_before(own, 4).epoch) == (0, 1)
    assert members_before(own, 7).by_device[ODILE.device].keyed
    assert not members_before(own, 8).by_device[ODILE.device].keyed
    assert members_before(own, 8) == own.reader.view.members
    assert all(entry.header and entry.header.op_class == OpClass.CONTROL for entry in own.controls)
