"""A server and a device that are hostile: whose device it is, that the work goes on, and that the truth ends it."""

import re
from pathlib import Path

import pytest
from msgspec.structs import replace
from playwright.sync_api import Locator, Page, expect

from sync.log import Page as LogPage
from sync.op import OpClass
from tests.web import carried, steps
from tests.web.association import Association, at_the_desk, on_patrol
from tests.web.browsing import Browse
from tests.web.conftest import eventually
from tests.web.hostile import HostileServer, Rogue, honest
from tests.web.test_every_screen import Look, in_both_languages
from tests.web.test_retiring import finds, write_someone

GO_ON = "Continuez à travailler, et appelez la personne qui administre Escale"


def told(page: Page) -> Locator:
    return page.get_by_role("alert").filter(has_text=GO_ON)


def without_the_second(page: LogPage) -> LogPage:
    """Leave a segment out in the middle, of a page that has one."""
    return replace(page, segments=page.segments[:1] + page.segments[2:])


@pytest.mark.timeout(300)
def test_a_hostile_device_is_named_and_removed_and_a_lying_server_stops_nobody(
    gone_out: Association, browse: Browse, tmp_path: Path
) -> None:
    data = gone_out.copied(tmp_path).data
    server = HostileServer(data, gone_out.port)
    server.start()
    try:
        desk = at_the_desk(browse, server)
        the_rogue_is_named_and_removed(desk, server, Rogue(data))
        server.spoil = without_the_second
        awa = on_patrol(browse, server, "Awa")
        the_tablet_works_under_the_alarm(awa)
        server.spoil = honest
        steps.try_now(awa)
        expect(told(awa)).to_have_count(0)
        steps.is_up_to_date(awa)
        steps.take_up(desk)
        steps.try_now(desk)
        finds(desk, "Nadia")
    finally:
        server.kill()


def looks_well(page: Page, address: str, told: Locator) -> None:
    """Look at a screen with what is told on it in both languages, both themes and three widths."""

    def screen(look: Look) -> None:
        look.go(address)
        expect(told).to_be_visible()
        look.look(address)

    faults = in_both_languages(page, screen).faults
    assert faults == [], "\n".join(faults)
    page.evaluate("address => { location.hash = `#/${address}` }", address)


def the_rogue_is_named_and_removed(desk: Page, server: HostileServer, rogue: Rogue) -> None:
    """It poisons a record, and the server lets through another that breaks a rule."""
    before = carried.members(server.data)
    carried.paste_request(desk, "Samir", rogue.request)
    carried.card_of(desk, "Samir").get_by_role("button", name="Les mêmes lettres").click()
    eventually("the rogue is a member", lambda: carried.members(server.data) == before + 1)
    doubts = desk.get_by_role("region", name=re.compile("à vérifier|to check"))
    steps.try_now(desk)
    desk.get_by_role("link", name="Association").click()
    desk.get_by_role("region", name="Samir").wait_for()
    expect(doubts).to_have_count(0)

    rogue.send(server.origin, rogue.push([rogue.op(OpClass.GENESIS, "person", rogue.id())]))
    rogue.collude(rogue.push([rogue.op(OpClass.GENESIS, "person", rogue.id(), epoch=9)]))
    steps.try_now(desk)
    desk.get_by_role("link", name="Association").click()
    expect(doubts.get_by_role("heading")).to_have_text("1 appareil à vérifier")
    for words in ("Samir", "1 écrit abîmé, que personne ne peut lire", "1 écrit contre les règles"):
        expect(doubts).to_contain_text(words)
    expect(desk.get_by_role("alert")).to_have_count(0)
    looks_well(desk, "association", doubts)

    doubts.get_by_role("button", name="Retirer cet appareil").click()
    desk.get_by_role("dialog").get_by_role("button", name="Retirer cet appareil").click()
    expect(desk.get_by_role("dialog")).to_have_count(0)
    steps.is_up_to_date(desk)
    expect(doubts).to_have_count(0)


def the_tablet_works_under_the_alarm(awa: Page) -> None:
    """It says what to do, goes on saving and searching, and says it again when it is opened again."""
    expect(told(awa)).to_contain_text("cursor")
    expect(told(awa)).to_contain_text("Ce que vous notez est gardé")
    write_someone(awa, "Nadia")
    finds(awa, "Nadia")
    looks_well(awa, "patrol", awa.get_by_role("alert"))
    awa.reload()
    steps.take_up(awa)
    expect(told(awa)).to_be_visible()
    finds(awa, "Nadia")
