"""A person's page without a network: agreed, followed up, recognised, carded, gone and back, and sent once."""

import re
import sqlite3
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from server.settings import DATABASE
from tests.web import steps
from tests.web.browsing import Browse
from tests.web.server import Server

ALIAS = "Momo"
NOTE = "Sa sœur le cherche"


@pytest.mark.timeout(300)
def test_a_person_is_followed_up_recognised_and_put_away_without_a_network(outing: Server, browse: Browse) -> None:
    awa = browse("Awa").pages[0]
    steps.come_back(awa, outing.origin)
    steps.try_now(awa)
    outing.kill()
    cards = new_cards(awa)
    two_men_without_a_name(awa)
    create(awa, ALIAS)
    they_agree_to_statistics(awa)
    one_of_the_two_was_them(awa)
    they_are_followed_up(awa)
    they_get_a_card(awa, cards)
    a_card_finds_them(awa, cards)
    they_refuse_statistics(awa)
    they_leave_and_come_back(awa)
    it_was_somebody_else(awa)
    their_record_goes_into_the_bin_and_comes_back(awa)
    outing.start()
    steps.try_now(awa)
    steps.is_up_to_date(awa)
    the_server_holds_what_was_said_last(outing.data)


def new_cards(awa: Page) -> list[str]:
    """Return the letters of ten cards, as they would be printed."""
    awa.evaluate("location.hash = '#/cards'")
    awa.get_by_role("heading", name="Cartes à imprimer").wait_for()
    letters = awa.locator("main .letters")
    expect(letters).to_have_count(10)
    found = ["".join(text.split()) for text in letters.all_inner_texts()]
    assert len(set(found)) == 10
    assert {len(code) for code in found} == {16}
    return found


def two_men_without_a_name(awa: Page) -> None:
    awa.evaluate("location.hash = '#/patrol'")
    awa.get_by_role("button", name="Nouvelle rencontre").click()
    steps.count_up(awa, "Sans nom, Homme", 2)
    steps.save(awa)


def create(awa: Page, alias: str) -> None:
    awa.evaluate("location.hash = '#/people'")
    awa.get_by_role("searchbox").fill(alias)
    awa.get_by_role("button", name=re.compile(f"^Créer .*{alias}")).click()
    awa.get_by_role("heading", name=alias, level=1).wait_for()


def agree(awa: Page, answer: str) -> None:
    awa.get_by_role("button", name=f"Revoir avec {ALIAS}").click()
    sheet = awa.get_by_role("dialog")
    sheet.get_by_role("group", name="les statistiques").get_by_role("button", name=answer).click()
    sheet.get_by_role("button", name="Enregistrer").click()
    expect(sheet).to_have_count(0)


def agreed(awa: Page) -> Locator:
    return awa.get_by_role("region", name="Ce que la personne a accepté")


def age(awa: Page) -> Locator:
    return awa.get_by_role("region", name="Ce que l’on sait").get_by_role("button", name=re.compile("^Âge"))


def they_agree_to_statistics(awa: Page) -> None:
    """Their age is asked for with their word, and without it is not written."""
    expect(agreed(awa)).to_contain_text("Pas encore demandé")
    age(awa).click()
    sheet = awa.get_by_role("dialog")
    sheet.get_by_role("button", name="25 à 34 ans").click()
    sheet.get_by_role("button", name="Enregistrer").click()
    expect(sheet.get_by_role("alert")).to_contain_text("accord")
    awa.keyboard.press("Escape")
    expect(age(awa)).to_contain_text("Non noté")
    agree(awa, "Accord oral")
    expect(agreed(awa)).to_contain_text("Accord oral pour les statistiques, donné à Awa")
    age(awa).click()
    sheet.get_by_role("button", name="25 à 34 ans").click()
    sheet.get_by_role("button", name="Enregistrer").click()
    expect(age(awa)).to_contain_text("25 à 34 ans")


def they_refuse_statistics(awa: Page) -> None:
    """The answer goes with their word, and who said what can still be read."""
    agree(awa, "Refus")
    expect(agreed(awa)).to_contain_text("Pas d’accord pour les statistiques")
    expect(age(awa)).to_contain_text("Non noté")
    awa.get_by_role("button", name="Qui a noté quoi\u00a0: Âge").click()
    sheet = awa.get_by_role("dialog")
    expect(sheet.get_by_role("listitem")).to_have_text([re.compile("^Retiré.*Awa"), re.compile("^25 à 34 ans.*Awa")])
    awa.keyboard.press("Escape")


def one_of_the_two_was_them(awa: Page) -> None:
    awa.get_by_role("button", name="Déjà rencontrée sans nom").click()
    sheet = awa.get_by_role("dialog")
    sheet.get_by_role("button", name=re.compile("2 hommes")).click()
    sheet.get_by_role("button", name="Enregistrer").click()
    expect(sheet).to_have_count(0)
    expect(awa.get_by_text("comptée d’abord sans nom")).to_be_visible()
    expect_met(awa, f"{ALIAS} et 1 sans nom")


def it_was_somebody_else(awa: Page) -> None:
    """The encounter counts two without a name again, and nobody by name."""
    awa.get_by_role("button", name=f"Ce n’était pas {ALIAS}").click()
    sheet = awa.get_by_role("dialog")
    sheet.get_by_role("button", name="Confusion").click()
    sheet.get_by_role("button", name="Ce n’était pas cette personne").click()
    expect(sheet).to_have_count(0)
    expect_met(awa, "2 sans nom")


