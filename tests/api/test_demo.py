"""The demo: two weeks of invented people, made of real sealed ops, and an administrator that answers join links."""

import asyncio
import secrets
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import combinations
from pathlib import Path
from typing import Any

import httpx
import pytest

from server.demo.administrator import Administrator, nurse_of
from server.demo.care import CARE_NOTES
from server.demo.cast import AREAS, LINKED, PEOPLE, STRUCTURES, WORKERS, ZONES
from server.demo.device import Place, identity_from
from server.demo.follow_up import DAY_MS
from server.demo.health_file import health_file
from server.demo.make import make_demo_whole
from server.demo.notices import BAD_BATCH, EVACUATION
from server.demo.sheet import REASONS
from server.demo.stock import BAGS
from server.demo.story import HANDOVERS
from server.demo.vault import NURSE, Vault, open_vault
from server.journal.at_push import rebuild_association
from server.kinds.catalogue import TABLED_BY_NAME
from server.main import create_app
from server.settings import Settings
from sync.enrolment import Code1, decode_code2, decode_link, encode_code, letters
from sync.fold import EntityState, Group
from sync.http.service import wall_clock_ms
from sync.ids import EntityId, WorkerId
from sync.liveness import FACT, FIELD
from sync.op import OpClass, row_name
from sync.replica import Replica
from sync.rotation import is_exposed
from sync.store.database import Database
from sync.store.repository import Repository
from sync.store.scope import INSTALLATION

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


@dataclass(frozen=True)
class Made:
    """A demo and what its administrator holds of it."""

    settings: Settings
    vault: Vault
    replica: Replica

    def states(self, kind: str) -> list[EntityState]:
        found = [self.replica.state(entity) for entity in self.replica.entries]
        return [state for state in found if state and state.own and state.own.kind == kind]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    settings = Settings(data=tmp_path_factory.mktemp("demo"), DATABASE_URL="", app=Path("no-app"))
    days: list[int] = []
    assert asyncio.run(make_demo_whole(settings, NOW, lambda done, _: days.append(done)))
    assert days == list(range(1, 16))
    vault = open_vault(settings.data)
    assert vault is not None
    return Made(settings, vault, vault.replica())


def field(state: EntityState, name: str) -> object:
    assert state.own is not None
    return state.own.registers[FIELD, name].value


def test_sixty_people_and_eight_workers_are_known_by_name(made: Made) -> None:
    workers = {field(state, "name") for state in made.states("worker")}
    assert workers == {worker.name for worker in WORKERS}
    assert len(made.states("person")) == len(PEOPLE) == 60


def test_every_op_opens_with_the_keys_of_a_member(made: Made) -> None:
    assert len(made.replica.payloads) > 1000
    assert made.replica.waiting == {}


def test_two_weeks_are_spread_over_the_servers_time(made: Made) -> None:
    times = [entry.server_ms for entries in made.replica.entries.values() for entry in entries]
    days = {datetime.fromtimestamp(time / 1000, UTC).date() for time in times}
    assert len(days) >= 13
    assert max(times) <= NOW.timestamp() * 1000 + 60_000


def test_one_conflict_waits_to_be_settled(made: Made) -> None:
    conflicts = [
        name
        for state in made.states("person")
        if state.own
        for (_, name), register in state.own.registers.items()
        if register.conflict
    ]
    assert conflicts == ["description"]


def plain(group: Group | None) -> dict[str, Any]:
    assert group is not None
    return {name: register.value for (space, name), register in group.registers.items() if space == FACT}


def rows(state: EntityState, kind: str) -> list[dict[str, Any]]:
    return [plain(group) for group in state.groups if group.row is not None and group.kind == kind]


def test_every_patrol_carries_a_bag_and_leaves_a_note(made: Made) -> None:
    patrols = [plain(state.own) for state in made.states("patrol")]
    assert {field(bag, "name") for bag in made.states("bag")} == set(BAGS.values())
    assert {patrol["bag"] for patrol in patrols} == {bag.entity for bag in made.states("bag")}
    assert {patrol["mode"] for patrol in patrols} == {"walk", "bus", "metro"}
    assert {field(state, "handover") for state in made.states("patrol")} == set(HANDOVERS)


