"""The server alone, on one port and one data folder: killed and started again it is the same, at the same address."""

import os
import random
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

from server.settings import DATABASE, ROOT, Settings

PORTS = range(15_000, 30_000)
"""No system takes the port of a connection's other end from these, so one that is free stays so."""


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


class Server:
    """`escale serve` on one port and one data folder; `kill` is kill -9."""

    def __init__(self, data: Path, port: int | None = None) -> None:
        self.port = port or free_port()
        self.origin = f"http://localhost:{self.port}"
        self.data = data
        self.app = Settings().app
        self._process: subprocess.Popen[bytes] | None = None
        if not (data / DATABASE).exists():
            subprocess.run([*self._escale(), "migrate"], env=self._environment(), check=True)

    def _escale(self) -> list[str]:
        return [sys.executable, "-m", "server.cli"]

    def _environment(self) -> dict[str, str]:
        return os.environ | {
            "ESCALE_DATA": str(self.data),
            "ESCALE_APP": str(self.app),
            "DATABASE_URL": "",
            "PYTHONPATH": str(ROOT),
        }

    def start(self) -> None:
        command = [*self._escale(), "serve", "--port", str(self.port)]
        with (self.data / "server.log").open("ab") as log:
            self._process = subprocess.Popen(command, env=self._environment(), stdout=log, stderr=log)
        deadline = time.monotonic() + 30
        while not self._answers():
            assert self._process.poll() is None, "the server ended: see server.log"
            assert time.monotonic() < deadline, "the server did not answer in 30 s"
            time.sleep(0.05)

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.origin}/healthz", timeout=2) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False

    def kill(self) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()
            self._process = None

    def hold(self) -> None:
        """Let every question wait until `go_on`: the line stands, and nothing is answered."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)
