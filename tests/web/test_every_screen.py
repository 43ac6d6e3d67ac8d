"""Every screen of the app in both languages, both themes and three widths: WCAG, nothing clipped, room for a finger."""

import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Error, Page, expect

from tests.web import carried, steps
from tests.web.browsing import Browse
from tests.web.conftest import axe_violations
from tests.web.server import DemoServer

LAYOUT = (Path(__file__).parent / "layout.js").read_text()
SHOW = """theme => new Promise((shown) => {
  document.documentElement.dataset.theme = theme;
  requestAnimationFrame(() => requestAnimationFrame(shown));
})"""
PATROL_PX, DESK_PX, DESK_WIDTH = 48, 44, 1200
BAG = "Sac vert"
WIDTHS = (390, 800, 1280)
WORDS = {
    "fr": {
        "show": "Montrer ma demande",
        "read": "Lire le texte",
        "differ": "Elles diffèrent",
        "same": "Les mêmes lettres",
        "choose": "Choisissez un code",
        "again": "Le même code, encore une fois",
        "lock": "Verrouiller",
        "code": "Code de",
        "anonymous": "Anonyme, 1 kit",
        "save": "Enregistrer",
        "same as": "C’est la même personne que",
        "one": "C’est la même personne$",
        "part": "Ce n’est pas la même personne",
        "count": "Je compte le sac",
        "fewer": "Pipe, un de moins",
        "age": "Âge$",
        "zone": "^Zone",
        "correct": "^Corriger$",
        "write": "Écrire la correction",
        "close": "^Fermer",
        "Stalingrad": "^Corriger Stalingrad$",
        "outline": "Ou collez le texte GeoJSON",
        "consents": "Revoir avec",
        "history": "Qui a noté quoi.*Âge",
        "pursuit": "Ajouter une demande ou une démarche",
        "task": "Ajouter une tâche",
        "leave": "Sortir de la file active",
        "recognise": "Déjà rencontrée sans nom",
        "card": "Scanner une carte",
        "observe": "^Observer$",
        "seen": "Personnes vues, 20 de plus",
        "void": "Annuler l’observation",
    },
    "en": {
        "show": "Show my request",
        "read": "Read the text",
        "differ": "They differ",
        "same": "The same letters",
        "choose": "Choose a code",
        "again": "The same code, once more",
        "lock": "Lock",
        "code": "Code of",
        "anonymous": "Anonymous, 1 kit",
        "save": "Save",
        "same as": "This is the same person as",
        "one": "It is the same person$",
        "part": "Not the same person",
        "count": "I count the bag",
        "fewer": "Pipe, one fewer",
        "age": "Age$",
        "zone": "^Zone",
        "correct": "^Correct$",
        "write": "Write the correction",
        "close": "^Close",
        "Stalingrad": "^Correct Stalingrad$",
        "outline": "Or paste the GeoJSON text",
        "consents": "Go over it with",
        "history": "Who noted what.*Age",
        "pursuit": "Add a request or a procedure",
        "task": "Add a task",
        "leave": "Take off the active list",
        "recognise": "Met before without a name",
        "card": "Scan a card",
        "observe": "^Observe$",
        "seen": "People seen, 20 more",
        "void": "Void the observation",
    },
}