def test_what_is_counted_last_in_a_bag_is_what_was_loaded_less_what_was_given_and_lost(made: Made) -> None:
    patrols = {state.entity: state for state in made.states("patrol")}
    for bag in made.states("bag"):
        moves = rows(bag, "stock_movement")
        carriers = [patrol for patrol, state in patrols.items() if plain(state.own)["bag"] == bag.entity]
        held = Counter[str]()
        for row in moves:
            held[row["item"]] += {"receipt": 1, "loss": -1, "count": 0}[row["move"]] * row["count"]
        for row in (row for patrol in carriers for row in rows(patrols[patrol], "distribution")):
            if not row["item"].startswith("used_"):
                held[row["item"]] -= row["count"]
        last = max(carriers, key=lambda patrol: plain(patrols[patrol].own)["start"])
        counted = {row["item"]: row["count"] for row in moves if row["move"] == "count" and row["patrol"] == last}
        assert counted == held
        assert "police_destruction" in {row.get("loss_reason") for row in moves}


def test_the_sheets_say_ages_take_back_used_material_by_unit_and_are_corrected_with_a_reason(made: Made) -> None:
    patrols = made.states("patrol")
    encounters = [row for state in patrols for row in rows(state, "encounter")]
    aged = [row for row in encounters if any(name.startswith("anon_age_") for name in row)]
    assert 0 < len(aged) < len(encounters)
    for row in aged:
        people, ages = Counter[str](), Counter[str]()
        for name, value in row.items():
            if name.startswith("anon_"):
                (ages if name.startswith("anon_age_") else people)[name] += value
        assert ages.total() <= people.total()
    taken = [row for state in patrols for row in rows(state, "distribution") if row["item"].startswith("used_")]
    assert {row["unit"] for row in taken} == {"piece", "container", "gram"}
    reasons = {
        (group.kind, name, register.value)
        for state in patrols
        for group in state.groups
        for (space, name), register in group.registers.items()
        if space == FIELD and name.startswith("reason/")
    }
    assert {(kind, name) for kind, name, _ in reasons} == {
        ("encounter", "reason/anon_man"),
        ("distribution", "reason/count"),
    }
    assert {reason for _, _, reason in reasons} == set(REASONS)


def test_people_are_followed_up_agree_for_a_time_leave_and_are_recognised(made: Made) -> None:
    people = made.states("person")
    own = [plain(state.own) for state in people]
    assert [len([said for said in own if said.get(name)]) for name in ("left", "trash")] == [3, 1]
    asked = {"open", "obtained", "refused", "no_place", "given_up"}
    found = {kind: [row for state in people for row in rows(state, kind)] for kind in ("request", "procedure", "task")}
    assert {row["status"] for row in found["request"]} == asked
    for kind in ("request", "procedure"):
        assert all(("closed" in row) == (row["status"] != "open") for row in found[kind])
        assert {row["status"] for row in found[kind]} >= {"open", "obtained"}
    assert {"done" in row for row in found["task"]} == {True, False}
    assert any(rows(state, "note") for state in people)
    ends = {register.value for state in people if state.own for register in agreements(state.own)}
    today = NOW.timestamp() * 1000 // DAY_MS
    assert {end < today for end in ends} == {True, False}


def agreements(own: Group) -> list[Any]:
    return [register for (space, name), register in own.registers.items() if space == FIELD and name.endswith("_until")]


def test_who_is_recognised_was_one_of_those_without_a_name_in_an_encounter_that_did_not_name_them(made: Made) -> None:
    encounters = {
        row_name(group.row): plain(group)
        for state in made.states("patrol")
        for group in state.groups
        if group.row is not None and group.kind == "encounter"
    }
    contacts = [(state.entity, row) for state in made.states("person") for row in rows(state, "contact")]
    recognised = [(person, row["encounter"]) for person, row in contacts if row.get("anonymous")]
    assert recognised
    taken = Counter(encounter for _, encounter in recognised)
    assert all(encounters[encounter]["anon_man"] >= times for encounter, times in taken.items())
    met = Counter((person, row["encounter"]) for person, row in contacts)
    assert {met[one] for one in recognised} == {1}


