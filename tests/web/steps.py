"""What people do on the screens, each gesture as they would tell it. Screens are in French."""

import re

from playwright.sync_api import BrowserContext, Locator, Page, expect

CODE = "251425"
SYNC_MS = 90_000
"""A tablet that is up to date asks again after a minute; one that failed waits longer each time."""


def join(context: BrowserContext, link: str) -> Page:
    """Open a join link, compare the letters, choose a code."""
    page = compare_letters(context, link)
    choose_code(page)
    return page


def compare_letters(context: BrowserContext, link: str) -> Page:
    """Open a join link and find the same letters there."""
    page = context.pages[0]
    page.goto(link)
    page.get_by_role("button", name="Les mêmes lettres").click()
    assert "#" not in page.url
    return page


def choose_code(page: Page) -> None:
    """Choose a code, say it twice, and wait until the device is in."""
    say_code_twice(page)
    expect(page.get_by_role("button", name="Verrouiller")).to_be_visible(timeout=30_000)


def say_code_twice(page: Page) -> None:
    """Choose a code, say it twice, and do not wait for what comes of it."""
    for heading in ("Choisissez un code", "Le même code, encore une fois"):
        page.get_by_role("heading", name=heading).wait_for()
        page.keyboard.type(CODE)
        page.keyboard.press("Enter")


def come_back(page: Page, origin: str) -> None:
    """Open the app again and give one's code."""
    page.goto(origin)
    page.get_by_text("Code de").wait_for()
    _give_code(page)


def take_up(page: Page) -> None:
    """Go on with a device that lay there for a while, and may have locked itself."""
    lock, code = page.get_by_role("button", name="Verrouiller"), page.get_by_text("Code de")
    lock.or_(code).first.wait_for()
    if code.is_visible():
        _give_code(page)
    page.keyboard.press("Shift")  # a touch: the time until it locks itself starts again


def enter_code(page: Page) -> None:
    """Type one's code on the locked screen, and do not wait for what comes of it."""
    page.keyboard.type(CODE)
    page.keyboard.press("Enter")


def _give_code(page: Page) -> None:
    enter_code(page)
    page.get_by_role("button", name="Verrouiller").wait_for()


def try_now(page: Page) -> None:
    """Push and pull now instead of within the minute."""
    page.get_by_role("link", name=re.compile("À jour|Hors ligne|sur la tablette|^retiré")).first.click()
    page.get_by_role("button", name="Essayer").click()
    expect(page.get_by_role("button", name="Essayer")).to_be_enabled()


def is_up_to_date(page: Page) -> None:
    """Wait until everything is on the server, whenever the device finds the time."""
    expect(page.get_by_text(re.compile("À jour")).first).to_be_visible(timeout=SYNC_MS)


def open_patrol(page: Page, zone: str, colleague: str) -> None:
    choose_round(page, zone, colleague)
    start_round(page)


def choose_round(page: Page, zone: str, colleague: str) -> None:
    """Say where a round goes, and with whom."""
    page.get_by_role("button", name=zone).click()
    page.get_by_role("button", name=re.compile(colleague)).click()


def pack_new_bag(page: Page, bag: str, items: dict[str, int]) -> None:
    """Create a bag where a round is opened, and put something into it."""
    page.get_by_role("button", name="Nouveau sac").click()
    page.get_by_role("textbox", name="Nom du sac").fill(bag)
    page.keyboard.press("Enter")
    page.get_by_role("button", name=f"Charger\u00a0: {bag}").click()
    for item, count in items.items():
        for _ in range(count):
            page.get_by_role("dialog").get_by_role("button", name=f"{item}, un de plus", exact=True).click()
    page.get_by_role("dialog").get_by_role("button", name="C’est tout").click()


def start_round(page: Page) -> None:
    page.get_by_role("button", name="Ouvrir la maraude").click()
    page.get_by_role("button", name="Nouvelle rencontre").wait_for()


def record_someone_new(page: Page, alias: str, *, items: dict[str, int], need: str, note: str, structure: str) -> None:
    """Record a full encounter with one person who is named for the first time, and refer them."""
    page.get_by_role("button", name="Nouvelle rencontre").click()
    name_someone_new(page, alias)
    for item, count in items.items():
        count_up(page, item, count)
    page.get_by_role("button", name=need).first.click()
    page.get_by_role("textbox", name=re.compile("^Note( pour toute l’équipe)?$")).fill(note)
    where = page.get_by_role("button", name=re.compile(structure))
    if not where.count():
        page.get_by_role("button", name="Ailleurs").click()
    where.click()
    page.get_by_role("button", name="Accord oral").click()
    save(page)


