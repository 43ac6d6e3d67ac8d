"""What is SQLite's own: write-ahead log, synchronous FULL, immediate write transactions, one writer at a time.

What is deleted is overwritten: an erasure leaves nothing in the free pages of the file. Every pragma's answer is
asserted, because a refused `journal_mode=wal` says so only in the row it returns. Writers take one lock of ours before
`BEGIN IMMEDIATE`: waiting on SQLite's own costs more than a second at the 99th percentile with four clients.
"""

import sqlite3
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any

import anyio
from sqlalchemy import ColumnElement, Connection, Engine, Select, event
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel.ext.asyncio.session import AsyncSession

from sync.store.scope import Scope

PRAGMAS = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 5000, "secure_delete": 1}


class Sqlite:
    """The embedded database."""

    name = "sqlite"
    insert = staticmethod(insert)
    failures = (OSError, sqlite3.OperationalError)

    def __init__(self) -> None:
        self._writer = anyio.Lock()

    def prepare(self, engine: AsyncEngine) -> tuple[AsyncEngine, AsyncEngine]:
        """Return the engine of reading and the engine of writing sessions."""
        _assert_pragmas(engine.sync_engine)
        return engine, engine.execution_options(sqlite_begin="BEGIN IMMEDIATE")

    def writer(self) -> AbstractAsyncContextManager[Any]:
        """Return what a writing session holds from before its first statement until after its commit."""
        return self._writer

    async def enter(self, session: AsyncSession, scope: Scope) -> None:
        """Change nothing: there is no row-level security here, and one process holds the file."""

    def locked(self, query: Select[Any]) -> Select[Any]:
        """Return the query as it is: the immediate transaction is the lock."""
        return query

    def among(self, column: Any, values: Sequence[bytes]) -> ColumnElement[bool]:
        """Return the condition that the column is one of the values."""
        return column.in_(values)  # type: ignore[no-any-return]


def _assert_pragmas(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def set_pragmas(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # transactions begin where `begin` below says so, nowhere else
        cursor = connection.cursor()
        for name, wanted in PRAGMAS.items():
            cursor.execute(f"PRAGMA {name} = {wanted}")
            cursor.execute(f"PRAGMA {name}")
            answer = cursor.fetchone()
            if answer is None or answer[0] != wanted:
                raise RuntimeError(f"SQLite refused PRAGMA {name} = {wanted}: it answered {answer}.")
        cursor.close()

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql(connection.get_execution_options().get("sqlite_begin", "BEGIN"))
