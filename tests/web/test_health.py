"""The health file: an administrator opens it and cannot read it, nurses read and write it, one lets the other in; who
is no health worker sees that care was given and no more; a nurse who leaves reads nothing of what comes after."""

import re
import sqlite3
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from server.settings import DATABASE
from sync.control import EpochBody, decode_body
from sync.ids import DeviceId, HeaderBytes, Sealed
from sync.op import decode_header
from tests.security.canaries import leaks
from tests.web import office, steps
from tests.web.association import at_the_desk, let_join
from tests.web.browsing import Browse
from tests.web.conftest import axe_violations
from tests.web.server import Server

NOTE = "Pansement refait au canal"
LATER = "Fièvre depuis mardi soir"


def meet_with_care(page: Page, alias: str, act: str, note: str) -> None:
    """Record a new person, the care they were given, and what only health workers read of it."""
    page.get_by_role("button", name="Nouvelle rencontre").click()
    page.get_by_role("button", name="Quelqu’un").click()
    page.get_by_role("searchbox").last.fill(alias)
    page.get_by_role("button", name=re.compile("Créer")).click()
    page.get_by_role("button", name=act, exact=True).click()
    page.get_by_role("textbox", name=re.compile("^Note de santé")).fill(note)
    steps.save(page)


def add_care(page: Page, act: str, note: str) -> None:
    """Add care to the last contact of the person on the screen."""
    page.get_by_role("button", name=re.compile("^Ajouter un soin")).first.click()
    sheet = page.get_by_role("dialog")
    sheet.get_by_role("button", name=act, exact=True).click()
    sheet.get_by_role("textbox", name=re.compile("^Note de santé")).fill(note)
    sheet.get_by_role("button", name="Enregistrer").click()
    expect(sheet).to_have_count(0)


def sync(page: Page) -> None:
    steps.take_up(page)
    steps.try_now(page)


def back_to_association(page: Page) -> None:
    steps.take_up(page)
    page.get_by_role("link", name="Association").click()


def give_access(page: Page, name: str) -> None:
    """Let another health worker read the health file, as one who reads it already."""
    sync(page)
    page.get_by_role("link", name="Plus", exact=True).click()
    page.get_by_role("button", name=f"Donner accès à un appareil de {name}").click()
    sync(page)


def reads_nothing_of_it(page: Page) -> None:
    """Who is no health worker sees that there is something, and no word of it."""
    sync(page)
    steps.open_person(page, "Momo")
    expect(page.get_by_role("main")).to_contain_text("Ce qui touche à la santé")
    expect(page.get_by_role("main")).not_to_contain_text(NOTE)
    expect(page.get_by_role("main")).not_to_contain_text("Plaie")


def health_keys(data: Path) -> dict[int, set[DeviceId]]:
    """Return whom each key of the health space is for, by its epoch."""
    with sqlite3.connect(data / DATABASE) as database:
        first, *rest = [space for (space,) in database.execute("SELECT space FROM segment ORDER BY server_ms")]
        (health,) = {space for space in rest if space != first}
        found = database.execute("SELECT header, sealed FROM op WHERE op_class = 3 AND space = ?", (health,)).fetchall()
    headers = [(decode_header(HeaderBytes(header)), Sealed(sealed)) for header, sealed in found]
    bodies = [decode_body(header.kind, sealed, header.space) for header, sealed in headers]
    return {body.n: set(dict(body.wraps)) for body in bodies if isinstance(body, EpochBody)}


@pytest.mark.timeout(300)
def test_only_health_workers_read_the_health_file(team: Server, browse: Browse) -> None:
    desk = at_the_desk(browse, team)
    card = desk.get_by_role("region", name="Dossier de santé")
    expect(card.get_by_role("button", name="Ouvrir le dossier de santé")).to_be_disabled()
    awa = let_join(desk, browse, "Awa")
    ines = let_join(desk, browse, "Inès")

    steps.take_up(desk)
    card.get_by_role("button", name="Ouvrir le dossier de santé").click()
    sync(desk)
    desk.get_by_role("link", name="Association").click()
    expect(card).to_contain_text("Inès")
    sync(ines)
    ines.get_by_role("link", name="Maraude", exact=True).click()
    ines.get_by_role("button", name="Stalingrad").click()
    ines.get_by_role("button", name="Ouvrir la maraude").click()
    meet_with_care(ines, "Momo", "Plaie", NOTE)
    steps.open_person(ines, "Momo")
    expect(ines.get_by_role("main")).to_contain_text(NOTE)
    assert axe_violations(ines) == []
    sync(ines)

    for page in (awa, desk):
        reads_nothing_of_it(page)

    back_to_association(desk)
    office.add_worker(desk, "Lucie", "Santé")
    lucie = let_join(desk, browse, "Lucie")
    give_access(ines, "Lucie")
    sync(lucie)
    steps.open_person(lucie, "Momo")
    expect(lucie.get_by_role("main")).to_contain_text(NOTE)
    expect(lucie.get_by_role("main")).to_contain_text("Plaie")

    back_to_association(desk)
    office.retire(desk, "Inès")
    sync(desk)
    sync(lucie)
    steps.open_person(lucie, "Momo")
    add_care(lucie, "Écoute", LATER)
    sync(lucie)
    keys = health_keys(team.data)
    assert sorted(keys) == [1, 2, 3]
    assert len(keys[2] - keys[3]) == 1  # Inès
    assert len(keys[3]) == 2  # Lucie, and the papers
    sync(ines)
    steps.open_person(ines, "Momo")
    expect(ines.get_by_role("main")).not_to_contain_text(LATER)
    assert leaks([NOTE, LATER], team.data) == []
    assert leaks(["Stalingrad"], team.data)  # the control: the directory is plain
