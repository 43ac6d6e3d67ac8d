"""What people do with rescue papers on the screens, in French: type them, say who they are, compare the root."""

import re

from playwright.sync_api import Page, expect

from tests.web.server import Server

_PASTE = """(field, text) => {
  const data = new DataTransfer();
  data.setData('text', text);
  field.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }));
}"""


def begin(page: Page, server: Server) -> None:
    """Open the app on a device that has joined nothing, and say that every device is lost."""
    page.goto(server.origin)
    page.get_by_role("button", name="Tous les appareils sont perdus").click()
    page.get_by_role("heading", name="Un premier papier de secours").wait_for()


def type_paper(page: Page, words: str) -> None:
    """Type four letters of each word and a space, from the first field on."""
    page.get_by_label("Mot 1", exact=True).focus()
    for word in words.split():
        page.keyboard.type(f"{word[:4]} ")
    expect(page.get_by_label("Mot 33", exact=True)).to_have_value(words.rsplit(maxsplit=1)[-1])


def paste_paper(page: Page, words: str) -> None:
    page.get_by_label("Mot 1", exact=True).evaluate(_PASTE, words)
    expect(page.get_by_label("Mot 33", exact=True)).to_have_value(words.rsplit(maxsplit=1)[-1])


def write_word(page: Page, number: int, word: str) -> None:
    field = page.get_by_label(f"Mot {number}", exact=True)
    field.fill(word)
    field.blur()


def go_on(page: Page) -> None:
    page.get_by_role("button", name="Continuer").click()


def give(page: Page, first: str, second: str) -> None:
    """Give two papers, and wait until the whole log is read."""
    paste_paper(page, first)
    go_on(page)
    page.get_by_role("heading", name="Un autre papier de secours").wait_for()
    paste_paper(page, second)
    go_on(page)
    page.get_by_role("heading", name="Qui êtes-vous").wait_for()


def choose(page: Page, name: str) -> None:
    page.get_by_role("main").get_by_role("button", name=re.compile(name)).click()
    page.get_by_role("heading", name="La même racine que sur un papier").wait_for()


def root_on(page: Page) -> str:
    """Return the root that a page shows, as the groups stand on the paper."""
    groups = page.get_by_role("group", name="Racine du journal").inner_text().split()
    assert [len(group) for group in groups] == [4] * 16
    return " ".join(groups)


def same_root(page: Page) -> None:
    page.get_by_role("button", name="La même racine").click()


def choose_code(page: Page, code: str) -> None:
    for heading in ("Choisissez un code", "Le même code, encore une fois"):
        page.get_by_role("heading", name=heading).wait_for()
        page.keyboard.type(code)
        page.keyboard.press("Enter")


def retire_the_lost(page: Page) -> None:
    """Read what to do next, and go where it is done."""
    page.get_by_role("heading", name="Vous administrez de nouveau l’association").wait_for(timeout=30_000)
    expect(page.get_by_text("Vos trois papiers restent valables")).to_be_visible()
    page.get_by_role("button", name="Retirer les appareils perdus").click()
    page.get_by_role("heading", name="Association", level=1).wait_for()
