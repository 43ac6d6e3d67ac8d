"""The thinnest complete path: one encounter, sealed on an offline tablet, reaches the coordinator.

`./dev run` is started by the test in an empty data folder; killing it kills the server.
"""

import os
import re
import signal
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from server.settings import ROOT
from tests.security.canaries import leaks
from tests.web.conftest import Browse

CODE = "251425"
NOTE = "Momo tousse beaucoup, repasser demain"


class DevRun:
    """`./dev run` as a new user types it, on one port and one data folder."""

    def __init__(self, data: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.data = data
        self.links: dict[str, str] = {}
        self._process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        command = [str(ROOT / "dev"), "run", "--port", str(self.port), "--data", str(self.data)]
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
        self.links = {}
        for line in self._process.stdout:
            if found := re.match(r"(\S+) +\S+ +(http\S+/#join=\S+)", line):
                self.links[found[1]] = found[2]
            if len(self.links) == 5:
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


@pytest.fixture
def run(tmp_path: Path) -> Iterator[DevRun]:
    made = DevRun(tmp_path / "data")
    made.start()
    yield made
    made.kill()


def join(context: BrowserContext, link: str) -> Page:
    """Open a join link, compare the letters, choose a code."""
    page = context.pages[0]
    page.goto(link)
    page.get_by_role("button", name="Les mêmes lettres").click()
    assert "#" not in page.url
    for heading in ("Choisissez un code", "Le même code, encore une fois"):
        page.get_by_role("heading", name=heading).wait_for()
        page.keyboard.type(CODE)
        page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Verrouiller")).to_be_visible(timeout=30_000)
    return page


def unlock(page: Page) -> None:
    page.get_by_text("Code de").wait_for()
    page.keyboard.type(CODE)
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Verrouiller").wait_for()


def more(page: Page, what: str, times: int = 1) -> None:
    for _ in range(times):
        page.get_by_role("button", name=f"{what}, un de plus", exact=True).click()


def record_momo(page: Page) -> None:
    page.get_by_role("button", name="Nouvelle rencontre").click()
    page.get_by_role("button", name="Quelqu’un").click()
    page.get_by_role("searchbox").last.fill("Momo")
    page.get_by_role("button", name=re.compile("Créer")).click()
    more(page, "Kit crack")
    more(page, "Kit plaie", 2)
    page.get_by_role("button", name="Un toit").first.click()
    page.get_by_label("Note", exact=True).fill(NOTE)
    if not page.get_by_role("button", name=re.compile("Hôtel ASSORE")).count():
        page.get_by_role("button", name="Ailleurs").click()
    page.get_by_role("button", name=re.compile("Hôtel ASSORE")).click()
    page.get_by_role("button", name="Accord oral").click()
    page.get_by_role("button", name="Enregistrer").click()
    page.get_by_text("Enregistré sur cette tablette").wait_for()


def test_one_encounter_written_offline_reaches_the_coordinator(run: DevRun, browse: Browse, tmp_path: Path) -> None:
    tablet = browse("tablet")
    page = join(tablet, run.links["Awa"])
    page.get_by_text("Stalingrad").first.wait_for()
    run.kill()

    page.get_by_role("button", name="Stalingrad").click()
    page.get_by_role("button", name=re.compile("Inès")).click()
    page.get_by_role("button", name="Ouvrir la maraude").click()
    record_momo(page)
    page.get_by_role("button", name=re.compile("Anonyme, 1 kit")).click()
    save = page.get_by_role("button", name="Enregistrer")
    if save.count():
        save.click()
    expect(page.get_by_text("2 rencontres, 2 personnes")).to_be_visible()

    page.get_by_text("2 rencontres, 2 personnes").click()
    page.get_by_role("link", name=re.compile("Momo")).or_(
        page.get_by_role("button", name=re.compile("Momo"))
    ).first.click()

    tablet.close()
    page = browse("tablet").pages[0]
    page.goto(f"http://localhost:{run.port}/")
    unlock(page)
    expect(page.get_by_text("2 rencontres, 2 personnes")).to_be_visible()
    expect(page.get_by_text("Momo").first).to_be_visible()

    run.start()
    expect(page.get_by_text(re.compile("À jour")).first).to_be_visible(timeout=60_000)

    bruno = join(browse("office", viewport={"width": 1440, "height": 900}, color_scheme="light"), run.links["Bruno"])
    bruno.get_by_role("link", name=re.compile("Orientations")).first.click()
    bruno.get_by_text("Momo").first.click()
    expect(bruno.get_by_text(NOTE).first).to_be_visible()

    assert leaks([NOTE], tmp_path) == []
