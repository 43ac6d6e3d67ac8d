"""What an administrator does on the screens: founds the association, writes its lists, lets devices in and out."""

import re

from playwright.sync_api import Page, expect

from tests.web.dev_run import DevRun
from tests.web.server import Server
from tests.web.steps import choose_code

NAME = "Odile"


def open_setup_link(page: Page, run: DevRun | Server) -> None:
    assert run.setup_link is not None
    page.goto(run.setup_link)
    page.get_by_role("heading", name="Votre association commence ici").wait_for()
    assert "#" not in page.url


def say_name(page: Page) -> None:
    page.get_by_label("Prénom", exact=True).fill(NAME)
    page.get_by_role("button", name="Autre", exact=True).click()
    page.get_by_role("button", name="Continuer").click()


def write_paper_down(page: Page, number: int) -> str:
    """Read a paper, then answer the word that is asked; return its words."""
    page.get_by_role("heading", name=f"Papier de secours {number} sur 3").wait_for()
    paper = page.get_by_label(f"Escale, papier de secours {number} sur 3")
    words = [re.sub(r"^\d+", "", line.strip()).strip() for line in paper.get_by_role("listitem").all_inner_texts()]
    assert len(words) == 33
    page.get_by_role("button", name="Je l’ai sur papier").click()
    expect(paper).to_have_count(0)
    asked = page.get_by_role("heading", name=re.compile(r"Quel est le mot \d+")).inner_text()
    found = re.search(r"\d+", asked)
    assert found is not None
    page.get_by_role("textbox").fill(words[int(found[0]) - 1])
    page.keyboard.press("Enter")
    return " ".join(words)


def found(page: Page, run: DevRun | Server) -> list[str]:
    """Found the association; return the words of its three papers."""
    open_setup_link(page, run)
    say_name(page)
    papers = [write_paper_down(page, number) for number in (1, 2, 3)]
    choose_code(page)
    return papers


def add_worker(page: Page, name: str, role: str) -> None:
    page.get_by_role("button", name="Ajouter quelqu’un").click()
    sheet = page.get_by_role("dialog")
    sheet.get_by_label("Prénom", exact=True).fill(name)
    sheet.get_by_role("button", name=role, exact=True).click()
    sheet.get_by_role("button", name="Enregistrer").click()
    page.get_by_role("region", name=name).wait_for()


def add_device(page: Page, name: str) -> None:
    """Ask how a device of this worker shall be let in."""
    page.get_by_role("button", name=f"Ajouter un appareil de {name}", exact=True).click()
    page.get_by_role("dialog").wait_for()


def invite(page: Page, name: str) -> str:
    """Invite a device by a link and return it."""
    add_device(page, name)
    page.get_by_role("dialog").get_by_role("button", name="Créer un lien").click()
    return page.get_by_label(f"Lien d’invitation de {name}").input_value()


def letters_on(page: Page) -> str:
    """Return the sixteen letters that a page shows."""
    return re.sub(r"[^A-Z2-7]", "", page.get_by_label(re.compile(r"^([A-Z2-7]{4}(, )?){4}$")).inner_text())


def let_in(office: Page, name: str, tablet: Page) -> None:
    """Compare the letters of both screens, and tick on both."""
    card = office.get_by_role("group", name=f"Invitation de {name}")
    card.get_by_role("button", name="Les mêmes lettres").wait_for()
    tablet.get_by_role("heading", name="Lisez ces lettres").wait_for()
    assert len(letters_on(office)) == 16
    assert letters_on(office) == letters_on(tablet)
    card.get_by_role("button", name="Les mêmes lettres").click()
    tablet.get_by_role("button", name="Les mêmes lettres").click()
    choose_code(tablet)


def add_line(page: Page, kind: str, name: str, *choices: str, area: str | None = None) -> None:
    """Write a line of a directory; `area` is the GeoJSON of a zone, which is pasted."""
    page.get_by_role("button", name=f"Ajouter\u00a0: {kind}", exact=True).click()
    sheet = page.get_by_role("dialog")
    sheet.get_by_label("Nom", exact=True).fill(name)
    for choice in choices:
        sheet.get_by_role("button", name=choice, exact=True).click()
    if area is not None:
        sheet.get_by_label("Ou collez le texte GeoJSON").fill(area)
        expect(sheet.get_by_text("Contour de 4 points.")).to_be_visible()
    sheet.get_by_role("button", name="Enregistrer").click()
    page.get_by_role("button", name=f"Corriger {name}").wait_for()


def retire(page: Page, name: str) -> None:
    """Retire the one device of a worker that is still in."""
    page.get_by_role("button", name=re.compile(f"^Retirer cet appareil, .*, {name}$")).click()
    sheet = page.get_by_role("dialog")
    expect(sheet).to_contain_text("Il ne peut plus rien envoyer ni recevoir.")
    sheet.get_by_role("button", name="Retirer cet appareil").click()
    expect(sheet).to_have_count(0)
