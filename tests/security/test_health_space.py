"""T4: what is about health is behind a key of its own, and not behind a button."""

from collections.abc import Iterator

import pytest
from msgspec.structs import replace

from server.demo.device import Device
from server.demo.health_file import give_access, health_file, open_health_file
from server.kinds.contact import Contact
from server.kinds.health import health_kind
from server.kinds.health_space import HealthSpace
from server.kinds.person import Person
from server.kinds.worker import Worker
from server.kinds.zone import Zone
from sync.client import Refused
from sync.compartment import KEYLESS_ROLES, READER_ROLES, keep_compartment
from sync.control import MemberBody
from sync.fold import EntityState
from sync.ids import EntityId, OpId
from sync.liveness import FIELD
from sync.outbox import OutState
from sync.rotation import is_exposed, write_revocation
from sync.store.scope import Scope
from sync.writer import write_control
from tests.health_world import PAPERS, HealthWorld, opened_with
from tests.security.canaries import forms

WOUND, FILE = "Plaie profonde au genou", "Hépatite C connue depuis 2019"
ROW = bytes(range(16))


@pytest.fixture
def world(database_url: str) -> Iterator[HealthWorld]:
    made = HealthWorld(database_url)
    yield made
    made.close()


def begin(nurse: Device, person: EntityId, *taken: str) -> None:
    """Write on a nurse's device what somebody takes: the first op about them in the health space."""
    nurse.begin(health_kind(Person), {}, Person.Health(consumption=taken, file=FILE), person)


def care(nurse: Device, person: EntityId, note: str = WOUND, contact: bytes = ROW) -> OpId:
    """Write an act and a note of a contact on a nurse's device."""
    kind = health_kind(Contact)
    said = {"acts": ("wound",), "note": note, "contact": contact}
    return nurse.add(kind, person, {}, kind.Sealed.model_validate(said))


def written(world: HealthWorld) -> EntityId:
    """Let Inès write of Momo in the health file, and everybody who is a member pull it."""
    ines = world.health["Inès"]
    momo = ines.id()
    begin(ines, momo, "crack")
    care(ines, momo)
    world.exchange("Inès", "Sophie", "Odile", "Lou")
    return momo


def notes(state: EntityState) -> list[str]:
    """Return the health notes of a person's contacts."""
    return sorted(str(group.registers[FIELD, "note"].value) for group in state.groups if group.row is not None)


# ── Who reads ──


def test_a_social_worker_with_the_whole_database_opens_nothing_and_a_nurse_all(world: HealthWorld) -> None:
    """Chloé's keys open the field space and its people; tried on the health file in every way, they open none of it."""
    health = world.open()
    written(world)
    chloe, ines = world.field["Chloé"].replica, world.health["Inès"].replica
    ops = world.sealed_ops(health.space)
    thief = world.stolen(health, chloe.identity)
    assert len(ops) == 2
    assert (thief.payloads, len(thief.waiting), thief.keyring.epoch_keys) == ({}, 2, {})
    assert opened_with(chloe.keyring, ops) == 0
    assert opened_with(chloe.keyring, world.sealed_ops(world.place.space)) > 0
    assert opened_with(ines.keyring, ops) == 2
    assert len(world.stolen(health, ines.identity).payloads) == 2
    with pytest.raises(Refused, match="not_member"):
        world.run(world.field["Chloé"].client.read(f"/v1/spaces/{health.space.hex()}/ops", {"after": 0}))


def test_the_administrator_who_opened_it_opens_nothing_of_what_is_written_in_it(world: HealthWorld) -> None:
    """She drew the first key: the first nurse's device has drawn another before a word was written."""
    health = world.open()
    written(world)
    for name in ("Odile", "Lou"):
        own = world.health[name].replica
        assert (own.payloads, len(own.waiting), own.keyring.failed) == ({}, 2, set())
        assert opened_with(own.keyring, world.sealed_ops(health.space)) == 0
    assert set(world.health["Odile"].replica.keyring.epoch_keys) == {1}
    assert set(world.health["Inès"].replica.keyring.epoch_keys) == {1, 2}
    assert not is_exposed(world.health["Inès"].replica)
    papers = world.stolen(health, world.field[PAPERS].replica.identity)
    assert len(papers.payloads) == 2


def test_the_server_has_no_word_of_it_and_knows_that_there_is_something(world: HealthWorld) -> None:
    world.open()
    momo = written(world)

    async def place() -> None:
        async with world.service.database.writing(Scope(org=world.org)) as session:
            session.add(Zone(org_id=world.org, id=ROW, name="Stalingrad, quai"))

    world.run(place())
    dump = world.dump()
    assert [word for word in (WOUND, FILE) if any(form in dump for form in forms(word))] == []
    assert any(form in dump for form in forms("Stalingrad, quai"))  # the control
    assert b"contact_health" in dump
    assert bytes(momo) in dump


def test_a_retired_nurse_is_out_of_both_spaces_and_opens_nothing_written_since(world: HealthWorld) -> None:
    health = world.open()
    momo = written(world)
    sophie, before = world.field["Sophie"].replica.identity, world.health["Sophie"]
    odile = world.field["Odile"]
    write_revocation(odile.replica, [sophie.device], odile.moment())
    world.run(world.sync("Odile"))
    assert keep_compartment(world.health["Odile"].replica, odile.replica.reader.view.members, odile.moment())
    world.exchange("Odile", "Inès")
    care(world.health["Inès"], momo, "Mieux")
    world.exchange("Inès", "Odile")
    thief = world.stolen(health, sophie)
    assert (len(thief.payloads), len(thief.waiting)) == (2, 1)
    assert len(world.stolen(health, world.health["Inès"].replica.identity).payloads) == 3
    for device in (world.field["Sophie"], before):
        with pytest.raises(Refused, match="device_revoked"):
            world.run(device.sync())


