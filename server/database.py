"""The database: one asynchronous engine, reading and writing sessions, and the state of its migrations.

SQLite is embedded: write-ahead log, synchronous FULL, and every pragma's answer asserted, because a refused
`journal_mode=wal` says so only in the row it returns. Its writers take one lock of ours before `BEGIN IMMEDIATE`:
waiting on SQLite's own lock instead costs more than a second at the 99th percentile with four clients.
"""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from pathlib import Path
from typing import Annotated, Any

import anyio
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from fastapi import Depends, Request
from sqlalchemy import Connection, Engine, event
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlmodel.ext.asyncio.session import AsyncSession

from server.settings import ROOT

SQLITE_PRAGMAS = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 5000}


class Database:
    """The engine of one application, and the only place where sessions begin and end."""

    def __init__(self, url: str) -> None:
        self.engine: AsyncEngine = create_async_engine(url)
        self.dialect: str = self.engine.dialect.name
        self._writing_engine = self.engine
        self._write_lock: AbstractAsyncContextManager[Any] = nullcontext()
        if self.dialect == "sqlite":
            _prepare_sqlite(self.engine.sync_engine)
            self._writing_engine = self.engine.execution_options(sqlite_begin="BEGIN IMMEDIATE")
            self._write_lock = anyio.Lock()

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncSession]:
        """A session whose changes, if any, are thrown away."""
        async with AsyncSession(self.engine) as session:
            yield session

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncSession]:
        """A session committed when the block ends, rolled back when it raises."""
        async with self._write_lock, AsyncSession(self._writing_engine) as session, session.begin():
            yield session

    async def migration(self) -> str | None:
        """Return the migration this database stands at, or None before the first."""
        async with self.engine.connect() as connection:
            return await connection.run_sync(_current_migration)

    async def close(self) -> None:
        await self.engine.dispose()


def _prepare_sqlite(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def set_pragmas(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # transactions begin where `begin` below says so, nowhere else
        cursor = connection.cursor()
        for name, wanted in SQLITE_PRAGMAS.items():
            cursor.execute(f"PRAGMA {name} = {wanted}")
            cursor.execute(f"PRAGMA {name}")
            answer = cursor.fetchone()
            if answer is None or answer[0] != wanted:
                raise RuntimeError(f"SQLite refused PRAGMA {name} = {wanted}: it answered {answer}.")
        cursor.close()

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql(connection.get_execution_options().get("sqlite_begin", "BEGIN"))


def _current_migration(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def migrations(url: str) -> Config:
    """Return Alembic's configuration for a database; there is no ini file."""
    config = Config()
    config.set_main_option("script_location", str(Path(ROOT / "migrations")))
    config.attributes["url"] = url
    return config


def newest_migration() -> str | None:
    """Return the migration this code was written for."""
    return ScriptDirectory.from_config(migrations("")).get_current_head()


async def _reading(request: Request) -> AsyncIterator[AsyncSession]:
    database: Database = request.app.state.database
    async with database.reading() as session:
        yield session


async def _writing(request: Request) -> AsyncIterator[AsyncSession]:
    database: Database = request.app.state.database
    async with database.writing() as session:
        yield session


# scope="function": the commit happens before the answer leaves. FastAPI's default answers first, even when the
# commit then fails.
ReadingSession = Annotated[AsyncSession, Depends(_reading, scope="function")]
WritingSession = Annotated[AsyncSession, Depends(_writing, scope="function")]