def test_one_notice_holds_that_only_who_wrote_it_has_read_and_one_is_over(made: Made) -> None:
    notices = {field(state, "text"): state for state in made.states("notice")}
    assert set(notices) == {BAD_BATCH, EVACUATION}
    holds, past = plain(notices[BAD_BATCH].own), plain(notices[EVACUATION].own)
    today = NOW.timestamp() * 1000 // DAY_MS
    assert holds.keys().isdisjoint({"until", "over"})
    assert past["until"] < today
    for state in notices.values():
        rows = [group.row for group in state.groups if group.kind == "notice_seen"]
        writers = [
            made.replica.reader.view.members.by_device[entry.header.device].worker
            for entry in made.replica.entries[state.entity]
            if entry.header and entry.op_id in rows
        ]
        assert writers == [made.vault.workers["Bruno"]]


def test_the_zones_of_the_demo_do_not_overlap() -> None:
    boxes = [tuple((min(axis), max(axis)) for axis in zip(*corners, strict=True)) for corners in AREAS.values()]
    assert set(ZONES) - set(AREAS) == {"Métro"}
    for one, other in combinations(boxes, 2):
        assert any(a[1] < b[0] or b[1] < a[0] for a, b in zip(one, other, strict=True))


def test_a_demo_is_made_once(made: Made) -> None:
    assert not asyncio.run(make_demo_whole(made.settings, NOW, lambda *_: None))


def test_the_directory_is_read_by_a_member_and_kept(made: Made) -> None:
    async def read() -> tuple[httpx.Response, httpx.Response]:
        app = create_app(made.settings)
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost") as http,
        ):
            place = Place(made.vault.space, http, wall_clock_ms, secrets.token_bytes)
            device = place.device(WorkerId(made.vault.workers["Odile"]), made.vault.replica(), lambda _: None)
            first = await device.client.request("GET", "/v1/directory")
            kept = {"if-none-match": first.headers["etag"], "authorization": f"Bearer {device.client.token}"}
            return first, await http.get("/v1/directory", headers=kept)

    first, second = asyncio.run(read())
    assert {line["name"] for line in first.json()["zone"]} == set(ZONES)
    outlines = {line["name"]: line["area"]["coordinates"] for line in first.json()["zone"] if line["area"]}
    assert {name: [tuple(corner) for corner in ring] for name, (ring,) in outlines.items()} == {
        name: [*corners, corners[0]] for name, corners in AREAS.items()
    }
    assert len(first.json()["structure"]) == len(STRUCTURES)
    assert (second.status_code, second.content) == (304, b"")


@dataclass(frozen=True)
class Joined:
    """A device that came by a demo link: its replicas of both spaces, and what the demo's process said."""

    field: Replica
    health: Replica | None
    said: list[str]


async def _join(made: Made, name: str) -> Joined:
    said: list[str] = []
    app = create_app(made.settings)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost") as http,
    ):
        odile, hers = made.vault.devices(http, "Odile", secrets.token_bytes)
        nurse = open_vault(made.settings.data, NURSE)
        assert nurse is not None
        administrator = Administrator(made.vault, odile, "http://localhost", said.append, {}, hers)
        administrator.nurse = nurse_of(nurse, http)
        await administrator.hand_out()
        line = next(line for line in said if line.startswith(name))
        link = decode_link(line.partition("#join=")[2])
        identity, _ = identity_from(secrets.token_bytes)
        assert identity.box is not None
        code1 = Code1(identity.signing.public, identity.box.public, secrets.token_bytes(16))
        text = encode_code(code1)
        await http.put(f"/v1/joins/{link.join.hex()}/code1", json={"code": text})
        await administrator.answer_all()
        answer = (await http.get(f"/v1/joins/{link.join.hex()}")).json()["code2"]
        assert said[-1].endswith(letters(text, answer))
        offered = decode_code2(answer, code1.nonce).spaces[0]
        place = Place(made.vault.space, http, wall_clock_ms, secrets.token_bytes)
        own = place.device(WorkerId(bytes(16)), place.new_replica(identity, offered.root), lambda _: None)
        await own.sync()
        found = health_file(own.replica)
        assert found is not None
        spaces = (await own.client.request("GET", "/v1/spaces")).json()["spaces"]
        health = None
        if found.space.hex() in spaces:
            there = Place(found.space, http, wall_clock_ms, secrets.token_bytes)
            second = there.device(own.worker, there.new_replica(identity, found.root), lambda _: None)
            await second.sync()
            health = second.replica
        return Joined(own.replica, health, said)


