"""A real browser against the real server, which can be killed and brought back at the same address."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, Playwright, expect, sync_playwright

from server.settings import ROOT
from tests.web.dev_run import DevRun

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
AXE = ROOT / "client_pwa" / "node_modules" / "axe-core" / "axe.min.js"
WAIT_MS = 20_000


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker("browser")


class Server:
    """`escale serve` on one port and one data folder; `kill` is kill -9."""

    def __init__(self, data: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port: int = free.getsockname()[1]
        self.origin = f"http://localhost:{self.port}"
        self.data = data
        self._process: subprocess.Popen[bytes] | None = None
        subprocess.run([*self._escale(), "migrate"], env=self._environment(), check=True)

    def _escale(self) -> list[str]:
        return [sys.executable, "-m", "server.cli"]

    def _environment(self) -> dict[str, str]:
        return os.environ | {"ESCALE_DATA": str(self.data), "DATABASE_URL": "", "PYTHONPATH": str(ROOT)}

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


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """A running server on an empty database."""
    made = Server(tmp_path)
    made.start()
    yield made
    made.kill()


@pytest.fixture
def run(tmp_path: Path) -> Iterator[DevRun]:
    """`./dev run` with its demo, as a new user types it."""
    made = DevRun(tmp_path / "data")
    made.start()
    yield made
    made.kill()


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[DevRun]:
    """A running installation in which nothing is founded."""
    made = DevRun(tmp_path / "data", demo=False)
    made.start()
    yield made
    made.kill()


@pytest.fixture
def playwright() -> Iterator[Playwright]:
    """One for each test: while it runs, its event loop is the process's, and other tests could not run theirs."""
    with sync_playwright() as started:
        yield started


Browse = Callable[..., BrowserContext]


@pytest.fixture
def browse(playwright: Playwright, tmp_path: Path) -> Iterator[Browse]:
    """Open a browser profile by name; closed and opened again it is the same profile."""
    opened: list[BrowserContext] = []

    def browse(profile: str = "tablet", **options: object) -> BrowserContext:
        defaults = {
            "viewport": {"width": 800, "height": 1280},
            "locale": "fr-FR",
            "color_scheme": "dark",
            "args": FLAGS,
        }
        context = playwright.chromium.launch_persistent_context(
            tmp_path / "profiles" / profile,
            executable_path=shutil.which("chromium"),
            **{**defaults, **options},  # type: ignore[arg-type]
        )
        context.set_default_timeout(WAIT_MS)
        expect.set_options(timeout=WAIT_MS)
        opened.append(context)
        return context

    yield browse
    for context in opened:
        context.close()


def kill_browser(context: BrowserContext, profile: Path) -> None:
    """Kill -9 of a browser, which its profile's lock names."""
    _, process = (profile / "SingletonLock").readlink().name.rsplit("-", 1)
    with context.expect_event("close"):
        os.kill(int(process), signal.SIGKILL)


def eventually(what: str, is_so: Callable[[], object], seconds: float = 20) -> None:
    """Wait until something is so; the page's own policy forbids the browser's polling by evaluated strings."""
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        time.sleep(0.05)


_AXE_RUN = """() => axe.run({
  runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
  resultTypes: ['violations']})"""
_SETTLED = """() => Promise.all(
  document.getAnimations()
    .filter(({effect}) => effect.getComputedTiming().endTime !== Infinity)
    .map(({finished}) => finished.catch(() => null)))"""


def axe_violations(page: Page) -> list[str]:
    """Return the accessibility rules that the page breaks, each with the elements at fault.

    Colours that are on their way are not judged: what ends by itself is waited for.
    """
    page.evaluate(_SETTLED)
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.read_text())
    result = page.evaluate(_AXE_RUN)
    return [
        f"{violation['id']}: {[node['target'] for node in violation['nodes']]}" for violation in result["violations"]
    ]
