"""The encounter sheet, whole and without a network: counted, said again, placed, corrected over a kill, sent once."""

import json
import re
import sqlite3
import struct
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from server.settings import DATABASE
from tests.security.canaries import forms, leaks
from tests.web import steps, thief
from tests.web.association import IN_LA_VILLETTE
from tests.web.browsing import Browse
from tests.web.conftest import kill_browser
from tests.web.server import Server

ALIAS = "Momo"
THERE = {"geolocation": IN_LA_VILLETTE, "permissions": ["geolocation"]}
DIGITS = [str(degrees)[:9] for degrees in IN_LA_VILLETTE.values()]
"""As many as tell where somebody stood to the metre."""
PACKED = [struct.pack(order, degrees) for order in ("<d", ">d") for degrees in IN_LA_VILLETTE.values()]


@pytest.mark.timeout(300)
def test_an_encounter_is_said_again_placed_and_corrected_without_a_network(
    outing: Server, browse: Browse, tmp_path: Path
) -> None:
    tablet = browse("Awa", **THERE)
    awa = tablet.pages[0]
    steps.come_back(awa, outing.origin)
    steps.try_now(awa)
    outing.kill()
    awa.evaluate("location.hash = '#/patrol'")
    somebody_is_met_with_two_others(awa)
    the_next_time_is_like_the_last(awa)
    somebody_is_met_where_the_tablet_is(awa)
    a_correction_is_begun(awa)

    kill_browser(tablet, tmp_path / "profiles" / "Awa")
    tablet = browse("Awa", **THERE)
    awa = tablet.pages[0]
    no_draft_and_no_record_says_where_it_was(thief.opens_with_the_code(awa, outing.origin))
    the_correction_is_taken_up_and_written(awa)
    outing.start()
    steps.try_now(awa)
    steps.is_up_to_date(awa)
    the_server_counts_what_was_corrected(outing.data)
    outing.kill()
    assert leaks(DIGITS, outing.data) == []
    thief.finds_what_was_planted_on_the_server(outing.data)


def somebody_is_met_with_two_others(awa: Page) -> None:
    awa.get_by_role("button", name="Nouvelle rencontre").click()
    steps.name_someone_new(awa, ALIAS)
    steps.count_up(awa, "Sans nom, Homme", 2)
    awa.get_by_role("button", name=re.compile("Âge$")).click()
    steps.count_up(awa, "Sans nom, âge\u00a0: 25 à 34 ans", 2)
    steps.count_up(awa, "Kit crack", 2)
    awa.get_by_role("button", name=re.compile("^Collecteurs pleins")).click()
    steps.count_up(awa, "Collecteurs pleins", 1)
    steps.save(awa)


def the_next_time_is_like_the_last(awa: Page) -> None:
    """One tap says what was given; what was taken back says nothing of today."""
    awa.get_by_role("main").get_by_role("button", name=re.compile(ALIAS)).first.click()
    again = awa.get_by_role("button", name=re.compile("^Comme à .*Kit crack × 2"))
    again.click()
    expect(again).to_have_count(0)
    expect(awa.locator("main footer")).to_contain_text("Kit crack × 2")
    expect(awa.locator("main footer")).not_to_contain_text("collecteur")
    steps.save(awa)


def somebody_is_met_where_the_tablet_is(awa: Page) -> None:
    """The round is at Stalingrad, and the tablet at La Villette."""
    awa.get_by_role("button", name=re.compile("Anonyme, 1 kit")).click()
    expect(awa.get_by_role("button", name=re.compile("^Zone"))).to_contain_text("Stalingrad")
    steps.find_my_zone(awa, "La Villette")
    steps.save(awa)


def a_correction_is_begun(awa: Page) -> None:
    """Nothing is written before something has changed and a reason is said; a sheet that is closed waits."""
    steps.open_encounter(awa, f"{ALIAS} et 2 sans nom")
    awa.get_by_role("button", name="Corriger", exact=True).click()
    awa.get_by_role("button", name="Écrire la correction").click()
    expect(awa.get_by_role("alert")).to_contain_text("Rien n’a changé")
    steps.count_down(awa, "Kit crack", 1)
    steps.count_up(awa, "Sans nom, Homme", 1)
    steps.find_my_zone(awa, "La Villette")
    expect(awa.get_by_role("alert")).to_contain_text("Dites pourquoi")
    awa.get_by_role("button", name="Oubli", exact=True).click()
    awa.get_by_role("button", name="Fermer, le brouillon reste").click()
    awa.get_by_role("button", name="Corriger", exact=True).click()
    expect(awa.locator("main footer")).to_contain_text(f"{ALIAS} et 3 sans nom")


def no_draft_and_no_record_says_where_it_was(opened: bytes) -> None:
    """Of all that the app opens for whoever knows the code; the reason of the draft and who was met are in it."""
    assert _found([*DIGITS, ALIAS, "Oubli"], opened) == [ALIAS, "Oubli"]
    assert [packed for packed in PACKED if packed in opened] == []


def the_correction_is_taken_up_and_written(awa: Page) -> None:
    awa.get_by_role("link", name="Maraude", exact=True).click()
    expect(awa.get_by_text(f"Correction gardée\u00a0: {ALIAS} et 3 sans nom")).to_be_visible()
    awa.get_by_role("button", name="Reprendre").click()
    expect(awa.get_by_role("button", name="Oubli", exact=True)).to_have_attribute("aria-pressed", "true")
    steps.write_correction(awa)
    steps.open_encounter(awa, f"{ALIAS} et 3 sans nom")
    main = awa.get_by_role("main")
    for words in ("La Villette", "corrigée", "Homme\u00a0×\u00a03", "25 à 34 ans\u00a0×\u00a02", "Oubli"):
        expect(main.get_by_text(words).first).to_be_visible()
    for item in ("Kit crack", "Collecteurs pleins"):
        expect(main.get_by_role("listitem").filter(has_text=item).locator("b")).to_have_text("1")
    awa.get_by_role("link", name="Maraude", exact=True).click()
    expect(awa.get_by_text("Correction gardée")).to_have_count(0)


def the_server_counts_what_was_corrected(data: Path) -> None:
    """Each encounter stands once in its zone, and each item once in its unit."""
    with sqlite3.connect(data / DATABASE) as database:
        met = database.execute(
            "SELECT zone.name, anon, anon_age FROM encounter JOIN zone ON zone.id = encounter.zone ORDER BY cursor"
        ).fetchall()
        given = database.execute("SELECT item, unit, count FROM distribution ORDER BY item, count").fetchall()
    assert [(zone, _some(anon), _some(ages)) for zone, anon, ages in met] == [
        ("La Villette", {"man": 3}, {"25_34": 2}),
        ("Stalingrad", {}, {}),
        ("La Villette", {"unknown": 1}, {}),
    ]
    assert given == [
        ("crack_kit", "piece", 1),
        ("crack_kit", "piece", 1),
        ("crack_kit", "piece", 2),
        ("used_syringes", "container", 1),
    ]


def _some(counts: str | None) -> dict[str, int]:
    return {code: count for code, count in json.loads(counts or "{}").items() if count}


def _found(words: list[str], opened: bytes) -> list[str]:
    return [word for word in words if any(form in opened for form in forms(word))]