def test_a_join_link_makes_a_new_device_a_member_that_reads_everything_but_the_health_file(made: Made) -> None:
    joined = asyncio.run(_join(made, "Awa"))
    replica = joined.field
    assert [line.split()[0] for line in joined.said[: len(LINKED)]] == [worker.name for worker in LINKED]
    assert len(replica.payloads) == len(made.replica.payloads)
    assert replica.reader.view.members.by_device[replica.identity.device].worker == made.vault.workers["Awa"]
    assert joined.health is None


def test_whoever_opens_the_nurses_link_reads_the_health_file(made: Made) -> None:
    """The nurse's device beside the administrator's lets her in; nobody has to press anything."""
    health = asyncio.run(_join(made, "Inès")).health
    assert health is not None
    kinds = Counter(payload_kind(health, entity) for entity in health.entries)
    assert kinds["person_health"] > 10
    assert health.waiting == {}
    assert not is_exposed(health)
    noted = {field.value for payload in health.payloads.values() for field in payload.fields}
    assert set(CARE_NOTES) <= noted


def test_whoever_opens_the_administrators_link_reads_none_of_it(made: Made) -> None:
    health = asyncio.run(_join(made, "Odile")).health
    assert health is not None
    own = health.reader.view.members.by_device[health.identity.device]
    assert (own.x_pk, own.roles) == (None, 6)
    assert health.payloads == {}
    assert len(health.waiting) > 20


def test_the_administrators_own_device_opens_nothing_and_every_care_names_a_contact(made: Made) -> None:
    """Odile's device opened the health file; the first nurse's took the key out of her hands before anything stood."""
    hers, nurses = made.vault.health_replica(), open_vault(made.settings.data, NURSE)
    assert hers is not None
    assert nurses is not None
    his = nurses.health_replica()
    assert his is not None
    assert (hers.payloads, hers.keyring.failed) == ({}, set())
    assert len(his.payloads) == len(hers.waiting) > 20
    rows = {row_name(entry.op_id) for entries in made.replica.entries.values() for entry in entries}
    named = [field.value for payload in his.payloads.values() for field in payload.fields if field.name == "contact"]
    assert len(named) > 10
    assert set(named) <= rows


def payload_kind(replica: Replica, entity: EntityId) -> str:
    state = replica.state(entity)
    return "" if state is None or state.own is None else state.own.kind


def tables(made: Made) -> dict[str, list[tuple[object, ...]]]:
    async def read() -> dict[str, list[tuple[object, ...]]]:
        database = Database(made.settings.sqlalchemy_url())
        async with database.reading(INSTALLATION) as session:
            connection = await session.connection()
            rows = {
                name: sorted(
                    (tuple(row) for row in await connection.exec_driver_sql(f"SELECT * FROM {name}")), key=repr
                )
                for name, kind in TABLED_BY_NAME.items()
                if kind.folds is not None
            }
        await database.close()
        return rows

    return asyncio.run(read())


def test_every_row_of_the_log_is_counted_once_in_its_table(made: Made) -> None:
    logged = [
        entry.header.kind
        for entries in made.replica.entries.values()
        for entry in entries
        if entry.header and entry.header.op_class in {OpClass.GENESIS, OpClass.ROW}
    ]
    assert Counter({name: len(rows) for name, rows in tables(made).items()}) == Counter(logged)


def test_the_referrals_tables_say_what_the_device_has_ruled(made: Made) -> None:
    ruled = {target.entity: state.state for target, state in made.replica.rulings.states.items()}
    stored = {row[1]: row[-2] for row in tables(made)["referral"]}
    assert stored == ruled
    assert len(set(stored.values())) > 2


def test_a_rebuild_writes_the_same_tables(made: Made) -> None:
    before = tables(made)

    async def again() -> None:
        database = Database(made.settings.sqlalchemy_url())
        async with database.writing(INSTALLATION) as session:
            await (await session.connection()).exec_driver_sql("DELETE FROM contact")
            await rebuild_association(Repository(session, database.dialect), made.vault.org, [made.vault.space])
        await database.close()

    asyncio.run(again())
    assert tables(made) == before
