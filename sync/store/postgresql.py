"""What is PostgreSQL's own: row locks, snapshots for readers, lists as one array parameter, row-level security.

Each association's rows are shown to sessions that have entered its scope, and to no other. A superuser would see them
all whatever the policies say, so a server does not work as one: every new connection is asked.
"""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from typing import Any

import asyncpg  # type: ignore[import-untyped]
from sqlalchemy import ARRAY, ColumnElement, Engine, LargeBinary, Select, any_, event, func, literal, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel.ext.asyncio.session import AsyncSession

from sync.store.scope import Scope

_ROLE = "SELECT rolname, rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user"


class RoleSeesEveryRow(Exception):
    """Row-level security does not hold for the role of this connection."""

    def __init__(self, role: str) -> None:
        super().__init__(
            f"The role {role} of DATABASE_URL is a superuser or bypasses row-level security: it would see the rows of "
            "every association. Use a role of its own; DATABASE_OWNER_URL is for the one that owns the tables."
        )


class Postgresql:
    """The database of an installation with more than one machine."""

    name = "postgresql"
    insert = staticmethod(insert)
    failures = (OSError, asyncpg.CannotConnectNowError, asyncpg.PostgresConnectionError, asyncpg.AdminShutdownError)

    def __init__(self, *, as_owner: bool = False) -> None:
        self._as_owner = as_owner

    def prepare(self, engine: AsyncEngine) -> tuple[AsyncEngine, AsyncEngine]:
        """Return the engine of reading sessions, each one snapshot, and the engine of writing sessions."""
        if not self._as_owner:
            _assert_role(engine.sync_engine)
        return engine.execution_options(isolation_level="REPEATABLE READ"), engine

    def writer(self) -> AbstractAsyncContextManager[Any]:
        """Return nothing to hold: a push locks its space's row, in its own statement and before any check."""
        return nullcontext()

    async def enter(self, session: AsyncSession, scope: Scope) -> None:
        """Let the session see the rows of a scope instead of those that it saw, until its transaction ends."""
        told = [func.set_config(name, value, True) for name, value in scope.settings().items()]
        await (await session.connection()).execute(select(*told))

    def locked(self, query: Select[Any]) -> Select[Any]:
        """Return the query that also locks the rows it finds."""
        return query.with_for_update()

    def among(self, column: Any, values: Sequence[bytes]) -> ColumnElement[bool]:
        """Return the condition that the column is one of the values: one statement whatever their number."""
        return column == any_(literal(list(values), ARRAY(LargeBinary)))  # type: ignore[no-any-return]


def _assert_role(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def ask_role(connection: Any, _record: Any) -> None:
        cursor = connection.cursor()
        cursor.execute(_ROLE)
        role, sees_every_row = cursor.fetchone()
        cursor.close()
        connection.rollback()
        if sees_every_row:
            raise RoleSeesEveryRow(role)
