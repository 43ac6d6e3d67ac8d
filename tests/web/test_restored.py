"""The server comes back from an older copy: tablets give it again what it has lost, and say so until it is heard."""

import re
import shutil
import sqlite3
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from server.settings import DATABASE
from tests.web import office, steps, thief
from tests.web.conftest import Browse, axe_violations
from tests.web.dev_run import DevRun

OFFICE = {"viewport": {"width": 1280, "height": 800}, "color_scheme": "light"}
TITLE = "Le serveur est revenu à une copie plus ancienne"
LOST = "seulement sur cet appareil"


def let_join(page: Page, browse: Browse, name: str) -> Page:
    """Add a worker and let their device in."""
    office.add_worker(page, name, "Maraude")
    tablet = browse(name).pages[0]
    tablet.goto(office.invite(page, name))
    office.let_in(page, name, tablet)
    return tablet


def write_someone(page: Page, alias: str) -> None:
    page.get_by_role("link", name="Maraude", exact=True).click()
    steps.record_someone_new(
        page, alias, items={"Kit crack": 1}, need="Un toit", note=f"Vu {alias}", structure="Rotonde"
    )
    steps.is_up_to_date(page)


def told(page: Page) -> Locator:
    """Return the notice."""
    return page.get_by_role("status").filter(has_text=TITLE)


def found(page: Page, alias: str) -> Locator:
    """Return the one person that the search finds."""
    people = steps.people_found(page, alias)
    expect(people).to_have_count(1)
    return people


def op_ids(data: Path) -> list[bytes]:
    with sqlite3.connect(data / DATABASE) as database:
        return [op_id for (op_id,) in database.execute("SELECT op_id FROM op ORDER BY cursor")]


def copy(data: Path, to: Path) -> None:
    """Put a copy of a data folder in a place, instead of what is there."""
    shutil.rmtree(to, ignore_errors=True)
    shutil.copytree(data, to)


@pytest.mark.timeout(420)
def test_tablets_give_an_older_copy_of_the_server_what_it_has_lost(
    empty: DevRun, browse: Browse, tmp_path: Path
) -> None:
    desk, awa, samir = three_work(empty, browse)
    empty.kill()
    copy(empty.data, tmp_path / "backup")
    empty.start()
    three_write_and_read(desk, awa, samir)
    empty.kill()
    before = op_ids(empty.data)
    copy(tmp_path / "backup", empty.data)
    assert len(op_ids(empty.data)) < len(before)
    empty.start()

    the_tablet_says_so_until_it_is_heard(awa)
    samir = browse("Samir").pages[0]
    steps.come_back(samir, empty.origin)
    expect(told(samir)).to_be_visible(timeout=steps.SYNC_MS)
    steps.is_up_to_date(samir)
    found(samir, "Momo")
    steps.take_up(awa)
    steps.try_now(awa)
    expect(found(awa, "Fatou")).not_to_contain_text(LOST)
    the_administrator_confirms(desk)

    after = op_ids(empty.data)
    assert len(after) == len(set(after))
    assert set(before) <= set(after)
    desk.get_by_role("link", name="Association").click()
    late = let_join(desk, browse, "Nadia")
    for alias in ("Momo", "Fatou"):
        expect(found(late, alias)).not_to_contain_text(re.compile("tablette|appareil"))


def three_work(run: DevRun, browse: Browse) -> tuple[Page, Page, Page]:
    """Return the office's page, and those of two tablets on a patrol, with nothing that waits."""
    desk = browse("office", **OFFICE).pages[0]
    office.found(desk, run)
    office.add_line(desk, "Zone", "Stalingrad")
    office.add_line(desk, "Structure", "Rotonde", "CAARUD", "Stalingrad")
    awa, samir = (let_join(desk, browse, name) for name in ("Awa", "Samir"))
    for tablet in (awa, samir):
        tablet.get_by_role("button", name="Stalingrad").click()
        tablet.get_by_role("button", name="Ouvrir la maraude").click()
        steps.is_up_to_date(tablet)
    return desk, awa, samir


def three_write_and_read(desk: Page, awa: Page, samir: Page) -> None:
    """Samir's tablet is closed after it; the others have read what it wrote."""
    write_someone(samir, "Fatou")
    samir.get_by_role("button", name="Verrouiller").click()
    samir.context.close()
    steps.take_up(awa)
    write_someone(awa, "Momo")
    steps.try_now(awa)
    expect(found(awa, "Fatou")).not_to_contain_text(LOST)
    expect(told(awa)).to_have_count(0)
    steps.take_up(desk)
    steps.try_now(desk)
    found(desk, "Momo")


def the_tablet_says_so_until_it_is_heard(awa: Page) -> None:
    """Its own record goes out again, and that of the closed tablet is marked."""
    steps.take_up(awa)
    steps.try_now(awa)
    expect(told(awa)).to_contain_text("ne sont plus que sur celui-ci")
    assert axe_violations(awa) == []
    expect(found(awa, "Fatou")).to_contain_text(LOST)
    expect(found(awa, "Momo")).not_to_contain_text(LOST)
    steps.is_up_to_date(awa)
    awa.reload()
    steps.take_up(awa)
    expect(told(awa)).to_be_visible()
    awa.get_by_role("button", name="J’ai compris").click()
    expect(told(awa)).to_have_count(0)
    awa.reload()
    steps.take_up(awa)
    expect(found(awa, "Fatou")).to_contain_text(LOST)
    expect(told(awa)).to_have_count(0)
    thief.finds_no_name_that_is_personal(awa)


def the_administrator_confirms(desk: Page) -> None:
    steps.take_up(desk)
    steps.try_now(desk)
    expect(told(desk)).to_contain_text("Confirmez seulement quand tous les administrateurs")
    assert axe_violations(desk) == []
    desk.get_by_role("button", name="Tous les administrateurs sont passés").click()
    expect(told(desk)).to_have_count(0)