def name_someone_new(page: Page, alias: str) -> None:
    """Add somebody to the encounter on the screen who is named for the first time."""
    page.get_by_role("button", name="Quelqu’un").click()
    page.get_by_role("searchbox").last.fill(alias)
    page.get_by_role("button", name=re.compile("Créer")).click()


def count_up(page: Page, what: str, count: int) -> None:
    for _ in range(count):
        page.get_by_role("button", name=f"{what}, un de plus", exact=True).click()


def count_down(page: Page, what: str, count: int) -> None:
    for _ in range(count):
        page.get_by_role("button", name=f"{what}, un de moins", exact=True).click()


def find_my_zone(page: Page, zone: str) -> None:
    """Let the tablet say in which zone the encounter on the screen is."""
    page.get_by_role("button", name=re.compile("^Zone")).click()
    page.get_by_role("dialog").get_by_role("button", name="Trouver ma zone").click()
    expect(page.get_by_role("button", name=re.compile("^Zone"))).to_contain_text(zone)


def record_someone_without_name(page: Page) -> None:
    """Record one person and one kit: the two-tap path."""
    page.get_by_role("button", name=re.compile("Anonyme, 1 kit")).click()
    save(page)


def save(page: Page) -> None:
    page.get_by_role("button", name="Enregistrer").click()
    page.get_by_text("Enregistré sur cette tablette").wait_for()


def open_round(page: Page) -> None:
    """Show the list of the patrol's encounters."""
    page.get_by_role("link", name="Maraude", exact=True).click()
    page.get_by_role("link", name=re.compile(r"\d rencontres?, \d personnes?")).click()


def open_encounter(page: Page, who: str) -> None:
    open_round(page)
    page.get_by_role("main").get_by_role("link", name=re.compile(who)).click()


def amend_item(page: Page, item: str, *, fewer: int, reason: str) -> None:
    """Correct a count of the encounter on the screen, and say why."""
    page.get_by_role("button", name="Corriger", exact=True).click()
    count_down(page, item, fewer)
    page.get_by_role("textbox", name="Pourquoi").fill(reason)
    write_correction(page)


def write_correction(page: Page) -> None:
    page.get_by_role("button", name="Écrire la correction").click()
    page.get_by_text("Correction enregistrée sur cette tablette").wait_for()


def open_person(page: Page, alias: str) -> None:
    page.get_by_role("link", name="Personnes", exact=True).click()
    page.get_by_role("searchbox").fill(alias)
    page.get_by_role("main").get_by_role("button", name=re.compile(alias)).first.click()
    page.get_by_role("heading", name=alias, level=1).wait_for()


def write_text(page: Page, label: str, words: str) -> None:
    """Write a text field of the person on the screen."""
    page.get_by_role("button", name=re.compile(f"^{label}")).click()
    sheet = page.get_by_role("dialog")
    sheet.get_by_role("textbox", name=label).fill(words)
    sheet.get_by_role("button", name="Enregistrer").click()
    expect(page.get_by_role("button", name=re.compile(f"^{label}"))).to_contain_text(words)


def write_code(page: Page, label: str, choice: str) -> None:
    """Choose the answer of a field that the statistics read, with the person's spoken consent."""
    page.get_by_role("button", name=re.compile(f"^{label}")).click()
    sheet = page.get_by_role("dialog")
    sheet.get_by_role("button", name=choice, exact=True).click()
    sheet.get_by_role("button", name="Accord oral").click()
    sheet.get_by_role("button", name="Enregistrer").click()
    expect(page.get_by_role("button", name=re.compile(f"^{label}"))).to_contain_text(choice)


def people_found(page: Page, words: str) -> Locator:
    """Return the people that the search finds."""
    page.get_by_role("link", name="Personnes", exact=True).click()
    page.get_by_role("searchbox").fill(words)
    page.get_by_text(re.compile("personnes? trouvées?")).wait_for()
    return page.get_by_role("main").get_by_role("listitem").get_by_role("button")


def join_with(page: Page, other: str) -> None:
    """Say that the person on the screen is somebody else who is known."""
    page.get_by_role("button", name="C’est la même personne que").click()
    sheet = page.get_by_role("dialog")
    sheet.get_by_role("searchbox").fill(other)
    sheet.get_by_role("listitem").get_by_role("button", name=re.compile(other)).click()
    sheet.get_by_role("button", name="C’est la même personne").click()
    page.get_by_text(re.compile("Une personne, \\d fiches")).wait_for()


def part_from(page: Page, record: str) -> None:
    """Say that one of the records of the person on the screen is somebody else's."""
    of_record = page.get_by_role("listitem").filter(has_text="Réunis par").filter(has_text=record)
    of_record.get_by_role("button", name="Ce n’est pas la même personne").click()
    page.get_by_role("dialog").get_by_role("button", name="Séparer").click()
    page.get_by_text(f"{record} est de nouveau à part").wait_for()
