"""What befalls a browser: what was saved is there, once, or the screen says that it is lost and what to do."""

import hashlib
import itertools
import math
import random
import re
import shutil
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, CDPSession, Error, Locator, Page, Request, Route, expect

from server.settings import DATABASE
from tests.web import association, steps
from tests.web.browsing import Browse
from tests.web.conftest import axe_violations, eventually
from tests.web.dev_run import DevRun
from tests.web.server import Server

ENCOUNTER = (2, "encounter")
KILLS = 12
LOADS_KILLED = 4
ELSEWHERE = "Escale est ouvert dans un autre onglet"
CLEARED = "Le navigateur a effacé ce qu’Escale gardait ici"
UNJOINED = "Cet appareil n’a rejoint aucune association"
_PAGE = re.compile("/bootstrap[?]")
_LOCKS = (
    "async () => { const { held, pending } = await navigator.locks.query(); return [held.length, pending.length]; }"
)
_SOON_CLICKED = "(button, delay_ms) => setTimeout(() => button.click(), delay_ms)"
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
    steps.enter_code(first)
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


@contextmanager
def no_push_is_answered(server: Server) -> Iterator[None]:
    """Let pushes wait for the database, while everything else is answered."""
    with sqlite3.connect(server.data / DATABASE, isolation_level=None) as database:
        database.execute("BEGIN IMMEDIATE")
        yield
        database.execute("ROLLBACK")
    database.close()


def publish_another_version(app: Path) -> None:
    """Put another version of the app in the place of this one: other names for its scripts, its own list of files."""
    worker = app / "service-worker.js"
    (start,) = (app / "assets").glob("index-*.js")
    (data_worker,) = (app / "assets").glob("worker-*.js")
    changed = {app / "index.html": app / "index.html"}
    for script in (start, data_worker):
        kind, _ = script.stem.split("-", maxsplit=1)
        changed[script] = script.with_name(f"{kind}-Another0.js")
    listed = worker.read_text()
    for before, after in changed.items():
        text = before.read_text()
        was = hashlib.sha256(text.encode()).hexdigest()
        for old, new in changed.items():
            text = text.replace(old.name, new.name)
        before.unlink()
        after.write_text(text)
        listed = listed.replace(was, hashlib.sha256(text.encode()).hexdigest()).replace(before.name, after.name)
    worker.write_text(re.sub("escale-app-[0-9a-f]{16}", f"escale-app-{0:016x}", listed))


def test_a_new_version_in_the_middle_of_a_push_waits_and_the_tab_before_it_goes_on(
    outing: Server, browse: Browse, tmp_path: Path
) -> None:
    shutil.copytree(outing.app, tmp_path / "app")
    outing.kill()
    outing.app = tmp_path / "app"
    outing.start()
    first = association.on_patrol(browse, outing, "Awa")
    before = encounters_at(outing)
    first.evaluate("window.isTheSame = true")
    with no_push_is_answered(outing):
        with first.expect_request("**/push"):
            steps.record_someone_without_name(first)
        publish_another_version(outing.app)
        first.evaluate("navigator.serviceWorker.getRegistration().then((known) => known.update())")
        expect(first.get_by_text("Une nouvelle version est prête")).to_be_visible()
        expect(first.get_by_role("link", name=re.compile("sur la tablette"))).to_be_visible()
    steps.is_up_to_date(first)
    assert first.evaluate("window.isTheSame")
    assert encounters_at(outing) == before + 1

    second = first.context.new_page()
    second.goto(outing.origin)
    second.get_by_role("heading", name=ELSEWHERE).wait_for()
    expect(another_version(second)).to_have_count(0)
    second.get_by_role("button", name="Recharger").click()
    another_version(second).wait_for(state="attached")
    second.get_by_role("heading", name=ELSEWHERE).wait_for()
    devtools(first).send("Network.clearBrowserCache")  # what the browser keeps by itself is no promise
    first.get_by_role("button", name="Verrouiller").click()
    second.get_by_text("Code de").wait_for()
    expect(first.get_by_role("heading", name=ELSEWHERE)).to_be_visible()
    expect(another_version(first)).to_have_count(0)
    steps.take_up(second)
    steps.open_round(second)
    expect(second.get_by_text("1 rencontre, 1 personne")).to_be_visible()


def another_version(page: Page) -> Locator:
    return page.locator("script[src*=Another0]")


def a_killed_page_comes_back(page: Page) -> Page:
    """Kill the process of a page with its data worker, and open the app in another."""
    context, origin = page.context, page.evaluate("location.origin")
    with page.expect_event("crash"), suppress(Error):
        page.goto("chrome://crash")
    page.close()
    return opened(context, origin)


def opened(context: BrowserContext, origin: str) -> Page:
    page = context.new_page()
    page.goto(origin)
    page.get_by_text("Code de").wait_for()
    return page


def test_killed_at_many_moments_what_the_screen_called_saved_is_there_once(outing: Server, browse: Browse) -> None:
    """Of each encounter that was being saved, the encounter is there or its draft, and never both.

    The waits are the moments of the kills: they are drawn, and nothing is waited for by them.
    """
    chance = random.Random(12)
    page = association.on_patrol(browse, outing, "Awa")
    page.context.new_page()  # the browser stays open without the one that is killed
    before = encounters_at(outing)
    said = 0
    for moment in range(KILLS):  # a sleep here is the moment of a kill, drawn at random: nothing is waited for
        page.get_by_role("button", name=re.compile("Anonyme, 1 kit")).click()
        page.get_by_role("button", name="Enregistrer").evaluate(_SOON_CLICKED, chance.randrange(20))
        if moment % 3:
            time.sleep(chance.random() / 8)
            said += page.get_by_text("Enregistré sur cette tablette").count()
        page = a_killed_page_comes_back(page)
        steps.enter_code(page)
        if moment % 3 == 0:
            time.sleep(chance.random() / 2)
            page = a_killed_page_comes_back(page)
            steps.enter_code(page)
        page.get_by_role("button", name="Nouvelle rencontre").wait_for()
    drafts = page.get_by_role("button", name="Reprendre").count()
    steps.is_up_to_date(page)
    written = encounters_at(outing) - before
    assert 0 < said <= written
    assert written + drafts == KILLS
    expect(page.get_by_role("link", name=f"{written} rencontres, {written} personnes")).to_be_visible()


