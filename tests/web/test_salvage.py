"""What a retired tablet could not send is in a file, and the administrator takes it over: once, and readable."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.security.canaries import leaks
from tests.web import office, steps
from tests.web.association import at_the_desk, on_patrol
from tests.web.browsing import Browse
from tests.web.conftest import axe_violations
from tests.web.server import Server
from tests.web.test_retiring import TITLE, finds, finds_nobody, write_someone

SAVE = "Enregistrer ce qui n’est pas parti dans un fichier"
PLANTED = "un mot en clair"


def save_file(page: Page, folder: Path) -> Path:
    """Save what this device could not send, as its worker does, and return the file."""
    page.evaluate("location.hash = '#/unsent'")
    button = page.get_by_role("button", name=SAVE)
    expect(button).to_be_visible()
    assert axe_violations(page) == []
    with page.expect_download() as saving:
        button.click()
    assert re.fullmatch(r"escale-\d+-ecrits\.escale", saving.value.suggested_filename)
    file = folder / "copy" / saving.value.suggested_filename
    saving.value.save_as(file)
    return file


def choose(page: Page, file: Path) -> None:
    """Open the sheet at Awa's retired device, and choose a file."""
    page.get_by_role("link", name="Association").click()
    page.get_by_role("region", name="Awa").get_by_role("button", name=re.compile("^Reprendre ses écrits")).click()
    page.get_by_label("Le fichier de l’appareil retiré").set_input_files(file)


def close(page: Page) -> None:
    page.get_by_role("dialog").get_by_role("button", name="Fermer").click()
    expect(page.get_by_role("dialog")).to_have_count(0)


def shows_once_by_awa(page: Page, alias: str) -> None:
    """One person, one contact, in Awa's name, and whose device has brought it."""
    finds(page, alias)
    steps.open_person(page, alias)
    met = page.get_by_role("main").get_by_role("listitem").filter(has_text=f"Vu {alias}")
    expect(met).to_have_count(1)
    expect(met).to_contain_text("Awa (via Odile)")


def with_a_retired_tablet(outing: Server, browse: Browse) -> tuple[Page, Page]:
    """Return an administrator's desk and another tablet; Awa's was retired while it had Fatou to send, and is shut."""
    desk = at_the_desk(browse, outing)
    awa, samir = (on_patrol(browse, outing, name) for name in ("Awa", "Samir"))
    write_someone(awa, "Momo")
    steps.is_up_to_date(awa)
    outing.kill()
    write_someone(awa, "Fatou")
    awa.context.close()
    outing.start()
    steps.take_up(desk)
    office.retire(desk, "Awa")
    steps.try_now(desk)
    desk.get_by_role("link", name="Association").click()
    expect(desk.get_by_role("region", name="Awa").get_by_text("Retiré", exact=True)).to_be_visible()
    return desk, samir


def take_over(desk: Page, file: Path) -> None:
    """Choose the file, see whose it is, and confirm."""
    choose(desk, file)
    sheet = desk.get_by_role("dialog")
    expect(sheet.get_by_role("status")).to_contain_text(re.compile(r"\d+ nouveaux écrits de Awa"))
    assert axe_violations(desk) == []
    sheet.get_by_role("button", name="Reprendre").click()
    expect(sheet).to_have_count(0)
    expect(desk.get_by_text(re.compile(r"\d+ écrits repris"))).to_be_visible()


def brings_nothing(desk: Page, file: Path) -> None:
    choose(desk, file)
    expect(desk.get_by_role("dialog").get_by_role("alert")).to_contain_text("déjà ici")
    close(desk)


@pytest.mark.timeout(300)
def test_what_a_retired_tablet_could_not_send_is_taken_over_once(
    outing: Server, browse: Browse, tmp_path: Path
) -> None:
    desk, samir = with_a_retired_tablet(outing, browse)
    awa = browse("Awa").pages[0]
    steps.come_back(awa, outing.origin)
    expect(awa.get_by_role("alert").filter(has_text=TITLE)).to_be_visible()
    outing.kill()  # saving the file needs no network
    file = save_file(awa, tmp_path)
    finds(awa, "Fatou")
    outing.start()

    note = tmp_path / "copy" / "note.txt"
    note.write_text(PLANTED)
    assert leaks(["Fatou", "Vu Fatou", "Momo", "Awa", PLANTED], tmp_path / "copy") == [(PLANTED, "note.txt")]

    steps.take_up(desk)
    finds_nobody(desk, "Fatou")
    choose(desk, note)
    expect(desk.get_by_role("dialog").get_by_role("alert")).to_contain_text("n’est pas celui d’un appareil retiré")
    close(desk)
    take_over(desk, file)
    shows_once_by_awa(desk, "Fatou")
    brings_nothing(desk, file)
    steps.try_now(desk)
    brings_nothing(desk, file)

    steps.take_up(samir)
    steps.try_now(samir)
    shows_once_by_awa(samir, "Fatou")
    shows_once_by_awa(desk, "Fatou")
