"""A round, whole: opened with a bag, counted and reported without a network, read by the next team and the office."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.web import steps
from tests.web.browsing import Browse
from tests.web.dev_run import DevRun
from tests.web.server_answers import Lines, server_answers

OFFICE = {"viewport": {"width": 1440, "height": 900}, "color_scheme": "light"}
BAG = "Sac vert"
ALIAS = "Momo"
REPORT = "Calme, peu de monde au nord du canal."
HANDOVER = "Le passage sous le métro est fermé jusqu’à vendredi."


@pytest.mark.timeout(300)
def test_a_round_from_its_bag_to_its_report(run: DevRun, browse: Browse) -> None:
    awa = steps.join(browse("tablet"), run.links["Awa"])
    awa.get_by_role("button", name="Stalingrad").wait_for()
    before = server_answers(run.data, run.origin)
    run.kill()
    it_is_opened_with_a_bag(awa)
    steps.record_someone_new(awa, ALIAS, items={"Kit crack": 2}, need="Un toit", note="", structure="Hôtel ASSORE")
    what_was_given_is_out_of_the_bag(awa)
    it_is_counted_and_told(awa)
    nothing_typed_is_lost_by_a_lock(awa)
    it_is_closed(awa)
    report = the_report_writes_itself(awa)
    every_number_opens_by_keyboard(awa)
    nobody_met_is_named_on_paper(awa)
    the_next_team_reads_the_note(awa)

    run.start()
    steps.take_up(awa)
    steps.try_now(awa)
    steps.is_up_to_date(awa)
    each_movement_is_counted_once(before, server_answers(run.data, run.origin))
    bruno = steps.join(browse("office", **OFFICE), run.links["Bruno"])
    read_last_report(bruno)
    assert what_is_reported(bruno) == report


def it_is_opened_with_a_bag(awa: Page) -> None:
    steps.choose_round(awa, "Stalingrad", "Inès")
    awa.get_by_role("button", name="En bus").click()
    steps.pack_new_bag(awa, BAG, {"Kit crack": 4, "Pipe": 5})
    steps.start_round(awa)
    expect(awa.get_by_role("button", name=BAG)).to_contain_text("Kit crack × 4, Pipe × 5")


def what_was_given_is_out_of_the_bag(awa: Page) -> None:
    expect(awa.get_by_role("button", name=BAG)).to_contain_text("Kit crack × 2, Pipe × 5")


def it_is_counted_and_told(awa: Page) -> None:
    """Two pipes are missing, and why is said; the kits are as expected."""
    steps.open_round(awa)
    awa.get_by_role("button", name="Terminer la maraude").click()
    awa.get_by_role("button", name="Je compte le sac").click()
    for _ in range(2):
        awa.get_by_role("button", name="Pipe, un de moins", exact=True).click()
    expect(awa.get_by_role("group", name="Pipe").filter(has_text="2 de moins que prévu")).to_be_visible()
    awa.get_by_role("button", name="Détruit par la police").click()
    awa.get_by_role("textbox", name="Pour l’équipe suivante").fill(HANDOVER)
    awa.get_by_role("textbox", name="Comment c’était").fill(REPORT)


def nothing_typed_is_lost_by_a_lock(awa: Page) -> None:
    awa.get_by_role("button", name="Verrouiller").click()
    awa.get_by_text("Code de").wait_for()
    steps.take_up(awa)
    expect(awa.get_by_role("textbox", name="Pour l’équipe suivante")).to_have_value(HANDOVER)
    expect(awa.get_by_role("textbox", name="Comment c’était")).to_have_value(REPORT)
    expect(awa.get_by_role("button", name="Détruit par la police")).to_have_attribute("aria-pressed", "true")


def it_is_closed(awa: Page) -> None:
    """The toast leads to the report."""
    awa.get_by_role("main").get_by_role("button", name="Terminer la maraude").click()
    awa.get_by_role("status").get_by_role("button", name="Compte rendu").click()
    awa.get_by_role("heading", name="Compte rendu", level=1).wait_for()


def figure(page: Page, words: str) -> Locator:
    """Return a number of the report with its words."""
    return page.locator("details").filter(has=page.get_by_text(words, exact=True))


def what_is_reported(page: Page) -> list[str]:
    """Return every number of the report with its words, and what was typed."""
    main = page.get_by_role("main")
    main.get_by_text(REPORT).wait_for()
    figures = [re.sub(r"\s+", " ", one) for one in main.locator("summary").all_inner_texts()]
    return figures + [text for text in (REPORT, HANDOVER) if main.get_by_text(text).is_visible()]


def the_report_writes_itself(awa: Page) -> list[str]:
    told = what_is_reported(awa)
    expect(awa.get_by_role("main")).to_contain_text("Réduction des risques, en bus")
    for words in (
        "Rencontres 1",
        "Personnes connues 1",
        "Kit crack 2",
        "Un toit 1",
        "Hôtel ASSORE 1",
        "Pipe, détruit par la police 2",
    ):
        assert words in told, (words, told)
    assert told[-2:] == [REPORT, HANDOVER]
    expect(awa.get_by_role("main")).not_to_contain_text("Écarts sans explication")
    return told


def every_number_opens_by_keyboard(awa: Page) -> None:
    """The list behind the kits that were given names who got them."""
    kits = figure(awa, "Kit crack")
    expect(kits.get_by_text(ALIAS)).to_be_hidden()
    kits.locator("summary").focus()
    awa.keyboard.press("Enter")
    expect(kits.get_by_text(ALIAS)).to_be_visible()


def nobody_met_is_named_on_paper(awa: Page) -> None:
    """Lists that are open on the screen are not on paper, and neither is anything around the report."""
    main = awa.get_by_role("main")
    named = awa.locator("a:visible").filter(has_text=ALIAS)
    expect(named).to_have_count(1)
    awa.emulate_media(media="print")
    expect(named).to_have_count(0)
    expect(awa.get_by_role("navigation")).to_be_hidden()
    expect(main.get_by_text(REPORT)).to_be_visible()
    expect(main.get_by_text("Le papier ne nomme aucune personne rencontrée")).to_be_visible()
    awa.emulate_media(media="screen")


def the_next_team_reads_the_note(awa: Page) -> None:
    """The bag is as it was counted."""
    awa.get_by_role("link", name="Maraude", exact=True).click()
    expect(awa.get_by_role("main")).to_contain_text(HANDOVER)
    bag = awa.get_by_role("group", name="Avec quel sac").get_by_role("button", name=BAG)
    expect(bag).to_have_attribute("aria-pressed", "true")
    expect(bag).to_contain_text("Kit crack × 2, Pipe × 3")


def each_movement_is_counted_once(before: Lines, after: Lines) -> None:
    """What was put in, lost and counted stands once, and what was given is no movement."""
    known = {line["id"] for line in before["stock-movement"]}
    moved = [
        (line["move"], line["item"], line["count"], line["loss_reason"])
        for line in after["stock-movement"]
        if line["id"] not in known
    ]
    assert sorted(moved, key=str) == sorted(
        [
            ("receipt", "crack_kit", 4, None),
            ("receipt", "pipe", 5, None),
            ("loss", "pipe", 2, "police_destruction"),
            ("count", "crack_kit", 2, None),
            ("count", "pipe", 3, None),
        ],
        key=str,
    )


def read_last_report(page: Page) -> None:
    page.get_by_role("link", name="Plus", exact=True).click()
    page.get_by_role("link", name="Maraudes passées").click()
    page.get_by_role("main").get_by_role("link", name=re.compile("Stalingrad")).first.click()
