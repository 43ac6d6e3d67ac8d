"""The database of one application: the only place where sessions begin and end."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Final

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlmodel.ext.asyncio.session import AsyncSession

from sync.errors import Unavailable
from sync.store.postgresql import Postgresql
from sync.store.scope import NOBODY, Scope
from sync.store.sqlite import Sqlite

Dialect = Sqlite | Postgresql

RETRY_AFTER_S: Final = 5
"""When to come again to a database that does not answer: a full disk and a restart take longer than a moment."""


class Database:
    """One asynchronous engine; `url` names its driver, `sqlite+aiosqlite` or `postgresql+asyncpg`.

    `as_owner` is for who makes the tables: the owner of them all, whom row-level security may not hold. `report` is
    told why the database did not answer.
    """

    def __init__(
        self, url: str, *, as_owner: bool = False, report: Callable[[Exception], None] = lambda _: None
    ) -> None:
        self._report = report
        self.engine: AsyncEngine = create_async_engine(url)
        self.dialect: Dialect = Sqlite() if self.engine.dialect.name == "sqlite" else Postgresql(as_owner=as_owner)
        self._reading_engine, self._writing_engine = self.dialect.prepare(self.engine)

    @asynccontextmanager
    async def reading(self, scope: Scope = NOBODY) -> AsyncIterator[AsyncSession]:
        """A session that sees one state of the database; its changes, if any, are thrown away. Raises Unavailable."""
        with self._failing():
            async with AsyncSession(self._reading_engine) as session:
                await self._begin(session, scope)
                yield session

    @asynccontextmanager
    async def writing(self, scope: Scope = NOBODY) -> AsyncIterator[AsyncSession]:
        """A session committed when the block ends, rolled back when it raises.

        Raises:
            Unavailable: the disk or the line to the database fails. Nothing is acknowledged; where the commit itself
                fails, it may have taken place, and the same push finds its receipt.
        """
        with self._failing():
            async with self.dialect.writer(), AsyncSession(self._writing_engine) as session, session.begin():
                await self._begin(session, scope)
                yield session

    @contextmanager
    def _failing(self) -> Iterator[None]:
        try:
            yield
        except (DBAPIError, *self.dialect.failures) as error:
            is_statement = isinstance(error, DBAPIError) and not error.connection_invalidated
            if is_statement and not isinstance(error, OperationalError | InterfaceError):
                raise
            self._report(error)
            raise Unavailable(RETRY_AFTER_S) from error

    async def _begin(self, session: AsyncSession, scope: Scope) -> None:
        if scope != NOBODY:
            await self.dialect.enter(session, scope)

    async def close(self) -> None:
        """Close every connection."""
        await self.engine.dispose()
