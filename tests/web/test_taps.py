"""How many taps a patrol's tasks take, counted where the browser itself says that a finger was lifted.

Each begins at the patrol's home and ends with the saved record, without a network. What is typed is no tap, nor is the
key of the keyboard that ends it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Locator, Page, Playwright, expect

from tests.web import steps
from tests.web.association import Association
from tests.web.browsing import browsing

COUNT_TAPS = """() => {
  window.taps = 0;
  addEventListener('pointerup', ({ isTrusted }) => { if (isTrusted) window.taps += 1; }, true);
}"""
ENCOUNTERS = re.compile(r"(\d+) rencontres?, \d+ personnes?")
ANONYMOUS = re.compile("Anonyme, 1 kit")


@dataclass
class Home:
    """A tablet at its patrol's home, and what has been tapped since."""

    page: Page

    def saved(self) -> int:
        """Return how many encounters the patrol has."""
        found = ENCOUNTERS.search(self.page.get_by_role("link", name=ENCOUNTERS).inner_text())
        assert found is not None
        return int(found[1])

    def taps(self) -> int:
        return int(self.page.evaluate("window.taps"))

    def tap(self, name: str | re.Pattern[str]) -> None:
        self.button(name).tap()

    def button(self, name: str | re.Pattern[str]) -> Locator:
        return self.page.get_by_role("button", name=name).first

    def one_is_saved(self, before: int) -> bool:
        """Tell whether one encounter more stands at the patrol's home, where the tablet is again."""
        expect(self.page.get_by_role("link", name=re.compile(f"^{before + 1} rencontres?,"))).to_be_visible()
        return self.saved() == before + 1


