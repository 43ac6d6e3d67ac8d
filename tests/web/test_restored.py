"""The server comes back from an older copy: tablets give it again what it has lost, and say so until it is heard."""

import re
import shutil
import sqlite3
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from server.settings import DATABASE
from tests.web import office, steps, thief
from tests.web.association import at_the_desk, let_join, on_patrol
from tests.web.browsing import Browse
from tests.web.conftest import axe_violations
from tests.web.server import Server
from tests.web.test_retiring import write_someone

TITLE = "Le serveur est revenu à une copie plus ancienne"
LOST = "seulement sur cet appareil"


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
    outing: Server, browse: Browse, tmp_path: Path
) -> None:
    desk = at_the_desk(browse, outing)
    awa, samir = (on_patrol(browse, outing, name) for name in ("Awa", "Samir"))
    outing.kill()
    copy(outing.data, tmp_path / "backup")
    outing.start()
    three_write_and_read(desk, awa, samir)
    outing.kill()
    before = op_ids(outing.data)
    copy(tmp_path / "backup", outing.data)
    assert len(op_ids(outing.data)) < len(before)
    outing.start()

    the_tablet_says_so_until_it_is_heard(awa)
    samir = browse("Samir").pages[0]
    steps.come_back(samir, outing.origin)
    expect(told(samir)).to_be_visible(timeout=steps.SYNC_MS)
    steps.is_up_to_date(samir)
    found(samir, "Momo")
    steps.take_up(awa)
    steps.try_now(awa)
    expect(found(awa, "Fatou")).not_to_contain_text(LOST)
    the_administrator_confirms(desk)

    after = op_ids(outing.data)
    assert len(after) == len(set(after))
    assert set(before) <= set(after)
    desk.get_by_role("link", name="Association").click()
    office.add_worker(desk, "Nadia", "Maraude")
    late = let_join(desk, browse, "Nadia")
    for alias in ("Momo", "Fatou"):
        expect(found(late, alias)).not_to_contain_text(re.compile("tablette|appareil"))


def three_write_and_read(desk: Page, awa: Page, samir: Page) -> None:
    """Samir's tablet is closed after it; the others have read what it wrote."""
    write_someone(samir, "Fatou")
    steps.is_up_to_date(samir)
    samir.get_by_role("button", name="Verrouiller").click()
    samir.context.close()
    steps.take_up(awa)
    write_someone(awa, "Momo")
    steps.is_up_to_date(awa)
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
