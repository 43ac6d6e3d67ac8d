"""What the database itself holds to, whatever a query of ours forgets.

PostgreSQL keeps the associations' rows apart (SQLite has no row-level security: there the queries alone do), and both
databases keep the log as it was written.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError
from sqlmodel import SQLModel
from sqlmodel.ext.asyncio.session import AsyncSession

from sync.ids import DeviceId
from sync.store.database import Database
from sync.store.postgresql import RoleSeesEveryRow
from sync.store.scope import INSTALLATION, NOBODY, Scope
from tests.databases import PostgresqlDatabases, asynchronous
from tests.neighbours import OF_CHLOE, OURS, Neighbours
from tests.world import SPACE

OPEN_TO_ALL = {
    "alembic_version": "says how far the database is migrated, and nothing of anybody",
    "challenge": "random numbers that nobody has signed yet",
    "token": "known by the hash of what its bearer shows; who they are is found out here",
    "join_link": "known by the hash of what stands in the link; who opens it is no member of anything yet",
}
"""Tables without row-level security, each with the reason."""

TABLES = sorted(set(SQLModel.metadata.tables) - set(OPEN_TO_ALL))

UNPROTECTED = """
SELECT relname FROM pg_class
WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace
AND NOT (relrowsecurity AND relforcerowsecurity AND EXISTS (SELECT FROM pg_policy WHERE polrelid = pg_class.oid))
"""


Work = Callable[[AsyncSession], Awaitable[Any]]


def in_scope(url: str, scope: Scope, work: Work, *, as_owner: bool = False) -> Any:
    """Do something in one transaction that has entered a scope, and commit it."""

    async def done() -> Any:
        database = Database(url, as_owner=as_owner)
        try:
            async with database.writing(scope) as session:
                return await work(session)
        finally:
            await database.close()

    return asyncio.run(done())


def says(*statements: str) -> Work:
    """Return work that says statements and gives back what the last one found."""

    async def work(session: AsyncSession) -> list[Any]:
        connection = await session.connection()
        for statement in statements[:-1]:
            await connection.exec_driver_sql(statement)
        found = await connection.exec_driver_sql(statements[-1])
        return [tuple(row) for row in found] if found.returns_rows else []

    return work


async def everything(session: AsyncSession) -> dict[str, list[Any]]:
    """Return every row of every protected table that the session is shown; no query has a condition."""
    return {table: await says(f'SELECT * FROM "{table}"')(session) for table in TABLES}


def of_ours(found: dict[str, list[Any]]) -> set[str]:
    """Return the tables in which something of our association was shown."""
    return {table for table, rows in found.items() if any(one in row for row in rows for one in OURS)}


on_postgresql = pytest.mark.parametrize(
    "database_url", [pytest.param("postgresql", marks=pytest.mark.postgresql)], indirect=True
)


@on_postgresql
def test_no_table_is_without_row_level_security_but_those_that_are_nobody_s(both: Neighbours) -> None:
    def unprotected() -> set[str]:
        return {name for (name,) in in_scope(both.world.url, NOBODY, says(UNPROTECTED))}

    assert unprotected() == set(OPEN_TO_ALL)


@on_postgresql
def test_a_table_that_a_migration_forgets_to_protect_is_found(
    both: Neighbours, postgresql_databases: PostgresqlDatabases
) -> None:
    owner = asynchronous(postgresql_databases.url, sa.make_url(both.world.url).database or "")
    planted = says("CREATE TABLE planted (org_id bytea)", "CREATE POLICY p ON planted USING (true)", UNPROTECTED)
    found = in_scope(owner, NOBODY, planted, as_owner=True)
    assert {name for (name,) in found} == {*OPEN_TO_ALL, "planted"}
    forced = says("ALTER TABLE planted ENABLE ROW LEVEL SECURITY", UNPROTECTED)
    assert ("planted",) in in_scope(owner, NOBODY, forced, as_owner=True)


@on_postgresql
def test_a_query_without_any_condition_shows_a_session_what_is_its_own_and_nothing_else(both: Neighbours) -> None:
    url, odile, chloe = both.world.url, both.world.odile, both.chloe
    assert all(rows == [] for rows in in_scope(url, NOBODY, everything).values())
    hers = Scope(OF_CHLOE, chloe.device, chloe.org)
    shown = in_scope(url, hers, everything)
    assert of_ours(shown) == set()
    assert {table for table, rows in shown.items() if rows} == {"space", "stream", "segment", "op", "member", "epoch"}
    ours = of_ours(in_scope(url, Scope(SPACE, odile.device, odile.org), everything))
    assert ours == of_ours(in_scope(url, INSTALLATION, everything)) == set(TABLES) - {"erased"}


@on_postgresql
def test_a_device_is_shown_its_own_memberships_before_anything_of_a_space(both: Neighbours) -> None:
    shown = in_scope(both.world.url, Scope(device=both.world.awa.device), everything)
    counts = {table: len(rows) for table, rows in shown.items() if rows}
    assert counts == {"member": 1, "space": 1}
    stranger = Scope(device=DeviceId(b"\x77" * 16))
    assert all(rows == [] for rows in in_scope(both.world.url, stranger, everything).values())


@on_postgresql
def test_a_session_writes_into_no_other_association(both: Neighbours) -> None:
    hers = Scope(OF_CHLOE, both.chloe.device, both.chloe.org)
    zone = "INSERT INTO zone (org_id, id, version, name) VALUES (decode('{}', 'hex'), decode('01', 'hex'), 1, 'x')"
    own, ours = zone.format(both.chloe.org.hex()), zone.format(both.world.odile.org.hex())
    before = both.world.tables()
    for statement in (ours, f"INSERT INTO erased VALUES (decode('{SPACE.hex()}', 'hex'), decode('01', 'hex'), 1)"):
        with pytest.raises(DBAPIError, match="row-level security"):
            in_scope(both.world.url, hers, says(statement))
    in_scope(both.world.url, hers, says("UPDATE zone SET name = 'hers'", "DELETE FROM zone"))
    assert both.world.tables() == before
    in_scope(both.world.url, hers, says(own))
    assert len(both.world.tables()["zone"]) == len(before["zone"]) + 1


@on_postgresql
def test_what_a_session_sees_ends_with_its_transaction(both: Neighbours) -> None:
    async def twice() -> list[int]:
        database = Database(both.world.url)
        counts = []
        for scope in (Scope(org=both.world.odile.org), NOBODY):
            async with database.reading(scope) as session:
                counts.append(len(await says("SELECT id FROM zone")(session)))
        await database.close()
        return counts

    assert asyncio.run(twice()) == [1, 0]


REWRITES = [
    "DELETE FROM op WHERE cursor = 4",
    "UPDATE op SET sealed = header WHERE cursor = 4",
    "UPDATE op SET header = NULL, sealed = NULL, dead_cursor = 9 WHERE cursor = 4",
    "UPDATE op SET dead_cursor = NULL WHERE cursor = 5",
    "UPDATE op SET entity = op_id, dead_cursor = 9 WHERE cursor = 4",
    "DELETE FROM segment",
    "UPDATE segment SET server_ms = 0",
    "DELETE FROM epoch",
    "UPDATE epoch SET n = 7",
    "DELETE FROM erased",
    "UPDATE erased SET cursor = 0",
]


def test_the_log_is_written_once_in_either_database(both: Neighbours) -> None:
    erased = f"INSERT INTO erased (space, entity, cursor) SELECT space, '{'e' * 16}', 1 FROM space WHERE is_first"
    dead = "UPDATE op SET dead_cursor = 6 WHERE cursor = 5"
    in_scope(both.world.url, INSTALLATION, says(erased, dead))
    before = both.world.tables()
    for statement in REWRITES:
        with pytest.raises(DBAPIError, match=r"written once|permission denied"):
            in_scope(both.world.url, INSTALLATION, says(statement))
    assert both.world.tables() == before


def test_an_op_may_die_and_may_leave_two_hashes_in_the_place_of_its_bytes(both: Neighbours) -> None:
    """The control: what the log's own statements do is let through."""
    hashes = "header_hash = op_id, sealed_hash = op_id"
    erases = f"UPDATE op SET header = NULL, sealed = NULL, {hashes}, dead_cursor = 9 WHERE cursor = 4"
    in_scope(both.world.url, INSTALLATION, says("UPDATE op SET dead_cursor = 12 WHERE cursor = 4", erases))
    found = in_scope(both.world.url, INSTALLATION, says("SELECT header, dead_cursor FROM op WHERE cursor = 4"))
    assert (None, 9) in found


