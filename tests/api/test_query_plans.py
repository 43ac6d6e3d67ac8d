"""No request reads more of the log than it needs, however long the log has become.

SQLite is asked how it would find what each statement of a life of pushes and pulls asks for: by an index that leads to
the rows themselves, never by walking through a space's log. It keeps no statistics, so the answer is the same for
a log of any length.
"""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing

import pytest
import sqlalchemy as sa
from fastapi import FastAPI
from fastapi.testclient import TestClient

from sync.control import EraseBody
from sync.ids import EntityId
from sync.op import OpClass
from tests.api.test_another_association import READS
from tests.neighbours import MOMO, PATROL, REFERRAL, Neighbours
from tests.pens import op_ids
from tests.world import SPACE

on_sqlite = pytest.mark.parametrize("database_url", [pytest.param("sqlite", marks=pytest.mark.sqlite)], indirect=True)

WALKS = re.compile(r"^SCAN (op|segment)\b|^SEARCH (op|segment) USING .*\(space=\?( AND first_cursor<\?)?\)$")
"""A step that reads a whole table, all of a space, or all of it up to somewhere."""


@pytest.fixture
def said(both: Neighbours) -> Iterator[dict[str, None]]:
    """Every statement that the service says while the fixture is in use."""
    client = both.world.http
    assert isinstance(client, TestClient)
    app: object = client.app
    while not isinstance(app, FastAPI):
        app = app.app  # type: ignore[attr-defined]
    statements: dict[str, None] = {}
    engine = app.state.sync.database.engine.sync_engine

    def note(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        statements[statement] = None

    sa.event.listen(engine, "before_cursor_execute", note)
    yield statements
    sa.event.remove(engine, "before_cursor_execute", note)


def walks(url: str, statement: str) -> list[str]:
    """Return the steps of a statement by which SQLite would read all of a space, or of a table."""
    path = sa.make_url(url).database
    assert path is not None
    with closing(sqlite3.connect(path)) as database:
        plan = database.execute(f"EXPLAIN QUERY PLAN {statement}", [None] * statement.count("?"))
        return [step for *_, step in plan if WALKS.search(step)]


def everything(both: Neighbours) -> None:
    """Ask for everything that the service does with a log, and push what makes it look into the past."""
    world, awa = both.world, both.world.awa
    encounter = awa.op(OpClass.ROW, "encounter", PATROL)
    contact = awa.op(OpClass.ROW, "contact", MOMO, facts=(("encounter", op_ids([encounter])[0][:16]),))
    first = awa.op(OpClass.EDIT, "person", MOMO, facts=(("gender", "man"),))
    world.accept(awa, [encounter, contact, first])
    again = awa.op(OpClass.ROW, "contact", MOMO, facts=(("salvages", op_ids([contact])[0][:16]),))
    amended = awa.op(OpClass.EDIT, "contact", MOMO, re=op_ids([contact])[0], facts=(("void", True),))
    moved = awa.op(OpClass.ROW, "referral_move", REFERRAL, facts=(("expect", "sent"), ("move", "accept")))
    killer = awa.op(OpClass.EDIT, "person", MOMO, kills=tuple(op_ids([first])))
    last = world.accept(awa, [again, amended, moved, killer]).last_cursor
    for (_, path), read in READS.items():
        assert read(both, "Odile").status_code == 200, path
    space = f"/v1/spaces/{SPACE.hex()}"
    for path in (f"{space}/ops?after=3", f"{space}/bootstrap?at={last}&after=3", f"{space}/log?at={last}"):
        assert both.ask("Awa", "GET", path).status_code == 200, path
    assert both.ask("Awa", "GET", f"/v1/kinds/contact?entity={MOMO.hex()}").status_code == 200
    world.accept(world.odile, [world.odile.control("erase", EraseBody((EntityId(MOMO),)), 1)])
    world.accept(awa, [awa.op(OpClass.EDIT, "person", MOMO)])


@on_sqlite
def test_no_request_walks_through_a_log(both: Neighbours, said: dict[str, None]) -> None:
    everything(both)
    asked = [one for one in said if re.search(r"\b(FROM|JOIN|UPDATE|INTO) (op|segment)\b", one)]
    assert len(asked) >= 15
    assert {one: steps for one in asked if (steps := walks(both.world.url, one))} == {}


@on_sqlite
def test_a_statement_that_walks_is_found(both: Neighbours) -> None:
    """The control: an order that SQLite has an index for is dearer to it than the rows that are asked for."""
    asked = "SELECT op_id FROM op WHERE space = ? AND entity = ? AND fold_group = ? AND op_class != ?"
    assert walks(both.world.url, asked) == []
    assert walks(both.world.url, f"{asked} ORDER BY cursor") != []
    within = "segment.space = op.space AND op.cursor BETWEEN segment.first_cursor AND segment.last_cursor"
    assert walks(both.world.url, f"SELECT server_ms FROM op JOIN segment ON {within} WHERE op.op_id = ?") != []
    assert walks(both.world.url, "SELECT op_id FROM op") != []
