"""One person written down twice: made one without a network, read as one on another screen, and parted again."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.web import steps
from tests.web.browsing import Browse
from tests.web.server import DemoServer

OFFICE = {"viewport": {"width": 1280, "height": 800}, "color_scheme": "light"}
ALIAS, OTHER, NOTE = "Sofiane", "Sophian", "Cherche son frère"


@pytest.mark.timeout(300)
def test_two_records_become_one_person_and_part_again(run: DemoServer, browse: Browse) -> None:
    awa = steps.join(browse("tablet"), run.links["Awa"])
    steps.open_patrol(awa, "Stalingrad", "Inès")
    for alias, note in ((ALIAS, NOTE), (OTHER, "Tousse")):
        steps.record_someone_new(awa, alias, items={}, need="Un toit", note=note, structure="Hôtel ASSORE")
    steps.is_up_to_date(awa)
    bruno = steps.join(browse("office", **OFFICE), run.links["Bruno"])
    name = bruno_finds_the_pair(bruno)

    run.kill()
    bruno_makes_them_one(bruno)
    they_are_one(bruno, name)
    run.start()
    steps.take_up(bruno)
    steps.try_now(bruno)
    steps.is_up_to_date(bruno)
    steps.take_up(awa)
    steps.try_now(awa)
    they_are_one(awa, name)

    run.kill()
    steps.open_person(awa, name)
    steps.part_from(awa, OTHER)
    they_are_two(awa)
    run.start()
    steps.take_up(awa)
    steps.try_now(awa)
    steps.is_up_to_date(awa)
    steps.take_up(bruno)
    steps.try_now(bruno)
    they_are_two(bruno)


def bruno_finds_the_pair(bruno: Page) -> str:
    """Return the alias under which the two will be shown: that of the smaller id."""
    bruno.get_by_role("link", name="Doublons").click()
    pair = bruno.get_by_role("main").get_by_role("listitem").filter(has_text=OTHER)
    expect(pair).to_contain_text(ALIAS)
    expect(pair).to_contain_text("se disent pareil")
    links = {alias: pair.get_by_role("link", name=alias).get_attribute("href") or "" for alias in (ALIAS, OTHER)}
    return min(links, key=lambda alias: links[alias])


def bruno_makes_them_one(bruno: Page) -> None:
    bruno.get_by_role("main").get_by_role("listitem").filter(has_text=OTHER).get_by_role("button").click()
    sheet = bruno.get_by_role("dialog")
    expect(sheet).to_contain_text("Les deux fiches restent")
    sheet.get_by_role("button", name="C’est la même personne").click()
    expect(bruno.get_by_text(re.compile("une seule personne"))).to_be_visible()
    expect(bruno.get_by_role("main")).not_to_contain_text(OTHER)


def they_are_one(page: Page, name: str) -> None:
    """One line by either alias, one timeline of both, and who said so."""
    for alias in (ALIAS, OTHER):
        found = steps.people_found(page, alias)
        expect(found).to_have_count(1)
        expect(found).to_contain_text(name)
    found.click()
    main = page.get_by_role("main")
    expect(page.get_by_role("heading", name=name, level=1)).to_be_visible()
    expect(main.get_by_text("Hôtel ASSORE")).to_have_count(2)
    expect(main.get_by_text(NOTE)).to_be_visible()
    expect(main.get_by_text("Tousse", exact=True)).to_be_visible()
    expect(main.get_by_text(re.compile("^Réunis par Bruno"))).to_have_count(2)


def they_are_two(page: Page) -> None:
    """Each with a line and a timeline of their own."""
    for alias, note, others in ((ALIAS, NOTE, "Tousse"), (OTHER, "Tousse", NOTE)):
        steps.open_person(page, alias)
        main = page.get_by_role("main")
        expect(main.get_by_text(note, exact=True)).to_be_visible()
        expect(main.get_by_text(others, exact=True)).to_have_count(0)
        expect(main.get_by_text(re.compile("^Réunis par"))).to_have_count(0)
