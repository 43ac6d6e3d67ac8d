"""The server's sessions as dependencies, and the state of the migrations."""

from collections.abc import AsyncIterator
from typing import Annotated

from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from fastapi import Depends, Request
from sqlalchemy import Connection
from sqlmodel.ext.asyncio.session import AsyncSession

from server.settings import ROOT
from sync.store.database import Database


async def current_migration(database: Database) -> str | None:
    """Return the migration a database stands at, or None before the first."""
    async with database.engine.connect() as connection:
        return await connection.run_sync(_current_migration)


def _current_migration(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def migrations(url: str) -> Config:
    """Return Alembic's configuration for a database; there is no ini file."""
    config = Config()
    config.set_main_option("script_location", str(ROOT / "migrations"))
    config.attributes["url"] = url
    return config


def newest_migration() -> str | None:
    """Return the migration this code was written for."""
    return ScriptDirectory.from_config(migrations("")).get_current_head()


async def _reading(request: Request) -> AsyncIterator[AsyncSession]:
    database: Database = request.app.state.database
    async with database.reading() as session:
        yield session


ReadingSession = Annotated[AsyncSession, Depends(_reading, scope="function")]
