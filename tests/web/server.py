"""The server alone, on one port and one data folder: killed and started again it is the same, at the same address."""

import os
import random
import re
import signal
import socket
from pathlib import Path

from server.settings import Settings
from tests.forks import Escale

PORTS = range(15_000, 30_000)
"""No system takes the port of a connection's other end from these, so one that is free stays so."""

WORKERS_INVITED = 5
"""How many join links the demo's administrator prints: one for each role."""


def free_port() -> int:
    """Return a port at which nobody listens."""
    while True:
        port = random.choice(PORTS)
        with socket.socket() as tried:
            try:
                tried.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port


def join_link(line: str) -> tuple[str, str] | None:
    """Return the worker and the link that a line of the demo's administrator names, or None."""
    found = re.match(r"(\S+) +\S+ +(http\S+/#join=\S+)", line)
    return (found[1], found[2]) if found else None


class Server:
    """`escale serve` on one port and one data folder, whose database is migrated; `kill` is kill -9.

    Attributes:
        setup_link: what it printed as it last began, where nobody administers the installation yet.
    """

    def __init__(self, data: Path, port: int | None = None) -> None:
        self.port = port or free_port()
        self.origin = f"http://localhost:{self.port}"
        self.data = data
        self.app = Settings().app
        self.setup_link: str | None = None
        self._process: Escale | None = None

    def escale(self, *words: str) -> Escale:
        """Begin a command beside it, on the same data folder."""
        environment = {"ESCALE_DATA": str(self.data), "ESCALE_APP": str(self.app), "DATABASE_URL": ""}
        return Escale([*words], os.environ | environment, self.data / "server.log")

    def start(self) -> None:
        """Return when it says that it listens."""
        self._process, self.setup_link = self.escale("serve", "--port", str(self.port)), None
        for line in self._process.lines:
            if "/#setup=" in line:
                self.setup_link = line.strip()
            if f"is at {self.origin}" in line:
                return
        raise AssertionError("the server ended: see server.log")

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process = None

    def hold(self) -> None:
        """Let every question wait until `go_on`: the line stands, and nothing is answered."""
        self._signal(signal.SIGSTOP)

    def go_on(self) -> None:
        self._signal(signal.SIGCONT)

    def _signal(self, what: signal.Signals) -> None:
        assert self._process is not None
        os.kill(self._process.pid, what)


class DemoServer(Server):
    """The server of a demo, with the demo's administrator beside it, who lets in whoever opens a link."""

    def __init__(self, data: Path) -> None:
        super().__init__(data)
        self.links: dict[str, str] = {}
        self._administrator: Escale | None = None

    def start(self) -> None:
        """Return when the administrator has printed a join link for each role."""
        super().start()
        self._administrator, self.links = self.escale("administer", "--origin", self.origin), {}
        for line in self._administrator.lines:
            if found := join_link(line):
                self.links.update([found])
            if len(self.links) == WORKERS_INVITED:
                return
        raise AssertionError("the administrator ended without the join links: see server.log")

    def kill(self) -> None:
        if self._administrator is not None:
            self._administrator.kill()
            self._administrator = None
        super().kill()