@pytest.fixture(scope="module")
def tablet(playwright: Playwright, gone_out: Association, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """Awa's tablet on its patrol, without a network; she has met Nadia."""
    folder = tmp_path_factory.mktemp("taps")
    with (
        gone_out.served(folder) as server,
        browsing(playwright, folder / "profiles") as browse,
    ):
        page = browse("Awa", has_touch=True).pages[0]
        page.add_init_script(f"({COUNT_TAPS})()")
        steps.come_back(page, server.origin)
        server.kill()
        page.get_by_role("searchbox").fill("Nadia")
        page.keyboard.press("Enter")
        steps.save(page)
        yield page


@pytest.fixture
def home(tablet: Page) -> Home:
    """The tablet at its patrol's home, with nothing tapped and no draft."""
    tablet.evaluate("location.hash = '#/patrol'")
    steps.take_up(tablet)
    made = Home(tablet)
    made.button("Nouvelle rencontre").wait_for()
    tablet.evaluate("window.taps = 0")
    return made


def test_an_encounter_with_one_known_person_takes_two_taps(home: Home) -> None:
    before = home.saved()
    home.tap(re.compile("Nadia"))
    home.tap("Enregistrer")
    assert (home.one_is_saved(before), home.taps()) == (True, 2)


def test_an_anonymous_encounter_with_one_kit_takes_two_taps(home: Home) -> None:
    before = home.saved()
    home.tap(ANONYMOUS)
    home.tap("Enregistrer")
    assert (home.one_is_saved(before), home.taps()) == (True, 2)


def test_a_known_person_by_name_with_two_kits_and_a_request_takes_three_letters_and_five_taps(home: Home) -> None:
    before = home.saved()
    home.page.get_by_role("searchbox").tap()
    home.page.keyboard.type("nad")
    expect(home.page.get_by_role("main").get_by_role("listitem")).to_have_count(1)
    home.page.keyboard.press("Enter")
    for _ in range(2):
        home.tap("Kit crack, un de plus")
    home.tap("Un toit")
    home.tap("Enregistrer")
    assert (home.one_is_saved(before), home.taps()) == (True, 5)


def test_a_new_person_inside_an_encounter_takes_one_tap_and_their_name(home: Home) -> None:
    before = home.saved()
    home.tap("Nouvelle rencontre")
    home.button("Quelqu’un").wait_for()
    opened = home.taps()
    home.tap("Quelqu’un")
    expect(home.page.get_by_role("dialog").get_by_role("searchbox")).to_be_focused()
    home.page.keyboard.type("Zoé")
    home.page.get_by_role("button", name=re.compile("Créer")).wait_for()
    home.page.keyboard.press("Enter")
    expect(home.button("Retirer Zoé")).to_be_visible()
    assert home.taps() == opened + 1
    home.tap("Enregistrer")
    assert home.one_is_saved(before)


def test_whoever_only_sounds_like_it_is_never_taken_for_them_by_the_enter_key(home: Home) -> None:
    """A name may be somebody new's: the key goes to those who are alike, and a second one chooses."""
    before = home.saved()
    home.page.get_by_role("searchbox").fill("Nadja")
    alike = home.page.get_by_role("main").get_by_role("button", name=re.compile("^Nadia"))
    alike.wait_for()
    home.page.keyboard.press("Enter")
    expect(alike).to_be_focused()
    assert home.saved() == before
    home.page.keyboard.press("Enter")
    home.tap("Enregistrer")
    assert home.one_is_saved(before)


def test_a_referral_from_an_encounter_takes_four_taps(home: Home) -> None:
    before = home.saved()
    home.tap(re.compile("Nadia"))
    home.tap(re.compile("Rotonde"))
    home.tap("Accord oral")
    home.tap("Enregistrer")
    assert (home.one_is_saved(before), home.taps()) == (True, 4)


def test_a_count_goes_up_by_one_a_tap_and_is_never_typed(home: Home) -> None:
    home.tap(ANONYMOUS)
    kits = home.page.get_by_role("group", name="Kit crack", exact=True)
    expect(kits.get_by_role("status")).to_have_text("1")
    for count in ("2", "3"):
        home.tap("Kit crack, un de plus")
        expect(kits.get_by_role("status")).to_have_text(count)
    assert home.page.locator("main input:not([type=checkbox]), main [contenteditable]").count() == 0
    home.tap("Enregistrer")
    home.button("Nouvelle rencontre").wait_for()


def test_the_same_as_last_time_takes_three_taps(home: Home) -> None:
    home.tap(ANONYMOUS)
    home.tap("Kit crack, un de plus")
    home.tap("Enregistrer")
    home.button("Nouvelle rencontre").wait_for()
    home.page.evaluate("window.taps = 0")
    before = home.saved()
    home.tap("Nouvelle rencontre")
    home.tap(re.compile("^Comme à .*1 sans nom, Kit crack × 2"))
    home.tap("Enregistrer")
    assert (home.one_is_saved(before), home.taps()) == (True, 3)


def test_what_says_that_it_was_saved_covers_nothing_that_is_tapped_next(home: Home) -> None:
    """With the pointer on it, it stays for as long as the tap is tried."""
    home.tap(ANONYMOUS)
    home.tap("Enregistrer")
    said = home.page.get_by_text("Enregistré sur cette tablette")

    def can_be_tapped(act: Locator) -> None:
        said.hover()
        act.tap(trial=True)
        expect(said).to_be_visible()

    home.page.get_by_role("link", name=ENCOUNTERS).tap()
    can_be_tapped(home.button("Terminer la maraude"))
    home.page.get_by_role("main").get_by_role("listitem").get_by_role("link").first.tap()
    can_be_tapped(home.button("Corriger"))
    home.page.get_by_role("link", name="Maraude", exact=True).tap()
    home.tap(re.compile("Nadia"))
    can_be_tapped(home.button(re.compile("Rotonde")))
    home.tap("Enregistrer")


def test_an_observation_with_a_count_and_a_mood_takes_five_taps(home: Home) -> None:
    before = home.saved()
    home.tap("Observer")
    for more in ("10", "5"):
        home.tap(f"Personnes vues, {more} de plus")
    home.tap("Tendu")
    home.tap("Enregistrer")
    home.button("Nouvelle rencontre").wait_for()
    taps = home.taps()
    assert (home.saved(), taps) == (before, 5)
    home.page.evaluate("location.hash = '#/round'")
    expect(home.page.get_by_role("link", name=re.compile("15 personnes vues"))).to_be_visible()


def test_one_tap_more_is_counted(home: Home) -> None:
    """The control of them all."""
    before = home.saved()
    home.tap(ANONYMOUS)
    home.tap("Kit crack, un de plus")
    home.tap("Enregistrer")
    assert (home.one_is_saved(before), home.taps()) == (True, 3)
