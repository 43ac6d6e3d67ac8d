"""The migrations: their configuration, and the state of a database."""

from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

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
