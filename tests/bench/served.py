"""The deployed server, as `escale serve` starts it, on a database of the benchmark's own."""

import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from server.settings import ROOT

START_S_MAX = 30
UNLIMITED = dict.fromkeys(("ESCALE_REQUESTS_PER_ADDRESS", "ESCALE_REQUESTS_PER_DEVICE", "ESCALE_BYTES_PER_DEVICE"), "0")
"""What the server can carry is measured, not what it lets one device ask for."""

POLL_S = 0.02
KIB_PER_MB = 1000 * 1000 / 1024


@dataclass(frozen=True, slots=True)
class Served:
    """A server process that answers at a port."""

    process: subprocess.Popen[bytes]
    port: int

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def memory_mb(self, field: str = "VmRSS") -> float:
        """Return the resident memory now, or its peak (`VmHWM`)."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        found = re.search(rf"{field}:\s+(\d+) kB", status)
        assert found is not None
        return int(found[1]) / KIB_PER_MB


@contextmanager
def served(url: str, log: Path) -> Iterator[Served]:
    """Serve a migrated database with one worker; end the process when the block ends."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "server.cli", "serve", "--port", str(port)]
    environment = os.environ | UNLIMITED | {"DATABASE_URL": url.replace("+aiosqlite", "").replace("+asyncpg", "")}
    with log.open("wb") as out:
        process = subprocess.Popen(command, env=environment, cwd=ROOT, stdout=out, stderr=out)
    made = Served(process, port)
    try:
        _wait_for(made)
        yield made
    finally:
        process.terminate()
        process.wait()


def _wait_for(server: Served) -> None:
    deadline = time.monotonic() + START_S_MAX
    while time.monotonic() < deadline and server.process.poll() is None:
        with suppress(OSError), urllib.request.urlopen(f"{server.origin}/healthz", timeout=2):
            return
        with suppress(subprocess.TimeoutExpired):
            server.process.wait(POLL_S)
    raise RuntimeError("the server did not answer")
