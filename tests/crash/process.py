"""The whole application in a process of its own, forked from a parent that has imported it: a restart takes 0.1 s."""

import asyncio
import ctypes
import socket
import time
import urllib.request
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

import uvicorn
from sqlmodel.ext.asyncio.session import AsyncSession

from server.main import create_app
from sync.store.database import Database
from sync.store.scope import NOBODY, Scope
from tests.conftest import settings_for
from tests.forks import FORKS

START_S_MAX = 30
POLL_S = 0.005
LATE_S = 0.5

PR_SET_PTRACER = 0x59616D61
PR_SET_PTRACER_ANY = ctypes.c_ulong(-1)
"""Lets strace watch this process where a system lets it watch its own children only."""


def serve(url: str, port: int) -> None:
    """Serve the application until killed."""
    ctypes.CDLL(None).prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY)
    app = create_app(settings_for(url))
    uvicorn.run(app, host="127.0.0.1", port=port, access_log=False, log_level="warning")


def serve_and_commit_late(url: str, port: int) -> None:
    """Serve an application that answers half a second before it commits: the bug that a kill must show."""

    async def commit_late(session: AsyncSession) -> None:
        await asyncio.sleep(LATE_S)
        await session.commit()

    @asynccontextmanager
    async def writing(self: Database, scope: Scope = NOBODY) -> AsyncIterator[AsyncSession]:
        session = AsyncSession(self._writing_engine)
        await self.dialect.enter(session, scope)
        yield session
        late.append(asyncio.create_task(commit_late(session)))

    late: list[asyncio.Task[None]] = []
    Database.writing = writing  # type: ignore[method-assign]
    serve(url, port)


class ServerProcess:
    """A server on one port and one database; `kill` is kill -9."""

    def __init__(self, url: str) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port: int = free.getsockname()[1]
        self.url = url

    def start(self, how: Callable[[str, int], None] = serve) -> None:
        """Return when the server answers."""
        self._process = FORKS.Process(target=how, args=(self.url, self.port), daemon=True)
        self._process.start()
        deadline = time.monotonic() + START_S_MAX
        while not self._answers():
            assert self._process.is_alive(), "the server ended by itself"
            assert time.monotonic() < deadline, "the server did not answer in time"
            self._process.join(POLL_S)

    def _answers(self) -> bool:
        with suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{self.port}/healthz", timeout=2) as answer:
            return bool(answer.status == 200)
        return False

    @property
    def pid(self) -> int:
        """The process, for who looks at it from outside."""
        assert self._process.pid is not None
        return self._process.pid

    def kill(self) -> None:
        """End the process as a power cut would, and return when it is gone."""
        self._process.kill()
        self._process.join()

    def wait(self) -> None:
        """Return when the process has ended by what befell it."""
        self._process.join(START_S_MAX)
        assert not self._process.is_alive(), "the server lives on"
