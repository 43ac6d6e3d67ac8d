"""A real browser against the real server, which can be killed and brought back at the same address."""

import os
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, Playwright, sync_playwright

from server.settings import ROOT
from tests.web import association
from tests.web.association import Association, founded_in
from tests.web.browsing import Browse, browsing
from tests.web.dev_run import DevRun
from tests.web.server import DemoServer, Server

AXE = ROOT / "client_pwa" / "node_modules" / "axe-core" / "axe.min.js"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker("browser")


@pytest.fixture
def server(sqlite_template: Path, tmp_path: Path) -> Iterator[Server]:
    """A running server in which nothing is founded."""
    made = association.on_empty(sqlite_template, tmp_path / "data")
    made.start()
    yield made
    made.kill()


@pytest.fixture
def first_run(tmp_path: Path) -> Iterator[DevRun]:
    """`./dev run` with its demo, as a new user types it."""
    made = DevRun(tmp_path / "data")
    made.start()
    yield made
    made.kill()


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder of a demo, made by the command that `./dev run` begins with."""
    data = tmp_path_factory.mktemp("demo") / "data"
    data.mkdir()
    Server(data).escale("demo").wait()
    return data


@pytest.fixture
def run(demo: Path, tmp_path: Path) -> Iterator[DemoServer]:
    """What `./dev run` starts on a demo that is made already."""
    shutil.copytree(demo, tmp_path / "data")
    made = DemoServer(tmp_path / "data")
    made.start()
    yield made
    made.kill()


@pytest.fixture
def first_empty(tmp_path: Path) -> Iterator[DevRun]:
    """`./dev run --no-demo`, as a new user types it."""
    made = DevRun(tmp_path / "data", demo=False)
    made.start()
    yield made
    made.kill()


@pytest.fixture(scope="package")
def playwright(sqlite_template: Path) -> Iterator[Playwright]:
    """One for the folder, begun once the template is there: while it runs, its event loop is the process's.

    So who needs another one meanwhile takes a thread of its own; other folders' tests begin when it has ended.
    """
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="package")
def founded(playwright: Playwright, sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Association:
    """An association that was founded, and nobody but its administrator is in."""
    return founded_in(playwright, tmp_path_factory.mktemp("founded"), sqlite_template)


@pytest.fixture(scope="package")
def gone_out(playwright: Playwright, founded: Association, tmp_path_factory: pytest.TempPathFactory) -> Association:
    """The same with two tablets that have gone out."""
    return association.gone_out(playwright, founded, tmp_path_factory.mktemp("gone-out"))


@pytest.fixture
def team(founded: Association, tmp_path: Path) -> Iterator[Server]:
    """The server of a copy of the founded association, whose browser is in the test's own profiles."""
    with founded.served(tmp_path) as server:
        yield server


@pytest.fixture
def outing(gone_out: Association, tmp_path: Path) -> Iterator[Server]:
    """The server of a copy of the association that has gone out, whose browsers are in the test's own profiles."""
    with gone_out.served(tmp_path) as server:
        yield server


@pytest.fixture
def browse(playwright: Playwright, tmp_path: Path) -> Iterator[Browse]:
    """Open a browser profile by name; closed and opened again it is the same profile."""
    with browsing(playwright, tmp_path / "profiles") as browse:
        yield browse


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
