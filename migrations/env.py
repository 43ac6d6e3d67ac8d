"""Run the migrations through the same asynchronous engine as the server."""

import asyncio

from alembic import context
from sqlalchemy import Connection

from sync.store.database import Database


def _migrate(connection: Connection) -> None:
    context.configure(connection=connection, render_as_batch=True)
    with context.begin_transaction():
        context.run_migrations()


async def _main() -> None:
    database = Database(context.config.attributes["url"])
    async with database.engine.connect() as connection:
        await connection.run_sync(_migrate)
        await connection.commit()
    await database.close()


asyncio.run(_main())
