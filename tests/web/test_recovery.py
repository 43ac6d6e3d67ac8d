"""Every device is lost: two of the three papers, typed in a new browser, open the association again."""

import re
import sqlite3
from collections import Counter
from pathlib import Path

import pytest
import shamir_mnemonic  # type: ignore[import-untyped]
from playwright.sync_api import BrowserContext, Page, expect

from server.settings import DATABASE
from tests.security.canaries import leaks
from tests.web import office, papers, steps, thief
from tests.web.association import Association, at_the_desk
from tests.web.browsing import Browse
from tests.web.conftest import axe_violations, kill_browser
from tests.web.server import Server
from tests.web.test_every_screen import Look

PHONE = {"viewport": {"width": 390, "height": 844}, "color_scheme": "light"}
WHERE_A_BROWSER_WRITES = ("IndexedDB", "Local Storage", "Session Storage", "Sessions", "History*", "Web Data*")
"""What is written by hand lies nowhere else; the app's own copy and the cache hold the list of all words."""
NAMES_OF_THE_APP = {"failure", "recover"}
"""Words of the list that stand in what the app's own records are called, on every device that is in."""


@pytest.fixture
def papers_of_momo(founded: Association, team: Server, browse: Browse) -> list[str]:
    """The three papers of an association whose one device is lost, and was where Momo was met."""
    page = at_the_desk(browse, team)
    page.evaluate("location.hash = '#/patrol'")
    steps.open_patrol(page, "Stalingrad", "Awa")
    steps.record_someone_new(page, "Momo", items={"Kit crack": 1}, need="Un toit", note="Vu Momo", structure="Rotonde")
    steps.is_up_to_date(page)
    page.context.close()
    return founded.papers


def root_in(data: Path) -> str:
    """Return the name of the first op at the server, in the groups of a paper."""
    with sqlite3.connect(data / DATABASE) as database:
        ((root,),) = database.execute("SELECT op_id FROM op WHERE cursor = 1")
    return " ".join(re.findall("....", root.hex()))


def members(data: Path) -> dict[str, int]:
    """Return how many devices administer, and how many are members no longer."""
    with sqlite3.connect(data / DATABASE) as database:
        rows = database.execute("SELECT roles, worker IS NULL FROM member").fetchall()
    return Counter("papers" if is_recovery else "in" if roles else "out" for roles, is_recovery in rows)


def finds_momo(page: Page) -> None:
    steps.open_person(page, "Momo")
    expect(page.get_by_text("Vu Momo")).to_be_visible()


def words_in(profile: Path, written: list[str]) -> set[str]:
    """Return the words of papers that lie where a browser keeps what was written in it."""
    words = {word for paper in written for word in paper.split() if len(word) > 5}
    return {word for where in WHERE_A_BROWSER_WRITES for word, _ in leaks(words, profile, f"Default/{where}/**/*")} | {
        word for where in WHERE_A_BROWSER_WRITES for word, _ in leaks(words, profile, f"Default/{where}")
    }


@pytest.mark.timeout(300)
def test_two_papers_open_everything_again_and_the_lost_device_is_retired(
    team: Server, papers_of_momo: list[str], browse: Browse, tmp_path: Path
) -> None:
    """Papers 1 and 3, one typed by four letters and one pasted, on a phone; and no word of them is kept."""
    first, _, third = written = papers_of_momo
    context = browse("new", **PHONE)
    page = context.pages[0]
    papers.begin(page, team)
    papers.type_paper(page, first)
    papers.go_on(page)
    page.get_by_role("heading", name="Un autre papier de secours").wait_for()
    papers.paste_paper(page, third)
    papers.go_on(page)
    papers.choose(page, "Odile")
    assert papers.root_on(page) == root_in(team.data)
    assert members(team.data) == {"in": 1, "papers": 1}
    papers.same_root(page)
    papers.choose_code(page, steps.CODE)
    papers.retire_the_lost(page)
    assert members(team.data) == {"in": 2, "papers": 1}
    office.retire(page, "Odile")
    finds_momo(page)
    steps.is_up_to_date(page)
    assert members(team.data) == {"in": 1, "out": 1, "papers": 1}
    thief.finds_no_name_that_is_personal(page)
    page.reload()
    steps.come_back(page, team.origin)
    expect(page.get_by_role("heading", name="Vous administrez de nouveau")).to_have_count(0)
    _keeps_no_word(browse, context, team, tmp_path / "profiles", written)


def _keeps_no_word(browse: Browse, context: BrowserContext, run: Server, profiles: Path, written: list[str]) -> None:
    """Look for the words in the profile; the same search finds what is planted in it afterwards."""
    context.close()
    untouched = browse("untouched")
    untouched.pages[0].goto(run.origin)
    untouched.pages[0].get_by_role("button", name="Tous les appareils sont perdus").wait_for()
    untouched.close()
    of_the_browser = words_in(profiles / "untouched", written)
    assert words_in(profiles / "new", written) - of_the_browser - NAMES_OF_THE_APP == set()
    assert leaks([" ".join(paper.split()[:3]) for paper in written], profiles / "new") == []
    control = browse("new", **PHONE)
    thief.finds_what_was_planted_in_a_browser(control, run.origin, profiles / "new")


def test_a_browser_that_keeps_what_was_typed_would_be_found(server: Server, browse: Browse, tmp_path: Path) -> None:
    """The control of the search for single words: a form without its care, left as it was typed."""
    seed = shamir_mnemonic.generate_mnemonics(1, [(2, 3)], bytes(32))[0]
    context = browse("careless")
    page = context.pages[0]
    page.goto(f"{server.origin}/manifest.webmanifest")
    page.evaluate("for (let n = 0; n < 33; n += 1) document.body.append(document.createElement('input'))")
    for field, word in zip(page.get_by_role("textbox").all(), seed[0].split(), strict=True):
        field.press_sequentially(word)
    page.goto(server.origin)
    page.get_by_role("button", name="Tous les appareils sont perdus").wait_for()
    context.close()
    assert len(words_in(tmp_path / "profiles" / "careless", seed[:1])) > 5


