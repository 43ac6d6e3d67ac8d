"""The server of some lives: the whole application, its journal included, on a SQLite file and in this one thread."""

import shutil
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from pathlib import Path
from random import Random
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import aiosqlite
import httpx
import sqlalchemy as sa
import structlog
from alembic import command
from fastapi import FastAPI

from server.database import migrations
from server.journal.at_push import rebuild_association
from server.kinds.catalogue import TABLED
from server.main import create_app
from server.settings import DATABASE, Settings
from sync.http.service import Service
from sync.ids import DeviceId
from sync.log import log_0
from sync.store.repository import Repository
from sync.store.tables import Op, Segment, Token, table_of
from tests.sim.device import ORIGIN
from tests.sim.evidence import LoggedSegment
from tests.sim.line import Answer, Request
from tests.sim.server import SPACE, logged_segment
from tests.sim.store import ServerKilledError

SEGMENT, OP, TOKEN = table_of(Segment), table_of(Op), table_of(Token)


class ApplicationServer:
    """The application behind its own HTTP; a kill comes before a request or after its answer was made."""

    def __init__(self, app: FastAPI, file: Path) -> None:
        self.app = app
        self.file = file
        self.backup = file.with_suffix(".backup")
        self.transport = httpx.ASGITransport(app)
        self.dies: str | None = None

    @property
    def service(self) -> Service:
        service: Service = self.app.state.sync
        return service

    async def answer(self, request: Request) -> Answer:
        """Let the application answer."""
        dies, self.dies = self.dies, None
        if dies == "before":
            raise ServerKilledError
        url = httpx.URL(ORIGIN + request.path, params=dict(request.params))
        asked = httpx.Request(request.method, url, headers=dict(request.headers), content=request.content)
        answered = await self.transport.handle_async_request(asked)
        if dies == "after":
            raise ServerKilledError
        return Answer(answered.status_code, await answered.aread())

    def kill_soon(self, chance: Random) -> None:
        """Die at the next request. What happens in the middle of one is proved by killing the real process."""
        self.dies = chance.choice(["before", "after"])

    def fail_commit(self) -> bool:
        """A real commit is made to fail elsewhere."""
        return False

    def calm(self) -> None:
        """Disarm the switch."""
        self.dies = None

    async def forget_tokens(self) -> None:
        """Delete every token."""
        async with self.service.database.writing() as session:
            await (await session.connection()).execute(sa.delete(TOKEN))

    async def log(self) -> list[LoggedSegment]:
        """Return the stored rows as the log."""
        async with self.service.database.reading() as session:
            connection = await session.connection()
            segments = (await connection.execute(sa.select(SEGMENT).order_by(SEGMENT.c.first_cursor))).all()
            ops = (await connection.execute(sa.select(OP).order_by(OP.c.cursor))).all()
        return [logged_segment(segment, ops) for segment in segments]

    async def seen(self) -> dict[DeviceId, int]:
        """Return what the database says of the members."""
        async with self.service.database.reading() as session:
            return dict(await Repository(session, self.service.database.dialect).seen(SPACE))

    async def back_up(self) -> None:
        """Copy the database as an operator does, while the application runs."""
        _copy(self.file, self.backup)

    async def put_back(self) -> None:
        """Put the copy in the database's place while no connection is open."""
        await self.service.database.close()
        _copy(self.backup, self.file)

    async def tables(self) -> dict[str, list[tuple[Any, ...]]]:
        """Return every kind's rows, in an order of their own."""
        found = {}
        async with self.service.database.reading() as session:
            connection = await session.connection()
            for kind in TABLED:
                table = table_of(kind)
                rows = (await connection.execute(sa.select(table))).all()
                found[table.name] = sorted((tuple(row) for row in rows), key=repr)
        return found

    async def rebuild(self) -> None:
        """Write every kind's table again from the log."""
        async with self.service.database.writing() as session:
            store = Repository(session, self.service.database.dialect)
            for space in await store.founded_spaces():
                await rebuild_association(store, space.org, [SPACE])


def _copy(source: Path, target: Path) -> None:
    with closing(sqlite3.connect(source)) as read, closing(sqlite3.connect(target)) as written:
        read.backup(written)


@asynccontextmanager
async def application(template: Path, folder: Path, clock_ms: Callable[[], int]) -> AsyncIterator[ApplicationServer]:
    """Serve a copy of a migrated database in which the space stands open and empty."""
    shutil.copy(template, folder / DATABASE)
    app = create_app(Settings(data=folder, app=folder / "no app", DATABASE_URL=""), clock_ms=clock_ms)
    structlog.configure(logger_factory=structlog.ReturnLoggerFactory())  # ten thousand requests are no news
    async with app.router.lifespan_context(app):
        server = ApplicationServer(app, folder / DATABASE)
        async with server.service.database.writing() as session:
            await Repository(session, server.service.database.dialect).open_space(SPACE, log_0(SPACE))
        yield server
    (folder / DATABASE).unlink()


def migrated(folder: Path) -> Path:
    """Return a database file at this version's migration."""
    path = folder / DATABASE
    command.upgrade(migrations(f"sqlite+aiosqlite:///{path}"), "head")
    return path


class _AtOnce:
    """Does what would be another thread's work now."""

    def put_nowait(self, work: tuple[Any, Callable[[], Any]]) -> None:
        future, function = work
        try:
            result = function()
        except Exception as error:  # noqa: BLE001 - the caller's to raise
            future.set_exception(error)
        else:
            future.set_result(result)


@contextmanager
def one_thread() -> Iterator[None]:
    """Let SQLite answer in this thread, so that a life is the same in every run."""
    connect = aiosqlite.connect

    def connect_here(*args: Any, **named: Any) -> aiosqlite.Connection:
        connection = connect(*args, **named)
        connection._tx = _AtOnce()  # type: ignore[assignment]
        connection._thread = SimpleNamespace(start=lambda: None)  # type: ignore[assignment]
        return connection

    with patch.object(aiosqlite, "connect", connect_here):
        yield
