"""An association made once on the screens, by the same gestures as everywhere; each test goes on with a copy of it."""

import json
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Page, Playwright

from server.settings import DATABASE
from sync.ids import HeaderBytes
from sync.op import decode_header
from tests.web import office, steps
from tests.web.browsing import Browse, browsing
from tests.web.server import Server

IN_LA_VILLETTE = {"longitude": 2.3887654321, "latitude": 48.8912345678}
"""A position, whose digits are nobody else's."""

OFFICE = {"viewport": {"width": 1280, "height": 800}, "color_scheme": "light"}


@dataclass(frozen=True)
class Association:
    """An installation and the browsers in it, all at rest: the folders `data` and `profiles`.

    Attributes:
        port: what its browsers have written down belongs to this port.
        papers: the words of the three rescue papers.
    """

    folder: Path
    port: int
    papers: list[str]

    def copied(self, to: Path) -> Server:
        """Copy both folders and return the server of the copy, not started."""
        for name in ("data", "profiles"):
            shutil.copytree(self.folder / name, to / name, symlinks=True)
        return Server(to / "data", self.port)

    @contextmanager
    def served(self, to: Path) -> Iterator[Server]:
        """Copy both folders and let the server of the copy run."""
        server = self.copied(to)
        server.start()
        try:
            yield server
        finally:
            server.kill()


def on_empty(template: Path, data: Path) -> Server:
    """Return the server of an installation in which nothing is founded: a copy of a migrated database. Not started."""
    data.mkdir()
    shutil.copy(template, data / DATABASE)
    return Server(data)


def write_the_lists(page: Page) -> None:
    """Write a team of two and where they go, on the screen of who founded."""
    office.add_line(page, "Zone", "Stalingrad", area=_square(2.36, 48.88))
    office.add_line(page, "Zone", "La Villette", area=_square(2.38, 48.885))
    office.add_line(page, "Structure", "Rotonde", "CAARUD", "Stalingrad")
    office.add_worker(page, "Awa", "Maraude")
    office.add_worker(page, "Inès", "Santé")


def _square(west: float, south: float) -> str:
    """Return a square kilometre as an office tool would save it."""
    east, north = west + 0.014, south + 0.009
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    feature = {"type": "Feature", "properties": {}, "geometry": {"type": "Polygon", "coordinates": [ring]}}
    return json.dumps({"type": "FeatureCollection", "features": [feature]})


def founded_in(playwright: Playwright, folder: Path, template: Path) -> Association:
    """Found an association: Odile's device in profile `office`, Awa and Inès in the team without any."""
    server = on_empty(template, folder / "data")
    server.start()
    with browsing(playwright, folder / "profiles") as browse:
        page = browse("office", **OFFICE).pages[0]
        papers = office.found(page, server)
        write_the_lists(page)
        steps.is_up_to_date(page)
    server.kill()
    return Association(folder, server.port, papers)


def gone_out(playwright: Playwright, founded: Association, folder: Path) -> Association:
    """Let the tablets of Awa and Samir in, profiles `Awa` and `Samir`, each on a patrol of its own."""
    with (
        founded.served(folder) as server,
        browsing(playwright, folder / "profiles") as browse,
    ):
        desk = at_the_desk(browse, server)
        office.add_worker(desk, "Samir", "Maraude")
        for name in ("Awa", "Samir"):
            tablet = let_join(desk, browse, name)
            tablet.get_by_role("button", name="Stalingrad").click()
            tablet.get_by_role("button", name="Ouvrir la maraude").click()
            steps.is_up_to_date(tablet)
        steps.is_up_to_date(desk)
    return Association(folder, founded.port, founded.papers)


def at_the_desk(browse: Browse, server: Server) -> Page:
    """Open the device that founded, where the team stands."""
    page = browse("office", **OFFICE).pages[0]
    come_to_the_desk(page, server)
    return page


def come_to_the_desk(page: Page, server: Server) -> None:
    """Open the app on the device that founded, where the team stands."""
    steps.come_back(page, server.origin)
    page.evaluate("location.hash = '#/association'")
    page.get_by_role("region", name="Awa").wait_for()


def on_patrol(browse: Browse, server: Server, name: str) -> Page:
    """Open a tablet that is on a patrol."""
    page = browse(name).pages[0]
    steps.come_back(page, server.origin)
    page.get_by_role("button", name="Nouvelle rencontre").wait_for()
    return page


def let_join(desk: Page, browse: Browse, name: str) -> Page:
    """Let a worker's device in by a link; its profile has their name."""
    tablet = browse(name).pages[0]
    tablet.goto(office.invite(desk, name))
    office.let_in(desk, name, tablet)
    return tablet


def kinds_written(data: Path) -> list[tuple[int, str]]:
    """Return class and kind of every op at the server, in the log's order."""
    with sqlite3.connect(data / DATABASE) as database:
        rows = database.execute("SELECT header FROM op ORDER BY cursor").fetchall()
    headers = [decode_header(HeaderBytes(header)) for (header,) in rows]
    return [(header.op_class, header.kind) for header in headers]