def expect_met(awa: Page, who: str) -> None:
    """Look at the only encounter of the round, and come back."""
    person = awa.url
    awa.evaluate("location.hash = '#/patrol'")
    steps.open_encounter(awa, who)
    awa.goto(person)
    awa.get_by_role("heading", name=ALIAS, level=1).wait_for()


def they_are_followed_up(awa: Page) -> None:
    awa.get_by_role("button", name="Ajouter une demande ou une démarche").click()
    sheet = awa.get_by_role("dialog")
    sheet.get_by_role("button", name="Papiers d’identité").click()
    sheet.get_by_role("button", name="Enregistrer").click()
    pursuits = awa.get_by_role("region", name="Demandes et démarches")
    pursuits.get_by_role("button", name=re.compile("Papiers d’identité")).click()
    sheet.get_by_role("button", name="Obtenue").click()
    sheet.get_by_role("button", name="Enregistrer").click()
    expect(pursuits.get_by_role("listitem")).to_contain_text("obtenue")
    awa.get_by_role("button", name="Ajouter une tâche").click()
    sheet.get_by_role("textbox", name="À faire").fill("Apporter un duvet")
    sheet.get_by_role("button", name="Aujourd’hui").click()
    sheet.get_by_role("button", name="Enregistrer").click()
    awa.get_by_role("checkbox", name="Fait\u00a0: Apporter un duvet").click()
    expect(awa.get_by_text("1 tâche faite")).to_be_visible()
    awa.get_by_role("textbox", name="Ajouter une note").fill(NOTE)
    awa.get_by_role("button", name="Verrouiller").click()
    steps.take_up(awa)
    awa.get_by_role("button", name="Enregistrer la note").click()
    expect(awa.get_by_role("listitem").filter(has_text=NOTE)).to_be_visible()


def they_get_a_card(awa: Page, cards: list[str]) -> None:
    """A letter that was misread is told, and gives them nothing."""
    awa.get_by_role("button", name="Donner une carte").click()
    sheet = awa.get_by_role("dialog")
    letters = sheet.get_by_label("tapez les 16 lettres")
    first = cards[0]
    misread = first[:-1] + ("A" if first[-1] != "A" else "B")
    letters.press_sequentially(misread)
    expect(sheet.get_by_role("alert")).to_be_visible()
    letters.fill("")
    letters.press_sequentially(first.lower())
    expect(sheet).to_have_count(0)
    expect(awa.get_by_role("region", name="Carte")).to_contain_text(" ".join(re.findall("....", first)))


def a_card_finds_them(awa: Page, cards: list[str]) -> None:
    for code, answer in ((cards[1], "Cette carte n’est encore à personne"), (cards[0], None)):
        awa.evaluate("location.hash = '#/people'")
        awa.get_by_role("button", name="Scanner une carte").click()
        sheet = awa.get_by_role("dialog")
        sheet.get_by_label("tapez les 16 lettres").press_sequentially(code)
        if answer:
            expect(sheet).to_contain_text(answer)
            awa.keyboard.press("Escape")
    awa.get_by_role("heading", name=ALIAS, level=1).wait_for()


def they_leave_and_come_back(awa: Page) -> None:
    awa.get_by_role("button", name="Sortir de la file active").click()
    sheet = awa.get_by_role("dialog")
    sheet.get_by_role("button", name="Sortir de la file active").click()
    expect(sheet.get_by_role("alert")).to_contain_text("Dites pourquoi")
    sheet.get_by_role("button", name="Logement").click()
    sheet.get_by_role("button", name="Sortir de la file active").click()
    expect(awa.get_by_text("Sortie de la file active\u00a0: Logement")).to_be_visible()
    back = awa.get_by_role("button", name="Remettre dans la file active")
    back.click()
    expect(back).to_have_count(0)


def their_record_goes_into_the_bin_and_comes_back(awa: Page) -> None:
    awa.get_by_role("button", name="Mettre à la corbeille").click()
    expect(awa.get_by_text("Cette fiche est à la corbeille")).to_be_visible()
    awa.evaluate("location.hash = '#/people'")
    expect(steps.people_found(awa, ALIAS)).to_have_count(0)
    awa.get_by_role("searchbox").fill("")
    awa.get_by_role("link", name=re.compile("^Corbeille")).click()
    awa.get_by_role("button", name=f"Sortir de la corbeille\u00a0: {ALIAS}").click()
    expect(awa.get_by_text("Personne n’est dans la corbeille")).to_be_visible()
    awa.evaluate("location.hash = '#/people'")
    expect(steps.people_found(awa, ALIAS)).to_have_count(1)


def the_server_holds_what_was_said_last(data: Path) -> None:
    """Plain are a yes, days and states; the encounter stands as it was counted."""
    with sqlite3.connect(data / DATABASE) as database:

        def one(query: str) -> tuple[object, ...]:
            (found,) = database.execute(query).fetchall()
            return tuple(found)

        assert one("SELECT age_band, left, trash FROM person") == (None, None, None)
        assert one("SELECT anonymous, void FROM contact") == (1, 1)
        assert one("SELECT anon, void FROM encounter") == ('{"man": 2}', 0)
        assert one("SELECT status, opened = closed, void FROM procedure") == ("obtained", 1, 0)
        assert one("SELECT due = done, void FROM task") == (1, 0)
        assert one("SELECT void FROM note") == (0,)
