"""`./dev run` as a new user types it, on one port and one data folder."""

import os
import signal
import subprocess
from pathlib import Path

from server.settings import ROOT
from tests.web.server import WORKERS_INVITED, free_port, join_link


class DevRun:
    """One installation: killed and started again it is the same, at the same address."""

    def __init__(self, data: Path, *, demo: bool = True) -> None:
        self.port = free_port()
        self.origin = f"http://localhost:{self.port}"
        self.data = data
        self.demo = demo
        self.setup_link: str | None = None
        self.links: dict[str, str] = {}
        self._process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        """Return when the demo's administrator has printed a join link for each role, or without a demo at once."""
        command = [str(ROOT / "dev"), "run", "--port", str(self.port), "--data", str(self.data)]
        command += [] if self.demo else ["--no-demo"]
        environment = os.environ | {"DATABASE_URL": ""}
        self._process = subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env=environment,
            start_new_session=True,
        )
        assert self._process.stdout is not None
        self.links, self.setup_link = {}, None
        for line in self._process.stdout:
            if "/#setup=" in line:
                self.setup_link = line.strip()
            if found := join_link(line):
                self.links.update([found])
            if len(self.links) == WORKERS_INVITED or (not self.demo and f"is at {self.origin}" in line):
                return
        raise AssertionError("./dev run ended without its join links")

    def kill(self) -> None:
        """Kill -9 of the server and of everything beside it."""
        if self._process is not None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            assert self._process.stdout is not None
            self._process.stdout.close()
            self._process = None