@dataclass
class Look:
    """One browser's page in one language, and what was found wrong on the screens looked at."""

    page: Page
    language: str
    themes: tuple[str, ...]
    """The theme at each width: over two languages each theme meets each width, each language and each theme."""
    faults: list[str] = field(default_factory=list)
    screens: set[str] = field(default_factory=set)

    def say(self, key: str) -> re.Pattern[str]:
        return re.compile(WORDS[self.language][key])

    def look(self, screen: str) -> None:
        self.screens.add(screen)
        self.page.keyboard.press("Shift")  # a touch: it does not lock itself meanwhile
        for width, theme in zip(WIDTHS, self.themes, strict=True):
            self.page.set_viewport_size({"width": width, "height": 900})
            self.page.evaluate(SHOW, theme)
            is_desk = width >= DESK_WIDTH
            expect(self.page.locator("html[data-density=desk]")).to_have_count(int(is_desk))
            found = self.page.evaluate(LAYOUT, DESK_PX if is_desk else PATROL_PX)
            where = f"{screen} {self.language} {theme} {width}"
            self.faults += [f"{where}: {fault}" for fault in [*found, *axe_violations(self.page)]]

    def go(self, address: str) -> None:
        """Show a screen of the open app without loading it anew."""
        self.page.evaluate("hash => { location.hash = hash }", f"#/{address}")
        self.page.locator("h1").first.wait_for()
        expect(self.page.locator("main")).to_have_count(1)

    def join(self, link: str) -> None:
        self.page.goto(link.split("#", maxsplit=1)[0])
        self.page.get_by_role("heading", level=1).wait_for()
        self.look("welcome")
        self.page.get_by_role("button", name=self.say("show")).click()
        self.page.get_by_role("img").wait_for()
        self.look("join: request")
        self.page.goto("about:blank")
        self.page.goto(link)
        same = self.page.get_by_role("button", name=self.say("same"))
        same.wait_for()
        self.look("join: letters")
        same.click()
        for key in ("choose", "again"):
            self.page.get_by_role("heading", name=self.say(key)).wait_for()
            self.look(f"join: {key}")
            self.page.keyboard.type(steps.CODE)
            self.page.keyboard.press("Enter")
        expect(self.page.get_by_role("button", name=self.say("lock"))).to_be_visible(timeout=30_000)

    def take_up(self) -> None:
        """Go on after others were looked at: it may have locked itself meanwhile."""
        lock, code = self.page.get_by_role("button", name=self.say("lock")), self.page.get_by_text(self.say("code"))
        lock.or_(code).first.wait_for()
        if code.is_visible():
            steps.enter_code(self.page)
            lock.wait_for()

    def write_without_name(self) -> None:
        self.go("patrol")
        self.page.get_by_role("button", name=self.say("anonymous")).click()
        self.page.get_by_role("button", name=self.say("age")).click()
        self.look("encounter, nobody named")
        self.page.get_by_role("button", name=self.say("zone")).click()
        self.page.get_by_role("dialog").wait_for()
        self.look("encounter: where")
        self.page.keyboard.press("Escape")
        self.page.get_by_role("button", name=self.say("save")).click()
        self.page.get_by_role("heading", level=1).wait_for()

    def observe(self) -> None:
        """Begin an observation, find it again as a draft, save it, and ask to take it back."""
        self.go("patrol")
        self.page.get_by_role("button", name=self.say("observe")).click()
        self.page.get_by_role("button", name=self.say("seen")).click()
        self.look("observation: the sheet")
        self.go("patrol")
        self.look("patrol, an observation kept")
        self.go("observe")
        self.page.get_by_role("button", name=self.say("save")).click()
        expect(self.page).to_have_url(re.compile("#/patrol$"))
        self.go("round")
        self.page.locator("main a[href^='#/observation/']").first.click()
        void = self.page.get_by_role("button", name=self.say("void"))
        void.wait_for()
        self.look("observation")
        void.click()
        self.page.get_by_role("dialog").wait_for()
        self.look("observation: to take it back")
        self.page.keyboard.press("Escape")

    def same_person(self, address: str, other: str) -> None:
        """Make one of two people, every step of it, and ask to part them again."""
        self.go(address)
        self.page.get_by_role("button", name=self.say("same as")).click()
        sheet = self.page.get_by_role("dialog")
        sheet.get_by_role("button", name=other).wait_for()
        self.look("same person: who")
        sheet.get_by_role("button", name=other).click()
        sheet.get_by_role("button", name=self.say("one")).wait_for()
        self.look("same person: what it does")
        sheet.get_by_role("button", name=self.say("one")).click()
        part = self.page.get_by_role("button", name=self.say("part")).first
        part.wait_for()
        self.look("person, two records")
        part.click()
        self.look("same person: to part")
        self.page.keyboard.press("Escape")

    def sheets_of_person(self, address: str) -> None:
        """Open what a person's page leads to, one after the other."""
        self.go(address)
        for key in ("consents", "history", "pursuit", "task", "leave", "recognise"):
            self.open_sheet(key)
        self.go("people")
        self.open_sheet("card")

    def open_sheet(self, key: str) -> None:
        self.page.get_by_role("button", name=self.say(key)).click()
        self.page.get_by_role("dialog").wait_for()
        self.look(f"sheet: {key}")
        self.page.keyboard.press("Escape")
        expect(self.page.get_by_role("dialog")).to_have_count(0)

    def correct(self, address: str) -> None:
        """Begin to correct an encounter, try to write it with nothing changed, and let go of it."""
        self.go(address)
        self.page.get_by_role("button", name=self.say("correct")).click()
        self.page.get_by_role("button", name=self.say("write")).click()
        self.page.get_by_role("alert").wait_for()
        self.look("correction")
        self.page.get_by_role("button", name=self.say("close")).click()
        self.page.get_by_role("button", name=self.say("correct")).wait_for()

    def count_the_bag(self, address: str) -> None:
        """Begin to close the round, with a pipe missing; look into the bag before."""
        self.go("patrol")
        self.page.get_by_role("button", name=BAG).click()
        self.page.get_by_role("dialog").wait_for()
        self.look("bag")
        self.page.keyboard.press("Escape")
        self.go(address)
        self.page.get_by_role("button", name=self.say("count")).click()
        self.page.get_by_role("button", name=self.say("fewer")).click()
        self.look("close")

    def correct_zone(self) -> None:
        """Give a zone what is no outline, and save it as it was."""
        self.page.get_by_role("button", name=self.say("Stalingrad")).click()
        sheet = self.page.get_by_role("dialog")
        sheet.get_by_label(self.say("outline")).fill("Stalingrad")
        sheet.get_by_role("alert").wait_for()
        self.look("association: a zone")
        sheet.get_by_role("button", name=self.say("save")).click()
        expect(sheet).to_have_count(0)

    def read_the_report(self, address: str) -> None:
        """Read the report with a list of it open."""
        self.go(address)
        self.page.locator("summary").first.click()
        self.look("report")

    def lock(self) -> None:
        self.page.get_by_role("button", name=self.say("lock")).click()
        self.page.get_by_role("heading", level=1).wait_for()
        self.look("unlock")

    def draft_with(self, alias: str) -> None:
        self.go("patrol")
        self.page.get_by_role("main").get_by_role("button", name=alias).first.click()
        self.page.wait_for_function("location.hash.startsWith('#/encounter/')")

    @property
    def address(self) -> str:
        return self.page.url.split("#/")[-1]


