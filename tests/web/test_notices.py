"""A notice from the office to a tablet on patrol: read there once, and who has read it is shown at the office."""

import pytest
from playwright.sync_api import Page, expect

from tests.web import steps
from tests.web.association import at_the_desk, on_patrol
from tests.web.browsing import Browse
from tests.web.server import Server

TEXT = "Crack coupé autour de la Rotonde, trois malaises depuis hier."


@pytest.mark.timeout(300)
def test_a_notice_shows_on_patrol_until_it_is_read_and_the_office_sees_by_whom(outing: Server, browse: Browse) -> None:
    odile = at_the_desk(browse, outing)
    awa = on_patrol(browse, outing, "Awa")
    it_is_written(odile)
    steps.try_now(odile)
    steps.is_up_to_date(odile)

    strip = awa.get_by_role("region", name="Alertes à lire")
    steps.try_now(awa)
    expect(strip).to_contain_text(TEXT)
    expect(strip).to_contain_text("Stalingrad")
    awa.evaluate("location.hash = '#/patrol'")
    awa.get_by_role("button", name="Nouvelle rencontre").click()
    awa.get_by_role("button", name="Enregistrer").wait_for()
    expect(strip).not_to_contain_text(TEXT)  # it waits while an encounter is written
    awa.go_back()
    expect(strip).to_contain_text(TEXT)
    strip.get_by_role("button", name="J’ai lu").click()
    expect(strip).not_to_contain_text(TEXT)
    awa.get_by_role("link", name="1 alerte en cours").click()
    expect(awa.get_by_role("article")).to_contain_text(TEXT)
    expect(awa.get_by_role("button", name="Nouvelle alerte")).to_have_count(0)
    steps.try_now(awa)
    steps.is_up_to_date(awa)

    steps.take_up(odile)
    steps.try_now(odile)
    odile.evaluate("location.hash = '#/notices'")
    notice = odile.get_by_role("article")
    expect(notice).to_contain_text("Lue par Odile et Awa")
    expect(notice).to_contain_text("Pas encore lue par")
    notice.get_by_role("button", name="Lever l’alerte").click()
    notice.get_by_role("button", name="Lever l’alerte").click()
    expect(odile.get_by_text("Aucune alerte en cours.")).to_be_visible()
    expect(odile.get_by_text("1 alerte passée")).to_be_visible()


def it_is_written(odile: Page) -> None:
    odile.evaluate("location.hash = '#/notices'")
    odile.get_by_role("button", name="Nouvelle alerte").click()
    sheet = odile.get_by_role("dialog")
    sheet.get_by_role("button", name="Produit dangereux").click()
    sheet.get_by_role("button", name="Stalingrad").click()
    sheet.get_by_role("button", name="Une semaine").click()
    sheet.get_by_role("textbox").fill(TEXT)
    sheet.get_by_role("button", name="Prévenir les équipes").click()
    expect(odile.get_by_role("article")).to_contain_text(TEXT)
