"""A tablet is lost: its administrator retires it, and it is cut off from what is written afterwards."""

import re
import sqlite3
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from server.settings import DATABASE
from sync.control import EpochBody, decode_body
from sync.ids import DeviceId, HeaderBytes, Sealed
from sync.op import decode_header
from tests.web import office, steps
from tests.web.association import at_the_desk, on_patrol
from tests.web.browsing import Browse
from tests.web.conftest import axe_violations
from tests.web.server import Server

TITLE = "Cet appareil a été retiré de l’association"


def write_someone(page: Page, alias: str) -> None:
    page.get_by_role("link", name="Maraude", exact=True).click()
    steps.record_someone_new(
        page, alias, items={"Kit crack": 1}, need="Un toit", note=f"Vu {alias}", structure="Rotonde"
    )


def search(page: Page, alias: str) -> Locator:
    """Search for somebody and return the line that says how many were found."""
    page.get_by_role("link", name="Personnes", exact=True).click()
    page.get_by_role("searchbox").fill(alias)
    return page.get_by_role("status").filter(has_text="trouvée")


def finds(page: Page, alias: str) -> None:
    expect(search(page, alias)).to_have_text("1 personne trouvée")
    expect(page.get_by_role("main").get_by_role("button", name=re.compile(f"^(?!Créer).*{alias}"))).to_be_visible()


def finds_nobody(page: Page, alias: str) -> None:
    """Everybody stands there until the search has answered, and everybody is somebody."""
    expect(search(page, alias)).to_have_text("0 personne trouvée")


def devices_out(data: Path) -> tuple[set[bytes], int, set[DeviceId]]:
    """Return the devices that are members no longer, the epoch in force, and whom its key is for."""
    with sqlite3.connect(data / DATABASE) as database:
        out = {device for (device,) in database.execute("SELECT device FROM member WHERE roles = 0 AND x_pk IS NULL")}
        controls = database.execute("SELECT header, sealed FROM op WHERE op_class = 3 ORDER BY cursor").fetchall()
    headers = [(decode_header(HeaderBytes(header)), Sealed(sealed)) for header, sealed in controls]
    bodies = [decode_body(header.kind, sealed, header.space) for header, sealed in headers]
    body = [body for body in bodies if isinstance(body, EpochBody)][-1]
    return out, body.n, set(dict(body.wraps))


@pytest.mark.timeout(300)
def test_a_lost_tablet_is_cut_off_and_says_so(outing: Server, browse: Browse) -> None:
    desk = at_the_desk(browse, outing)
    awa, samir = (on_patrol(browse, outing, name) for name in ("Awa", "Samir"))
    write_someone(awa, "Momo")
    steps.is_up_to_date(awa)
    outing.kill()
    write_someone(awa, "Fatou")
    awa.get_by_role("button", name="Verrouiller").click()

    steps.take_up(desk)
    office.retire(desk, "Awa")
    card = desk.get_by_role("region", name="Awa")
    expect(card).to_contain_text("Retiré, en attente du réseau")
    assert axe_violations(desk) == []
    awa.context.close()
    outing.start()
    steps.try_now(desk)
    desk.get_by_role("link", name="Association").click()
    expect(card.get_by_text("Retiré", exact=True)).to_be_visible()

    steps.take_up(samir)
    write_someone(samir, "Nadia")
    steps.is_up_to_date(samir)
    steps.take_up(desk)
    steps.try_now(desk)
    finds(desk, "Nadia")
    finds(desk, "Momo")

    awa = browse("Awa").pages[0]
    steps.come_back(awa, outing.origin)
    expect(awa.get_by_role("alert").filter(has_text=TITLE)).to_be_visible()
    assert axe_violations(awa) == []
    finds(awa, "Momo")
    finds(awa, "Fatou")
    finds_nobody(awa, "Nadia")
    awa.evaluate("location.hash = '#/unsent'")
    expect(awa.get_by_role("main")).to_contain_text("le serveur n’en prend plus")
    expect(awa.get_by_role("main").get_by_role("listitem").first).to_be_visible()

    out, epoch, holders = devices_out(outing.data)
    assert (len(out), epoch) == (1, 2)
    assert out.isdisjoint(holders)
    assert len(holders) == 3  # the administrator, the third device, and the papers
    finds_nobody(desk, "Fatou")
