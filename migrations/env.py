"""Run the migrations through the same asynchronous engine as the server."""

import asyncio

from alembic import context
from sqlalchemy import Connection

from server.database import grant
from sync.store.database import Database


def _migrate(connection: Connection) -> None:
    context.configure(connection=connection, render_as_batch=True)
    with context.begin_transaction():
        context.run_migrations()
    if (role := context.config.attributes["role"]) is not None:
        grant(connection, role)


async def _main() -> None:
    database = Database(context.config.attributes["url"], as_owner=True)
    async with database.engine.connect() as connection:
        await connection.run_sync(_migrate)
        await connection.commit()
    await database.close()


asyncio.run(_main())