def an_evening(page: Page) -> dict[str, str]:
    """Write an encounter with a referral; return the address of each screen that shows one thing."""
    steps.choose_round(page, "Stalingrad", "Inès")
    steps.pack_new_bag(page, BAG, {"Pipe": 2})
    steps.start_round(page)
    steps.record_someone_new(
        page, "Momo", items={"Kit crack": 1}, need="Un toit", note="Tousse beaucoup", structure="Hôtel ASSORE"
    )
    steps.record_someone_new(page, "Maumau", items={}, need="Un toit", note="", structure="Hôtel ASSORE")
    steps.try_now(page)
    steps.open_round(page)
    report = page.get_by_role("link", name="Compte rendu jusqu’ici").get_attribute("href") or ""
    steps.open_encounter(page, "Momo")
    met = page.url.split("#/")[-1]
    steps.open_person(page, "Momo")
    person = page.url.split("#/")[-1]
    referral = page.locator("main a[href^='#/queue/']").first.get_attribute("href") or ""
    return {
        "met": met,
        "person": person,
        "refer": person.replace("person", "refer"),
        "referral": referral.removeprefix("#/"),
        "report": report.removeprefix("#/"),
    }


def reads_health_file(ines: Look) -> None:
    """Wait until the demo's nurse has given access: the screens then show what only health workers read."""
    for _ in range(5):
        ines.go("unsent")
        ines.page.get_by_role("button", name="Try").click()
        expect(ines.page.get_by_role("button", name="Try")).to_be_enabled()
        ines.go("more")
        with suppress(Error):
            ines.page.get_by_role("heading", name="Health file").wait_for(timeout=2_000)
            return
    raise AssertionError("the nurse's device was not given access")