class ThinLine:
    """A line on which every page of a first load is one segment, to a tab that is killed in the middle of it.

    Attributes:
        asked: the cursors that pages were asked after, one list for each life of the tab.
    """

    def __init__(self, context: BrowserContext) -> None:
        self.asked: list[list[int]] = [[]]
        self._carries = math.inf
        context.on("request", self._note)
        context.route(_PAGE, self._answer)

    def _note(self, request: Request) -> None:
        if _PAGE.search(request.url):
            self.asked[-1].append(int(request.url.rpartition("after=")[2]))

    def _answer(self, route: Route) -> None:
        self._carries -= 1
        if self._carries >= 0:
            route.continue_(url=f"{route.request.url}&max_bytes=1")

    @contextmanager
    def carries(self, page: Page, pages: int, *, then_waits: bool) -> Iterator[None]:
        """Wait until so many pages were answered and one more was asked for; `then_waits`: that one has no answer."""
        self._carries = pages if then_waits else math.inf
        counted = itertools.count()
        with page.expect_request(lambda request: bool(_PAGE.search(request.url)) and next(counted) == pages):
            yield

    def begins_anew(self) -> None:
        """Carry everything, to the next life of the tab."""
        self._carries = math.inf
        self.asked.append([])


@pytest.mark.timeout(300)
def test_killed_again_and_again_in_a_first_load_a_tablet_goes_on_where_it_was_and_shows_the_same_people(
    run: DevRun, browse: Browse
) -> None:
    """Each life asks first for a page from the middle: the kill fell within the load, and what was kept stays kept.

    The waits are the moments of the kills: they are drawn, and nothing is waited for by them.
    """
    chance = random.Random(7)
    bruno = steps.join(browse("Bruno"), run.links["Bruno"])
    context = browse("Awa")
    line = ThinLine(context)
    page = steps.compare_letters(context, run.links["Awa"])
    context.new_page()  # the browser stays open without the one that is killed
    goes_in = steps.say_code_twice
    for life in range(LOADS_KILLED):
        with line.carries(page, chance.randrange(1, 5), then_waits=life % 2 == 0):
            goes_in(page)
        if life % 2:  # the moment of the kill is drawn at random: nothing is waited for
            page.wait_for_timeout(chance.random() * 50)
        page = a_killed_page_comes_back(page)
        line.begins_anew()
        goes_in = steps.enter_code
    goes_in(page)
    steps.is_up_to_date(page)
    assert all(asked and asked[0] > 0 for asked in line.asked[1:])
    after = [cursor for asked in line.asked for cursor in asked]
    assert after == sorted(after)
    assert len(after) <= len(set(after)) + LOADS_KILLED
    people, others = (sorted(steps.people_found(each, "a").all_inner_texts()) for each in (page, bruno))
    assert people == others
    assert people != []


def test_on_a_full_disk_what_was_saved_is_sent_and_the_rest_is_saved_when_there_is_room(
    outing: Server, browse: Browse
) -> None:
    page = association.on_patrol(browse, outing, "Awa")
    before = encounters_at(outing)
    outing.kill()
    steps.record_someone_without_name(page)
    page.context.close()
    # A browser that has written lately allows itself the room that it saw then: this one has not.
    page = browse("Awa").pages[0]
    quota = devtools(page)
    quota.send("Storage.overrideQuotaForOrigin", {"origin": outing.origin, "quotaSize": 1})
    steps.come_back(page, outing.origin)
    page.get_by_role("button", name=re.compile("Anonyme, 1 kit")).click()
    page.get_by_role("button", name="Enregistrer").click()
    full = page.get_by_text("rien de nouveau n’a été enregistré")
    expect(full).to_be_visible()
    outing.start()
    eventually("what waited is sent", lambda: encounters_at(outing) == before + 1, 90)
    expect(page.get_by_role("alert").filter(has_text="Cet appareil est plein")).to_be_visible()
    assert axe_violations(page) == []
    quota.send("Storage.overrideQuotaForOrigin", {"origin": outing.origin})
    steps.save(page)
    steps.is_up_to_date(page)
    assert encounters_at(outing) == before + 2
    steps.open_round(page)
    expect(page.get_by_text("2 rencontres, 2 personnes")).to_be_visible()


def test_two_copies_of_a_profile_both_send_and_each_record_is_there_once(
    outing: Server, browse: Browse, tmp_path: Path
) -> None:
    shutil.copytree(tmp_path / "profiles" / "Awa", tmp_path / "profiles" / "copy", symlinks=True)
    copies = [association.on_patrol(browse, outing, name) for name in ("Awa", "copy")]
    before = encounters_at(outing)
    outing.kill()
    for page in copies:
        steps.record_someone_without_name(page)
    outing.start()
    for page in (*copies, *copies):
        steps.take_up(page)
        steps.try_now(page)
        steps.is_up_to_date(page)
    assert encounters_at(outing) == before + 2
    for page in copies:
        steps.open_round(page)
        expect(page.get_by_text("2 rencontres, 2 personnes")).to_be_visible()
