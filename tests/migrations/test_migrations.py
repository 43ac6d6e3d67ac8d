"""The migrations are written by people; the classes are what they must arrive at."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, Table, inspect
from sqlmodel import SQLModel

from server.database import migrations
from server.kinds.catalogue import TABLED
from sync.store.database import Database
from sync.store.tables import Challenge, Epoch, Member, Op, Segment, Space, Stream, Token

MODELS = (*TABLED, *(Space, Stream, Segment, Op, Member, Epoch, Challenge, Token))


def _differences(connection: Connection) -> list[Any]:
    return list(
        compare_metadata(MigrationContext.configure(connection, opts={"compare_type": True}), SQLModel.metadata)
    )


def _on(database_url: str, ask: Any) -> Any:
    async def asked() -> Any:
        database = Database(database_url)
        async with database.engine.connect() as connection:
            answer = await connection.run_sync(ask)
        await database.close()
        return answer

    return asyncio.run(asked())


def test_the_migrations_make_exactly_the_classes(database_url: str) -> None:
    assert all(inspect(model).local_table.name in SQLModel.metadata.tables for model in MODELS)
    assert _on(database_url, _differences) == []


def test_a_class_without_its_migration_is_found(database_url: str) -> None:
    """The control: a column added to the classes alone shows as a difference."""
    from sqlalchemy import Column, Integer  # noqa: PLC0415

    zone: Table = SQLModel.metadata.tables["zone"]
    zone.append_column(Column("planted", Integer))
    try:
        found = _on(database_url, _differences)
    finally:
        zone._columns.remove(zone.c.planted)
    assert [change[0] for change in found] == ["add_column"]


def test_the_migrations_go_down_and_up_again(tmp_path: Path) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path / 'escale.db'}"
    command.upgrade(migrations(url), "head")
    command.downgrade(migrations(url), "base")
    left = _on(url, lambda connection: set(inspect(connection).get_table_names()))
    assert left == {"alembic_version"}
    command.upgrade(migrations(url), "head")
    assert _on(url, _differences) == []


def test_whoever_was_revoked_before_is_let_in_again_by_who_has_seen_the_whole_log_of_then(tmp_path: Path) -> None:
    """Where the revocation stands was not kept. A member who is not revoked gets no such cursor."""
    path = tmp_path / "escale.db"
    url = f"sqlite+aiosqlite:///{path}"
    command.upgrade(migrations(url), "0008")
    values = (b"\x10" * 16, b"\x11" * 16)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executemany(
            "INSERT INTO space (space, cursor, log, server_ms, epoch, rules_version, is_first)"
            " VALUES (?, ?, ?, 0, 1, 1, 1)",
            [(space, cursor, bytes(32)) for space, cursor in zip(values, (7, 9), strict=True)],
        )
        connection.executemany(
            "INSERT INTO member (space, device, ed_pk, x_pk, roles, org, seen_cursor) VALUES (?, ?, ?, ?, ?, ?, 0)",
            [
                (space, device * 16, bytes(32), x_pk, roles, bytes(16))
                for space in values
                for device, x_pk, roles in ((b"\x01", None, 0), (b"\x02", None, 6), (b"\x03", bytes(32), 0))
            ],
        )
    command.upgrade(migrations(url), "head")
    with closing(sqlite3.connect(path)) as connection:
        found = connection.execute("SELECT space, device, revoked_cursor FROM member ORDER BY space, device").fetchall()
    cursors = {(space, device[:1]): cursor for space, device, cursor in found}
    first, second = values
    assert {key: cursor for key, cursor in cursors.items() if cursor is not None} == {
        (first, b"\x01"): 7,
        (second, b"\x01"): 9,
    }
    assert len(cursors) == 6