def look_at_all(look: Look, addresses: dict[str, str]) -> None:
    look.take_up()
    look.write_without_name()
    look.observe()
    listed = (
        *("patrol", "round", "people", "bin", "queue", "conflicts", "duplicates", "unsent", "more", "rounds"),
        *("cards", "notices"),
    )
    for name in listed:
        look.go(name)
        look.look(name)
    for name in ("met", "person", "refer", "referral"):
        look.go(addresses[name])
        look.look(name)
    look.sheets_of_person(addresses["person"])
    look.correct(addresses["met"])
    look.read_the_report(addresses["report"])
    look.count_the_bag(addresses["report"].replace("report", "close"))
    look.draft_with("Momo")
    look.look("encounter")
    look.same_person(addresses["person"], "Maumau")
    look.go("patrol")
    look.look("patrol, a draft kept")
    look.lock()


SCREENS = {
    *("welcome", "join: request", "join: letters", "join: choose", "join: again", "unlock"),
    *("patrol", "patrol, a draft kept", "round", "encounter", "encounter, nobody named", "met"),
    *("people", "person", "refer", "queue", "referral", "conflicts", "unsent", "more"),
    *("duplicates", "person, two records", "encounter: where", "correction"),
    *("rounds", "report", "bag", "close", "bin", "cards", "notices"),
    *(f"sheet: {key}" for key in ("consents", "history", "pursuit", "task", "leave", "recognise", "card")),
    *("observation: the sheet", "patrol, an observation kept", "observation", "observation: to take it back"),
    *("same person: who", "same person: what it does", "same person: to part"),
}


@pytest.mark.timeout(400)
def test_no_screen_breaks_wcag_clips_a_word_or_is_too_small_for_a_finger(run: DemoServer, browse: Browse) -> None:
    awa = Look(browse("awa", reduced_motion="reduce").pages[0], "fr", ("dark", "light", "dark"))
    ines = Look(browse("ines", locale="en-GB", reduced_motion="reduce").pages[0], "en", ("light", "dark", "light"))
    awa.join(run.links["Awa"])
    addresses = an_evening(awa.page)
    ines.join(run.links["Inès"])
    reads_health_file(ines)
    run.kill()
    for look in (awa, ines):
        look_at_all(look, addresses)
    faults = awa.faults + ines.faults
    assert faults == [], "\n".join(faults)
    assert awa.screens == ines.screens == SCREENS


def in_both_languages(page: Page, screens: Callable[[Look], None]) -> Look:
    """Look at screens in French, and then in English with the other themes."""
    french = Look(page, "fr", ("dark", "light", "dark"))
    screens(french)
    french.go("more")
    page.get_by_role("button", name="English").click()
    english = Look(page, "en", ("light", "dark", "light"), french.faults)
    screens(english)
    assert english.screens == french.screens
    english.go("more")
    page.get_by_role("button", name="Français").click()
    return english