@on_postgresql
def test_who_serves_may_not_even_take_the_guards_away_and_who_owns_the_tables_may(
    both: Neighbours, postgresql_databases: PostgresqlDatabases
) -> None:
    unguarded = says("ALTER TABLE op DISABLE TRIGGER USER", "DELETE FROM op")
    with pytest.raises(DBAPIError, match="must be owner"):
        in_scope(both.world.url, INSTALLATION, unguarded)
    with pytest.raises(DBAPIError, match="permission denied"):
        in_scope(both.world.url, INSTALLATION, says("DELETE FROM segment"))
    owner = asynchronous(postgresql_databases.url, sa.make_url(both.world.url).database or "")
    in_scope(owner, INSTALLATION, unguarded, as_owner=True)
    assert both.world.tables()["op"] == []


@on_postgresql
def test_a_server_does_not_work_as_a_role_that_sees_every_row(
    both: Neighbours, postgresql_databases: PostgresqlDatabases
) -> None:
    superuser = asynchronous(postgresql_databases.url, sa.make_url(both.world.url).database or "")
    with pytest.raises(RoleSeesEveryRow, match="DATABASE_OWNER_URL"):
        in_scope(superuser, NOBODY, says("SELECT 1"))
    assert in_scope(both.world.url, NOBODY, says("SELECT 1")) == [(1,)]
