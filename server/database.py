"""The migrations: their configuration, and the state of a database."""

from typing import Final

from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect

from server.settings import ROOT
from sync.store.database import Database


async def current_migration(database: Database) -> str | None:
    """Return the migration a database stands at, or None before the first."""
    async with database.engine.connect() as connection:
        return await connection.run_sync(_current_migration)


def _current_migration(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def migrations(url: str, role: str | None = None) -> Config:
    """Return Alembic's configuration for a database; there is no ini file.

    Args:
        url: how the owner of the tables reaches it.
        role: who the server works as, where that is somebody else: it is given what it needs and no more.
    """
    config = Config()
    config.set_main_option("script_location", str(ROOT / "migrations"))
    config.attributes.update(url=url, role=role)
    return config


EVERYTHING = "SELECT, INSERT, UPDATE, DELETE"

PRIVILEGES: Final = {
    "alembic_version": "SELECT",
    "op": "SELECT, INSERT, UPDATE (header, sealed, header_hash, sealed_hash, dead_cursor)",
    "segment": "SELECT, INSERT",
    "epoch": "SELECT, INSERT",
    "erased": "SELECT, INSERT",
    "member": "SELECT, INSERT, UPDATE",
    "stream": "SELECT, INSERT, UPDATE",
}
"""What the server may do with a table where it may not do everything: the log is written once."""


def grant(connection: Connection, role: str) -> None:
    """Give a role what the server needs of every table, and take away what it had before."""
    quoted = connection.dialect.identifier_preparer.quote
    for table in inspect(connection).get_table_names():
        connection.exec_driver_sql(f"REVOKE ALL ON {quoted(table)} FROM {quoted(role)}")
        connection.exec_driver_sql(f"GRANT {PRIVILEGES.get(table, EVERYTHING)} ON {quoted(table)} TO {quoted(role)}")


def newest_migration() -> str | None:
    """Return the migration this code was written for."""
    return ScriptDirectory.from_config(migrations("")).get_current_head()