def retire_all(page: Page, name: str) -> None:
    """Retire every device of a worker, of whom the demo may have some."""
    card = page.get_by_role("region", name=name)
    ask = card.get_by_role("button", name=re.compile("^Retirer cet appareil"))
    ask.first.wait_for()  # before the screen is there, nobody has any
    while ask.count():
        before = ask.count()
        ask.first.click()
        page.get_by_role("dialog").get_by_role("button", name="Retirer cet appareil").click()
        expect(ask).to_have_count(before - 1)


@pytest.mark.timeout(300)
def test_no_screen_of_who_administers_or_was_retired_does_either(run: DemoServer, browse: Browse) -> None:
    awa = steps.join(browse("awa", reduced_motion="reduce"), run.links["Awa"])
    steps.open_patrol(awa, "Stalingrad", "Inès")
    odile = steps.join(browse("odile", reduced_motion="reduce"), run.links["Odile"])

    def association(look: Look) -> None:
        look.go("association")
        look.look("association")
        look.correct_zone()
        look.page.get_by_role("button", name=re.compile("^(Retirer cet appareil|Remove this device)")).first.click()
        look.page.get_by_role("dialog").wait_for()
        look.look("association: what retiring does")
        look.page.keyboard.press("Escape")
        look.page.get_by_role("button", name=re.compile("^(Ajouter un appareil|Add a device)")).first.click()
        look.page.get_by_role("dialog").wait_for()
        look.look("association: how a device is added")
        look.page.get_by_role("dialog").get_by_role("textbox").fill(carried.some_request())
        look.page.get_by_role("button", name=look.say("read")).click()
        look.page.get_by_role("img").wait_for()
        look.look("association: an answer")
        look.page.get_by_role("button", name=look.say("differ")).click()
        expect(look.page.get_by_role("img")).to_have_count(0)

    def opening(look: Look) -> None:
        look.go("patrol")
        look.look("opening")

    def association_after(look: Look) -> None:
        look.go("association")
        look.look("association, retired")

    faults = in_both_languages(odile, association).faults
    faults += in_both_languages(odile, opening).faults
    steps.try_now(odile)
    odile.evaluate("location.hash = '#/association'")
    retire_all(odile, "Awa")
    faults += in_both_languages(odile, association_after).faults
    steps.try_now(odile)
    odile.evaluate("location.hash = '#/unsent'")
    steps.is_up_to_date(odile)  # or Awa's tablet would learn of it only with its next attempt

    steps.record_someone_without_name(awa)
    steps.try_now(awa)
    awa.get_by_role("alert").wait_for()

    def retired(look: Look) -> None:
        for name in ("patrol", "unsent", "more"):
            look.go(name)
            look.look(f"{name}, retired")

    faults += in_both_languages(awa, retired).faults
    locked = Look(awa, "fr", ("light", "dark", "light"), faults)
    locked.go("patrol")
    locked.lock()
    expect(awa.get_by_text("Cet appareil a été retiré de l’association")).to_be_visible()
    assert faults == [], "\n".join(faults)


PLANTED = """<!doctype html><html lang="en"><title>Planted</title><main><h1>Planted</h1>
<img src="data:,"><p style="width: 40px; overflow: hidden; white-space: nowrap">A long text</p>
<button style="width: 20px; height: 20px; padding: 0">x</button><p>A <a href="#">link</a> of a text</p></main>"""


def test_what_is_planted_is_found(browse: Browse) -> None:
    """The control: an image without a word for it, a text cut off, a button too small, and nothing else."""
    page = browse().pages[0]
    page.set_content(PLANTED)
    assert [fault.split(":")[0] for fault in axe_violations(page)] == ["image-alt"]
    assert [fault.split(" ")[0] for fault in page.evaluate(LAYOUT, PATROL_PX)] == ["clipped:", "small:"]
    page.set_content("<main style='width: 2000px'>Wide</main>")
    assert any(fault.startswith("wider") for fault in page.evaluate(LAYOUT, PATROL_PX))
