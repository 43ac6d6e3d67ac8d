"""What stands against the tablets: a server whose answers are spoilt on their way, and a device in other hands."""

import asyncio
import secrets
import sqlite3
import urllib.request
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from unittest.mock import patch

from server.kinds.registry import engine_registry
from server.settings import DATABASE
from sync.enrolment import Code1, encode_code
from sync.http.service import project_nothing, wall_clock_ms
from sync.ids import SpaceId
from sync.log import Page, decode_page, encode_page
from sync.push import read, verify
from sync.store.database import Database
from sync.store.receive import receive
from sync.store.repository import Repository
from tests.pens import Pen
from tests.web.server import Server

Spoil = Callable[[Page], Page]
_OF_A_LINE = {"connection", "content-length", "transfer-encoding", "keep-alive"}


def honest(page: Page) -> Page:
    """Return the page as it is."""
    return page


class HostileServer(Server):
    """A server at the address that its browsers know; every page of the log goes through `spoil` before it leaves."""

    def __init__(self, data: Path, port: int) -> None:
        super().__init__(data, port)
        self.spoil: Spoil = honest
        self._behind = Server(data)
        self._line: ThreadingHTTPServer | None = None

    def start(self) -> None:
        self._behind.start()
        self._line = ThreadingHTTPServer(("127.0.0.1", self.port), self._handler())
        Thread(target=self._line.serve_forever, daemon=True).start()

    def kill(self) -> None:
        if self._line is not None:
            self._line.shutdown()
            self._line.server_close()
        self._behind.kill()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        def answer(request: BaseHTTPRequestHandler) -> None:
            self._pass_on(request)

        answers = {f"do_{method}": answer for method in ("GET", "POST", "PUT", "DELETE")}
        return type("Handler", (BaseHTTPRequestHandler,), answers | {"log_message": lambda *_: None})

    def _pass_on(self, request: BaseHTTPRequestHandler) -> None:
        """Ask the real server the same, and answer what it answered, or worse."""
        asked = request.rfile.read(int(request.headers.get("content-length") or 0))
        with closing(HTTPConnection("127.0.0.1", self._behind.port, timeout=20)) as real:
            real.request(request.command, request.path, asked, dict(request.headers))
            answer = real.getresponse()
            body = answer.read()
        if "/ops?" in request.path and answer.status == 200:
            body = encode_page(self.spoil(decode_page(body)))
        request.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in _OF_A_LINE:
                request.send_header(name, value)
        request.send_header("content-length", str(len(body)))
        with suppress(ConnectionError):  # a page that was left waits for no answer
            request.end_headers()
            request.wfile.write(body)


class Rogue(Pen):
    """A device of the association in other hands: it signs what no honest one would."""

    def __init__(self, data: Path) -> None:
        with sqlite3.connect(data / DATABASE) as database:
            ((space,),) = database.execute("SELECT space FROM space WHERE is_first").fetchall()
        super().__init__(SpaceId(space), 9)
        self.data = data

    @property
    def request(self) -> str:
        """The text that asks to be let in."""
        return encode_code(Code1(self.signing.public, self.box.public, secrets.token_bytes(16)))

    def send(self, origin: str, push: bytes) -> None:
        """Push as every device does: whatever the server refuses raises."""
        address = f"{origin}/v1/spaces/{self.space.hex()}/push"
        with urllib.request.urlopen(urllib.request.Request(address, push, method="POST"), timeout=20) as answer:
            assert answer.status == 200

    def collude(self, push: bytes) -> None:
        """Put a push into the log that the server would refuse, as one does that is in it too."""
        with ThreadPoolExecutor(1) as other:  # the browser's driver has this thread's event loop
            other.submit(asyncio.run, self._collude(push)).result()

    async def _collude(self, push: bytes) -> None:
        database = Database(f"sqlite+aiosqlite:///{self.data / DATABASE}")
        checked = verify(read(push, self.space), self.signing.public, engine_registry())
        with patch("sync.store.receive.admit", lambda members, *_: members):
            async with database.writing() as session:
                await receive(Repository(session, database.dialect), checked, wall_clock_ms(), project_nothing)
        await database.close()