def test_a_nurse_lets_another_nurse_in_and_nobody_else(world: HealthWorld) -> None:
    """A new device of a health worker gets the key; Chloé's and the administrators' do not."""
    health = world.open()
    written(world)
    ines = world.field["Inès"]
    assert not world.run(give_access(ines, world.health["Inès"]))
    odile, chloe = world.field["Odile"], EntityId(bytes(world.field["Chloé"].worker))
    odile.edit(Worker, chloe, {"role": "health"}, Worker.Sealed())
    world.run(world.sync("Odile", "Inès", "Chloé"))
    assert world.run(give_access(ines, world.health["Inès"]))
    world.exchange("Inès")
    assert len(world.run(world.arrive("Chloé")).replica.payloads) == 2
    assert set(world.health["Lou"].replica.keyring.epoch_keys) == set()
    assert len(world.stolen(health, world.field["Chloé"].replica.identity).payloads) == 2


# ── Who administers ──


def test_an_administrator_lets_nobody_in_whatever_her_device_writes(world: HealthWorld) -> None:
    """Her own would not: this one is hostile, and wraps a key of its own for Chloé."""
    world.open()
    written(world)
    lou = world.health["Lou"]
    known = world.field["Lou"].replica.reader.view.members.by_device[world.field["Chloé"].replica.identity.device]
    body = MemberBody(known.device, known.ed_pk, known.x_pk, READER_ROLES, known.org, known.worker, bytes(80))
    keyless = replace(body, x_pk=None, roles=KEYLESS_ROLES, wrap=None)
    name = write_control(lou.replica, body, lou.moment())
    with pytest.raises(Refused, match="role_missing"):
        world.run(lou.sync())
    lou.replica.outbox.flight = None
    del lou.replica.outbox.ops[name]
    write_control(lou.replica, keyless, lou.moment())
    world.exchange("Lou", "Inès")  # the control: without a key, it is hers to add
    there = world.health["Inès"].replica.reader.view.members.by_device[known.device]
    assert (there.x_pk, there.roles) == (None, 6)


# ── Where it is ──


def test_a_pointer_by_somebody_else_is_ignored_and_an_administrators_believed(world: HealthWorld) -> None:
    """Chloé writes one first, of a space of her own, and then tries to move the administrator's."""
    chloe, ines = world.field["Chloé"], world.field["Inès"]
    chloe.begin(HealthSpace, {}, HealthSpace.Sealed(root="aa" * 32))
    world.run(world.sync("Chloé", "Inès"))
    assert health_file(ines.replica) is None
    health = world.open()
    world.run(world.sync("Chloé"))
    chloe.edit(HealthSpace, EntityId(bytes(health.space)), {}, HealthSpace.Sealed(root="bb" * 32))
    world.run(world.sync("Chloé", "Inès"))
    state = ines.replica.state(EntityId(bytes(health.space)))
    assert state is not None
    assert state.own is not None
    assert state.own.registers[FIELD, "root"].value == "bb" * 32  # what a fold would have believed
    assert health_file(ines.replica) == health
    assert health.root == world.health["Odile"].replica.reader.root


def test_of_two_that_administrators_open_at_once_everybody_takes_the_first(world: HealthWorld) -> None:
    first = world.open()
    lou = world.field["Lou"]
    world.run(open_health_file(lou, world.somewhere()))
    world.run(world.sync("Inès", "Odile"))
    assert health_file(world.field["Inès"].replica) == health_file(lou.replica) == first


def test_the_pointer_holds_when_whoever_wrote_it_administers_no_longer(world: HealthWorld) -> None:
    health = world.open()
    lou = world.field["Lou"]
    write_revocation(lou.replica, [world.field["Odile"].replica.identity.device], lou.moment())
    world.run(world.sync("Lou", "Inès"))
    assert health_file(world.field["Inès"].replica) == health


# ── Two who begin at once ──


def test_two_nurses_who_write_first_of_one_person_offline_lose_nothing_and_count_each_care_once(
    world: HealthWorld,
) -> None:
    """The second genesis is refused; its device writes all of it again under the secret that won."""
    health = world.open()
    ines, sophie = world.health["Inès"], world.health["Sophie"]
    momo = ines.id()
    for nurse, taken, note in ((ines, "crack", "Genou"), (sophie, "alcohol", "Coude")):
        begin(nurse, momo, taken)
        care(nurse, momo, note)
    world.exchange("Inès", "Sophie", "Inès")
    for nurse in (ines, sophie):
        state = nurse.replica.state(momo)
        assert state is not None
        assert notes(state) == ["Coude", "Genou"]
        assert state.own is not None
        assert {name for part, name in state.own.registers if part == FIELD} >= {
            "consumption/alcohol",
            "consumption/crack",
        }
        assert not nurse.replica.outbox.ops
        assert not nurse.replica.outbox.in_state(OutState.ASIDE)
        assert nurse.replica.waiting == {}
    classes = [entry.header.op_class for entry in ines.replica.entries[momo] if entry.header]
    assert classes.count(0) == 1
    assert len(world.sealed_ops(health.space)) == 4
