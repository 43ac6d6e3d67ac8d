"""Somebody asks to be erased: an administrator does it, every device lets go of them when it next has a network, and
nothing of them is left on the server or in a browser, to whoever knows the code either."""

import re
import sqlite3
from collections.abc import Sequence
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from server.settings import DATABASE
from tests.web import steps, thief
from tests.web.association import at_the_desk, let_join
from tests.web.browsing import Browse
from tests.web.conftest import axe_violations
from tests.web.server import Server
from tests.web.test_health import add_care, back_to_association, sync
from tests.web.test_retiring import finds, finds_nobody

REACH = "Par la sœur de {}"
MOMO, FATOU = b"Momo", b"Fatou"


def with_a_health_file(team: Server, browse: Browse) -> tuple[Page, Page, Page]:
    """Return the desk of an association with a health file, the tablet of its patrol and its nurse's."""
    desk = at_the_desk(browse, team)
    awa = let_join(desk, browse, "Awa")
    ines = let_join(desk, browse, "Inès")
    desk.get_by_role("button", name="Ouvrir le dossier de santé").click()
    sync(desk)
    return desk, awa, ines


def meets(awa: Page, *aliases: str) -> None:
    """Record a full encounter with each: contact, note, request, referral."""
    awa.get_by_role("button", name="Stalingrad").click()
    awa.get_by_role("button", name="Ouvrir la maraude").click()
    for alias in aliases:
        steps.record_someone_new(
            awa, alias, items={"Kit crack": 1}, need="Un toit", note=f"Vu {alias}", structure="Rotonde"
        )
    sync(awa)


def begins_a_draft(page: Page, alias: str) -> None:
    page.get_by_role("link", name="Maraude", exact=True).click()
    page.get_by_role("main").get_by_role("button", name=alias).first.click()
    page.get_by_role("textbox", name=re.compile("^Note")).fill(f"{alias} reviendra")
    page.get_by_role("button", name="Fermer").click()
    page.get_by_text("Brouillon").first.wait_for()


def erase(desk: Page, alias: str) -> None:
    """Erase somebody: read what it does, and write their alias; the page leaves them."""
    steps.open_person(desk, alias)
    desk.get_by_role("button", name="Effacer cette personne").click()
    sheet = desk.get_by_role("dialog")
    expect(sheet).to_contain_text("1 rencontre, 1 demande et 1 note d’équipe")
    assert axe_violations(desk) == []
    sheet.get_by_role("button", name="Continuer").click()
    desk.keyboard.type("Fatou")
    desk.keyboard.press("Enter")
    expect(sheet.get_by_role("alert")).to_contain_text("Rien n’a changé")
    assert axe_violations(desk) == []
    sheet.get_by_role("textbox").fill(alias.lower())
    desk.keyboard.press("Enter")
    expect(desk.get_by_text("Cette personne a été effacée.")).to_be_visible()
    desk.get_by_role("heading", name="Personnes", level=1).wait_for()


def card_says(desk: Page, *words: str) -> None:
    back_to_association(desk)
    card = desk.get_by_role("region", name="Effacements")
    for one in words:
        expect(card).to_contain_text(one)
    expect(card).not_to_contain_text("Momo")


def queue_says(page: Page, *names: str) -> None:
    page.get_by_role("link", name="Orientations", exact=True).click()
    rows = page.get_by_role("table").get_by_role("rowheader")
    expect(rows).to_have_text(list(names))


def entity_of(page: Page, alias: str) -> bytes:
    steps.open_person(page, alias)
    return bytes.fromhex(page.url.rsplit("/", maxsplit=1)[1])


def op_bytes(data: Path, entity: bytes) -> list[bytes]:
    """Return the header and the sealed payload of each op of an entity, in both spaces."""
    with sqlite3.connect(data / DATABASE) as database:
        asked = "SELECT header, sealed, space FROM op WHERE entity = ?"
        rows = database.execute(asked, (entity,)).fetchall()
    return [part for header, sealed, _ in rows for part in (header, sealed) if part is not None]


def held(parts: Sequence[bytes], data: Path) -> int:
    """Return how many of these bytes are in the files of the server's database."""
    with sqlite3.connect(data / DATABASE) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    files = b"".join(path.read_bytes() for path in data.glob(f"{DATABASE}*"))
    return sum(part in files for part in parts)


@pytest.mark.timeout(300)
def test_an_erased_person_is_gone_everywhere(team: Server, browse: Browse) -> None:
    desk, awa, ines = with_a_health_file(team, browse)
    meets(awa, "Momo", "Fatou")
    sync(ines)
    steps.open_person(ines, "Momo")
    add_care(ines, "Plaie", "Pied de Momo")
    sync(ines)
    sync(desk)
    momo, fatou = (op_bytes(team.data, entity_of(awa, alias)) for alias in ("Momo", "Fatou"))
    assert held(momo, team.data) == len(momo) > len(fatou) == held(fatou, team.data)

    team.kill()
    for alias in ("Momo", "Fatou"):
        steps.open_person(awa, alias)
        steps.write_text(awa, "Comment joindre", REACH.format(alias))
    begins_a_draft(awa, "Momo")
    awa.context.close()
    (awa,) = browse("Awa").pages
    stolen = thief.opens_with_the_code(awa, team.origin)
    assert MOMO in stolen
    assert FATOU in stolen
    awa.context.close()
    team.start()

    steps.take_up(desk)
    erase(desk, "Momo")
    queue_says(desk, "Personne effacée", "Fatou")
    sync(ines)
    finds_nobody(ines, "Momo")
    sync(desk)
    card_says(desk, "1 fiche effacée", "Fait sur 2 appareils sur 3", "Awa")
    assert axe_violations(desk) == []

    (awa,) = browse("Awa").pages
    steps.come_back(awa, team.origin)
    sync(awa)
    finds_nobody(awa, "Momo")
    finds(awa, "Fatou")
    awa.get_by_role("link", name="Maraude", exact=True).click()
    expect(awa.get_by_text("2 rencontres, 2 personnes")).to_be_visible()
    expect(awa.get_by_text("Momo")).to_have_count(0)
    expect(awa.get_by_text("Brouillon gardé")).to_have_count(0)
    awa.context.close()
    sync(ines)
    steps.open_person(ines, "Fatou")
    expect(ines.get_by_role("main")).to_contain_text(REACH.format("Fatou"))
    sync(desk)
    card_says(desk, "Fait partout\u00a0: 3 appareils")

    team.kill()
    assert held(momo, team.data) == 0
    assert held(fatou, team.data) == len(fatou)
    for profile in ("Awa", "Inès"):
        page = browse(profile).pages[0] if profile == "Awa" else ines
        left = thief.opens_with_the_code(page, team.origin)
        assert MOMO not in left
        assert FATOU in left
