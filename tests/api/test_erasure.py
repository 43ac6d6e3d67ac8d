"""A person is erased: every table forgets what stood under them, what stands elsewhere is as true as it was, a rebuild
from the log says the same, and the file of the database holds no byte of it any more."""

import asyncio
import sqlite3
from collections.abc import Sequence
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from server.journal.at_push import rebuild_association
from sync.control import EraseBody
from sync.ids import EntityId, SpaceId
from sync.op import OpClass
from sync.store.database import Database
from sync.store.repository import Repository
from sync.store.scope import INSTALLATION
from tests.pens import Pair, Pen, op_ids
from tests.world import World

MOMO, LEILA, PATROL, REFERRAL = (EntityId(bytes([n]) * 16) for n in range(0xA1, 0xA5))

JOURNAL = ("person", "contact", "request", "patrol", "encounter", "distribution", "referral", "referral_move")


def lived(world: World) -> dict[str, list[Pair]]:
    """Push an evening with two people and return what stands under each entity."""
    awa = world.awa
    encounter = awa.op(OpClass.ROW, "encounter", PATROL)
    met = op_ids([encounter])[0][:16]
    pairs = {
        "patrol": [
            awa.op(OpClass.GENESIS, "patrol", PATROL),
            encounter,
            awa.op(OpClass.ROW, "distribution", PATROL, facts=(("count", 2), ("encounter", met))),
        ],
        "referral": [
            awa.op(OpClass.GENESIS, "referral", REFERRAL, facts=(("person", MOMO),)),
            awa.op(OpClass.ROW, "referral_move", REFERRAL, facts=(("expect", "draft"), ("move", "send"))),
        ],
    }
    for name, person in (("momo", MOMO), ("leila", LEILA)):
        request = awa.op(OpClass.ROW, "request", person, facts=(("status", "open"),))
        pairs[name] = [
            awa.op(OpClass.GENESIS, "person", person, facts=(("age_band", "25_34"),)),
            awa.op(OpClass.ROW, "contact", person, facts=(("encounter", met), ("services/kit", True))),
            request,
            awa.op(OpClass.EDIT, "request", person, re=op_ids([request])[0], facts=(("status", "obtained"),)),
        ]
    for part in pairs.values():
        world.accept(awa, part)
    return pairs


def erase(world: World, pen: Pen, *entities: EntityId) -> None:
    world.accept(pen, [pen.control("erase", EraseBody(entities), 1)])


def tables(world: World) -> dict[str, list[tuple[object, ...]]]:
    return {name: rows for name, rows in world.tables().items() if name in JOURNAL}


def rebuild(world: World) -> None:
    async def rebuilt() -> None:
        database = Database(world.url)
        async with database.writing(INSTALLATION) as session:
            store = Repository(session, database.dialect)
            (space,) = await store.founded_spaces()
            await rebuild_association(store, space.org, [SpaceId(space.space)])
        await database.close()

    asyncio.run(rebuilt())


def test_every_table_forgets_the_person_and_keeps_the_rest_as_it_was(founded: World) -> None:
    lived(founded)
    before = tables(founded)
    erase(founded, founded.odile, MOMO)
    after = tables(founded)
    for name in ("person", "contact", "request"):
        assert len(before[name]) == 2
        assert [row for row in before[name] if MOMO not in row] == after[name]
        assert len(after[name]) == 1
    for name in ("patrol", "encounter", "distribution", "referral", "referral_move"):
        assert before[name] == after[name]
        assert after[name]


def test_what_comes_late_for_the_person_is_in_no_table(founded: World) -> None:
    lived(founded)
    erase(founded, founded.odile, MOMO)
    before, awa = tables(founded), founded.awa
    late = [awa.op(OpClass.GENESIS, "person", MOMO), awa.op(OpClass.ROW, "contact", MOMO)]
    founded.accept(awa, late)
    assert tables(founded) == before
    founded.accept(awa, [awa.op(OpClass.ROW, "contact", LEILA)])
    assert tables(founded) != before


def test_a_rebuild_from_the_log_says_what_the_pushes_said(founded: World) -> None:
    lived(founded)
    erase(founded, founded.odile, MOMO)
    founded.accept(founded.awa, [founded.awa.op(OpClass.ROW, "contact", MOMO)])
    before = tables(founded)
    rebuild(founded)
    assert tables(founded) == before


def test_a_route_says_nothing_of_the_person_any_more(founded: World) -> None:
    lived(founded)
    headers = founded.bearer(founded.odile)

    def shown() -> set[str]:
        answers = [founded.http.get(f"/v1/kinds/{name}", headers=headers).json() for name in ("person", "contact")]
        return {line.get("entity") or line["id"] for answer in answers for line in answer["lines"]}

    assert shown() == {MOMO.hex(), LEILA.hex()}
    erase(founded, founded.odile, MOMO)
    assert shown() == {LEILA.hex()}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_no_byte_of_it_stays_in_the_file_of_the_embedded_database(founded: World) -> None:
    """Deleted is overwritten; what is of somebody else is found by the same search."""
    pairs = lived(founded)
    path = Path(str(make_url(founded.url).database))
    momo, leila = ([part for pair in pairs[name] for part in pair] for name in ("momo", "leila"))

    def found(parts: Sequence[bytes]) -> int:
        with sqlite3.connect(path) as database:
            database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        files = b"".join(each.read_bytes() for each in path.parent.glob(f"{path.name}*"))
        return sum(part in files for part in parts)

    assert found(momo) == found(leila) == 8
    erase(founded, founded.odile, MOMO)
    assert found(momo) == 0
    assert found(leila) == 8