@pytest.mark.timeout(240)
def test_bad_papers_are_told_apart_and_what_was_typed_stays(founded: Association, team: Server, browse: Browse) -> None:
    first, second, _ = founded.papers
    page = browse("new", **PHONE).pages[0]
    papers.begin(page, team)
    papers.paste_paper(page, first)
    papers.write_word(page, 7, "momo")
    expect(page.get_by_role("status").filter(has_text="Le mot 7 n’est pas dans la liste")).to_be_visible()
    papers.go_on(page)
    expect(page.get_by_label("Mot 7", exact=True)).to_be_focused()
    words = first.split()
    papers.write_word(page, 7, "acad" if words[6] != "academic" else "acid")
    papers.go_on(page)
    expect(page.get_by_role("alert")).to_contain_text("un au moins n’est pas celui de ce papier")
    papers.write_word(page, 7, words[6][:4])
    papers.go_on(page)
    page.get_by_role("heading", name="Un autre papier de secours").wait_for()
    papers.paste_paper(page, first)
    papers.go_on(page)
    expect(page.get_by_role("alert")).to_contain_text("C’est deux fois le même papier")
    elsewhere, other = shamir_mnemonic.generate_mnemonics(1, [(2, 3)], bytes(range(32)))[0][:2]
    papers.paste_paper(page, other)
    papers.go_on(page)
    expect(page.get_by_role("alert")).to_contain_text("n’ont pas été faits ensemble")
    page.get_by_role("button", name="Premier papier").click()
    papers.paste_paper(page, elsewhere)
    papers.go_on(page)
    page.get_by_role("heading", name="Un autre papier de secours").wait_for()
    papers.go_on(page)
    expect(page.get_by_role("alert")).to_contain_text("Ce serveur ne connaît pas ces papiers")
    team.kill()
    papers.paste_paper(page, second)
    page.get_by_role("button", name="Premier papier").click()
    papers.paste_paper(page, first)
    papers.go_on(page)
    page.get_by_role("heading", name="Un autre papier de secours").wait_for()
    papers.go_on(page)
    expect(page.get_by_role("alert")).to_contain_text("Le serveur n’a pas répondu")
    team.start()
    expect(page.get_by_label("Mot 33", exact=True)).to_have_value(second.split()[-1])
    papers.go_on(page)
    page.get_by_role("heading", name="Qui êtes-vous").wait_for()
    page.get_by_role("button", name="Annuler").click()
    page.get_by_role("button", name="Tous les appareils sont perdus").click()
    expect(page.get_by_label("Mot 1", exact=True)).to_have_value("")


@pytest.mark.timeout(240)
def test_a_browser_killed_after_the_code_goes_on_by_itself(
    team: Server, papers_of_momo: list[str], browse: Browse, tmp_path: Path
) -> None:
    """The server is dead when the code is chosen, and so is the browser a moment later; somebody new comes back."""
    first, second, _ = papers_of_momo
    context = browse("new")
    page = context.pages[0]
    papers.begin(page, team)
    papers.give(page, second, first)
    page.get_by_role("button", name="Je ne suis pas dans la liste").click()
    page.get_by_label("Prénom", exact=True).fill("Nadia")
    papers.go_on(page)
    papers.same_root(page)
    team.kill()
    papers.choose_code(page, steps.CODE)
    page.get_by_role("heading", name="Ouverture de vos dossiers").wait_for()
    expect(page.get_by_text("Dès que le serveur a répondu, vous entrez")).to_be_visible()
    kill_browser(context, tmp_path / "profiles" / "new")
    team.start()
    assert members(team.data) == {"in": 1, "papers": 1}
    page = browse("new").pages[0]
    page.goto(team.origin)
    page.get_by_text("Code de").wait_for()
    page.keyboard.type(steps.CODE)
    page.keyboard.press("Enter")
    papers.retire_the_lost(page)
    expect(page.get_by_role("region", name="Nadia")).to_contain_text("Administration")
    finds_momo(page)
    assert members(team.data) == {"in": 2, "papers": 1}


@pytest.mark.timeout(240)
def test_no_step_of_it_shuts_anybody_out(founded: Association, team: Server, browse: Browse) -> None:
    first, second, _ = founded.papers
    page = browse("new", reduced_motion="reduce").pages[0]
    look = Look(page, "fr", ("light", "dark", "light"))
    papers.begin(page, team)
    papers.write_word(page, 7, "momo")
    look.look("papers")
    papers.give(page, first, second)
    look.look("who")
    page.get_by_role("button", name="Je ne suis pas dans la liste").click()
    look.look("somebody new")
    page.get_by_role("button", name="Revoir la liste").click()
    papers.choose(page, "Awa")
    page.get_by_role("button", name="Retour").click()
    papers.choose(page, "Odile")
    look.look("root")
    page.get_by_role("button", name="Elle diffère").click()
    expect(page.get_by_role("alert")).to_contain_text("ce n’est pas le journal de votre association")
    look.look("another root")
    page.get_by_role("button", name="Comparer encore").click()
    papers.same_root(page)
    papers.choose_code(page, steps.CODE)
    page.get_by_role("heading", name="Vous administrez de nouveau l’association").wait_for(timeout=30_000)
    look.look("what to do next")
    page.get_by_role("button", name="Plus tard").click()
    expect(page.get_by_role("button", name="Verrouiller")).to_be_visible()
    assert axe_violations(page) == []
    assert look.faults == [], "\n".join(look.faults)
