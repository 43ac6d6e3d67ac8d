"""What befalls a browser: two tabs, cleared storage, a full disk, a killed page. What was saved stays, once, or its loss is said."""

import re

from playwright.sync_api import CDPSession, Page, expect

from tests.web import association, steps
from tests.web.browsing import Browse
from tests.web.conftest import axe_violations, eventually
from tests.web.server import Server

ENCOUNTER = (2, "encounter")
ELSEWHERE = "Escale est ouvert dans un autre onglet"
CLEARED = "Le navigateur a effacé ce qu’Escale gardait ici"
UNJOINED = "Cet appareil n’a rejoint aucune association"
_LOCKS = "async () => { const { held, pending } = await navigator.locks.query(); return [held.length, pending.length]; }"
_COUNT_PERSIST = """() => {
  const persist = navigator.storage.persist.bind(navigator.storage);
  window.asked = 0;
  navigator.storage.persist = () => { window.asked += 1; return persist(); };
}"""


def encounters_at(server: Server) -> int:
    return association.kinds_written(server.data).count(ENCOUNTER)


def devtools(page: Page) -> CDPSession:
    return page.context.new_cdp_session(page)


def test_a_second_tab_says_that_another_is_open_and_goes_on_when_that_one_ends(outing: Server, browse: Browse) -> None:
    first = association.on_patrol(browse, outing, "Awa")
    before = encounters_at(outing)
    second = first.context.new_page()
    second.set_viewport_size({"width": 390, "height": 844})
    second.goto(outing.origin)
    expect(second.get_by_role("heading", name=ELSEWHERE)).to_be_visible()
    expect(second.get_by_text("Dès qu’il est fermé ou verrouillé")).to_be_visible()
    assert second.evaluate(_LOCKS) == [1, 1]
    assert axe_violations(second) == []

    steps.record_someone_without_name(first)
    first.get_by_role("button", name="Verrouiller").click()
    second.get_by_text("Code de").wait_for()
    expect(first.get_by_role("heading", name=ELSEWHERE)).to_be_visible()
    second.close()
    first.get_by_text("Code de").wait_for()
    first.keyboard.type(steps.CODE)
    first.keyboard.press("Enter")
    steps.open_round(first)
    expect(first.get_by_text("1 rencontre, 1 personne")).to_be_visible()
    steps.is_up_to_date(first)
    assert encounters_at(outing) == before + 1


def test_cleared_under_an_open_app_the_browser_says_what_is_lost_and_how_to_go_on(
    outing: Server, browse: Browse
) -> None:
    page = browse("Awa").pages[0]
    page.add_init_script(f"({_COUNT_PERSIST})()")
    steps.come_back(page, outing.origin)
    eventually("the browser is asked to keep what it holds", lambda: page.evaluate("window.asked") == 1)
    outing.kill()
    steps.record_someone_without_name(page)
    devtools(page).send("Storage.clearDataForOrigin", {"origin": outing.origin, "storageTypes": "all"})
    expect(page.get_by_role("heading", name=CLEARED)).to_be_visible()
    expect(page.get_by_text(re.compile(r"^\d écrits pas encore envoyés sont perdus"))).to_be_visible()
    expect(page.get_by_text("Tout ce qui était envoyé est à l’abri")).to_be_visible()
    assert axe_violations(page) == []
    outing.start()
    page.get_by_role("button", name="Rejoindre à nouveau").click()
    page.get_by_role("heading", name=UNJOINED).wait_for()
