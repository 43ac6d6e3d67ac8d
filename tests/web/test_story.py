"""One evening, whole: written on a tablet without a server, read and settled at the office, each row counted once."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from server.kinds.catalogue import code_lists
from tests.security.canaries import leaks
from tests.web import steps, thief
from tests.web.browsing import Browse
from tests.web.conftest import kill_browser
from tests.web.dev_run import DevRun
from tests.web.server_answers import Lines, server_answers

OFFICE = {"viewport": {"width": 1440, "height": 900}, "color_scheme": "light"}
ALIAS = "Momo"
NOTE = "Momo tousse beaucoup, repasser demain"
REASON = "Un kit plaie rendu aussitôt"
SIGN = "Signe pour reconnaître"
HOUSING = "Hébergement d’urgence"
REACH = "Près du canal avant midi"
SIGN_OF_AWA = "Écharpe tricotée verte"
SIGN_OF_BRUNO = "Écharpe verte et béquille"
ID = re.compile("[0-9a-f]{32}|[0-9a-f]{64}")
CODES = {code for codes in code_lists().values() for code in codes.labels}
RULINGS = {"applied", "merged", "pending"}
SEALED = (ALIAS, NOTE, REASON, REACH, SIGN_OF_AWA, SIGN_OF_BRUNO)


@pytest.mark.timeout(600)
def test_the_story_of_one_evening(first_run: DevRun, browse: Browse, tmp_path: Path) -> None:
    profiles = tmp_path / "profiles"
    tablet = browse("tablet")
    awa = steps.join(tablet, first_run.links["Awa"])
    awa.get_by_text("Stalingrad").first.wait_for()
    first_run.kill()
    the_evening_is_written_without_a_server(awa)

    kill_browser(tablet, profiles / "tablet")
    tablet = browse("tablet")
    awa = tablet.pages[0]
    steps.come_back(awa, first_run.origin)
    the_evening_is_all_there(awa)

    first_run.start()
    steps.is_up_to_date(awa)
    the_server_counts_each_row_once(server_answers(first_run.data, first_run.origin))

    office = browse("office", **OFFICE)
    bruno = steps.join(office, first_run.links["Bruno"])
    the_coordinator_reads_the_referral(bruno)

    first_run.kill()
    steps.take_up(awa)
    both_write_about_momo_without_a_server(awa, bruno)
    first_run.start()
    for page in (bruno, awa):
        steps.take_up(page)
        steps.try_now(page)
        steps.is_up_to_date(page)
    steps.take_up(bruno)
    the_coordinator_settles_it(bruno)
    steps.take_up(awa)
    both_screens_agree(awa, bruno)

    for page in (awa, bruno):
        thief.finds_no_name_that_is_personal(page)
    first_run.kill()
    for context, name in ((tablet, "tablet"), (office, "office")):
        kill_browser(context, profiles / name)
        thief.finds_no_visit_that_is_personal(profiles / name)
    thief.looks_everywhere(tmp_path)
    assert leaks(SEALED, tmp_path) == []
    thief.finds_what_was_planted_on_the_server(first_run.data)
    for name in ("tablet", "office"):
        thief.finds_what_was_planted_in_a_browser(browse(name), first_run.origin, profiles / name)


def the_evening_is_written_without_a_server(awa: Page) -> None:
    steps.open_patrol(awa, "Stalingrad", "Inès")
    given = {"Kit crack": 1, "Kit plaie": 2}
    steps.record_someone_new(awa, ALIAS, items=given, need="Un toit", note=NOTE, structure="Hôtel ASSORE")
    steps.record_someone_without_name(awa)
    steps.open_encounter(awa, ALIAS)
    steps.amend_item(awa, "Kit plaie", fewer=1, reason=REASON)
    the_evening_is_all_there(awa)


def the_evening_is_all_there(awa: Page) -> None:
    """Shows the count, both encounters, and the one that was amended with its reason."""
    steps.open_round(awa)
    main = awa.get_by_role("main")
    expect(awa.get_by_text("2 rencontres, 2 personnes")).to_be_visible()
    expect(main.get_by_role("link", name=re.compile("1 sans nom"))).to_contain_text("Kit crack × 1")
    momo = main.get_by_role("link", name=re.compile(ALIAS))
    expect(momo).to_contain_text("Kit crack × 1, Kit plaie × 1")
    momo.click()
    wounds = main.get_by_role("listitem").filter(has_text=re.compile("Kit plaie"))  # the reason has a small letter
    expect(wounds.locator("b")).to_have_text("1")
    expect(wounds).to_contain_text(REASON)


def the_server_counts_each_row_once(told: Lines) -> None:
    """Each row of the evening stands once, with its amended count, and is told in ids, codes, counts and times."""
    patrol = told["patrol"][-1]["id"]
    first, second = (line["id"] for line in told["encounter"] if line["entity"] == patrol)
    given = [
        (line["encounter"], line["item"], line["count"]) for line in told["distribution"] if line["entity"] == patrol
    ]
    assert sorted(given) == sorted([(first, "crack_kit", 1), (first, "wound_kit", 1), (second, "crack_kit", 1)])
    (contact,) = (line for line in told["contact"] if line["encounter"] in {first, second})
    assert set(contact["services"]) == {"talk", "kit", "request"}
    momo = contact["entity"]
    assert [line["id"] for line in told["person"]].count(momo) == 1
    assert [line["status"] for line in told["request"] if line["entity"] == momo] == ["open"]
    (referral,) = (line for line in told["referral"] if line["person"] == momo)
    assert referral["state"] == "sent"
    assert [line["move"] for line in told["referral-move"] if line["entity"] == referral["id"]] == ["send"]
    values = {text for lines in told.values() for line in lines for value in line.values() for text in texts_in(value)}
    assert {text for text in values if not ID.fullmatch(text)} <= CODES | RULINGS


def texts_in(value: object) -> Iterator[str]:
    """Yield every text of a value, and the names of what is counted."""
    match value:
        case str():
            yield value
        case list() | dict():
            for one in value:
                yield from texts_in(one)


def the_coordinator_reads_the_referral(bruno: Page) -> None:
    bruno.get_by_role("link", name="Orientations").first.click()
    bruno.get_by_role("row", name=re.compile(ALIAS)).click()
    detail = bruno.get_by_role("complementary", name=f"Orientation de {ALIAS}")
    expect(detail).to_contain_text(NOTE)
    expect(detail).to_contain_text("Hôtel ASSORE")


def both_write_about_momo_without_a_server(awa: Page, bruno: Page) -> None:
    """Each writes one field that the other does not, and both write the sign to recognise Momo by."""
    for page in (awa, bruno):
        steps.open_person(page, ALIAS)
    steps.write_text(awa, "Comment joindre", REACH)
    steps.write_code(bruno, "Où dort la personne", HOUSING)
    steps.write_text(awa, SIGN, SIGN_OF_AWA)
    steps.write_text(bruno, SIGN, SIGN_OF_BRUNO)


def the_coordinator_settles_it(bruno: Page) -> None:
    """Shows both values with their authors, and keeps the coordinator's own."""
    steps.try_now(bruno)
    bruno.get_by_role("link", name=re.compile("Conflits")).click()
    of_momo = bruno.get_by_role("navigation", name="Conflits à régler").get_by_role("link", name=re.compile(ALIAS))
    of_momo.click()
    expect(bruno.get_by_role("heading", level=1)).to_contain_text(ALIAS)
    values = bruno.get_by_role("group", name="Comparer et choisir")
    for author, words in (("Awa", SIGN_OF_AWA), ("Bruno", SIGN_OF_BRUNO)):
        expect(values.get_by_role("button", name=re.compile(author))).to_contain_text(words)
    values.get_by_role("button", name=re.compile("Bruno")).click()
    bruno.get_by_role("button", name="Écrire cette valeur").click()
    expect(of_momo).to_have_count(0)
    steps.is_up_to_date(bruno)


def both_screens_agree(awa: Page, bruno: Page) -> None:
    """Shows one sign and no conflict on both, and the two fields that only one of them wrote."""
    steps.try_now(awa)
    for page in (awa, bruno):
        steps.open_person(page, ALIAS)
        main = page.get_by_role("main")
        expect(main.get_by_role("button", name=re.compile(f"^{SIGN}"))).to_contain_text(SIGN_OF_BRUNO)
        expect(main.get_by_role("button", name=re.compile("^Comment joindre"))).to_contain_text(REACH)
        expect(main.get_by_role("button", name=re.compile("^Où dort la personne"))).to_contain_text(HOUSING)
        expect(main.get_by_text("deux valeurs")).to_have_count(0)
