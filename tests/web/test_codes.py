"""A device is let in without a link: its request and the answer are filmed, or pasted and their letters compared."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.web import carried, office, steps
from tests.web.association import OFFICE, at_the_desk, come_to_the_desk
from tests.web.browsing import Browse
from tests.web.carried import CameraFile
from tests.web.conftest import axe_violations, eventually, kill_browser
from tests.web.server import Server


@pytest.fixture
def desk(team: Server, browse: Browse, tmp_path: Path) -> Page:
    """Odile's screen, with the team of the association that she founded on it; her device has a camera."""
    context = browse("office", args=CameraFile(tmp_path / "odile.y4m").args, **OFFICE)
    context.add_init_script(carried.FOLLOW_CAMERA)
    come_to_the_desk(context.pages[0], team)
    return context.pages[0]


@pytest.fixture
def tablet(team: Server, browse: Browse, tmp_path: Path) -> Page:
    """A device that has joined nothing, ready to open without a network; it has a camera."""
    context = browse("tablet", args=CameraFile(tmp_path / "tablet.y4m").args)
    context.add_init_script(carried.FOLLOW_CAMERA)
    page = context.pages[0]
    page.goto(team.origin)
    page.get_by_role("heading", name="Prêt à s’ouvrir sans réseau").wait_for()
    return page


def show_team(page: Page) -> None:
    page.evaluate("location.hash = '#/association'")
    page.get_by_role("region", name="Awa").wait_for()


def choose_code(page: Page) -> None:
    """Choose a code where no network lets the device in yet."""
    for heading in ("Choisissez un code", "Le même code, encore une fois"):
        page.get_by_role("heading", name=heading).wait_for()
        page.keyboard.type(steps.CODE)
        page.keyboard.press("Enter")


def says(page: Page, words: str) -> None:
    expect(page.get_by_role("alert")).to_contain_text(words)


@pytest.mark.timeout(300)
def test_pasted_both_ways_without_a_network_a_device_is_in_once_the_letters_were_compared(
    team: Server, desk: Page, tablet: Page
) -> None:
    """Nothing enters the log before the ticks; afterwards the network alone is missing, on both sides."""
    before = carried.members(team.data)
    team.kill()
    answer = carried.paste_request(desk, "Awa", carried.show_request(tablet))
    assert axe_violations(desk) == axe_violations(tablet) == []
    carried.paste(tablet, answer)
    tablet.get_by_role("heading", name="Lisez ces lettres").wait_for()
    assert len(office.letters_on(desk)) == 16
    assert office.letters_on(desk) == office.letters_on(tablet)
    tablet.get_by_role("button", name="Les mêmes lettres").click()
    choose_code(tablet)
    tablet.get_by_role("heading", name="Cet appareil est prêt à entrer").wait_for()
    assert office.letters_on(desk) == office.letters_on(tablet)
    assert axe_violations(tablet) == []

    team.start()
    steps.try_now(desk)
    assert carried.members(team.data) == before
    show_team(desk)
    carried.card_of(desk, "Awa").get_by_role("button", name="Les mêmes lettres").click()
    expect(tablet.get_by_text("Awa, vous")).to_be_visible(timeout=30_000)
    tablet.get_by_role("button", name="Stalingrad").wait_for()
    assert carried.members(team.data) == before + 1
    assert "#" not in tablet.url or re.search(r"#/[a-z]+$", tablet.url)


@pytest.mark.timeout(300)
def test_filmed_both_ways_a_device_is_in_without_a_tick(team: Server, desk: Page, tablet: Page, tmp_path: Path) -> None:
    """Each camera is off as soon as it has read; the letters stand there for whoever pasted."""
    before = carried.members(team.data)
    carried.show_request(tablet)
    CameraFile(tmp_path / "odile.y4m").point_at(tablet)
    office.add_device(desk, "Awa")
    expect(desk.get_by_role("dialog")).to_contain_text("l’appareil est invité aussitôt, au nom de Awa")
    desk.get_by_role("button", name="Filmer la demande").click()
    carried.answer_of(desk, "Awa")
    card = carried.card_of(desk, "Awa")
    expect(card).to_contain_text("L’appareil que vous avez filmé est invité")
    eventually("the camera is off", lambda: carried.camera_is_off(desk))
    assert axe_violations(desk) == []

    CameraFile(tmp_path / "tablet.y4m").point_at(desk)
    tablet.get_by_role("button", name="Filmer la réponse").click()
    tablet.get_by_role("heading", name="Choisissez un code").wait_for()
    eventually("the camera is off", lambda: carried.camera_is_off(tablet))
    choose_code(tablet)
    expect(tablet.get_by_text("Awa, vous")).to_be_visible(timeout=30_000)
    assert carried.members(team.data) == before + 1
    card.get_by_role("button", name="Terminé").click()
    expect(card).to_have_count(0)
    assert carried.members(team.data) == before + 1


@pytest.mark.timeout(300)
def test_the_camera_is_off_whenever_nobody_looks(tablet: Page) -> None:
    """Stopped, hidden or left, it ends; and what it sees without a code ends nothing."""
    carried.show_request(tablet)
    film, seen = tablet.get_by_role("button", name="Filmer la réponse"), tablet.get_by_label("Ce que voit la caméra")
    film.click()
    eventually("the camera is on", lambda: tablet.evaluate("document.querySelector('video')?.videoWidth > 0"))
    assert not carried.camera_is_off(tablet)
    assert axe_violations(tablet) == []
    tablet.get_by_role("button", name="Arrêter la caméra").click()
    assert carried.camera_is_off(tablet)
    film.click()
    eventually("the camera is on", lambda: not carried.camera_is_off(tablet))
    tablet.evaluate("""() => {
      Object.defineProperty(document, 'visibilityState', { value: 'hidden', configurable: true });
      document.dispatchEvent(new Event('visibilitychange'));
      delete document.visibilityState;
    }""")
    expect(seen).to_have_count(0)
    assert carried.camera_is_off(tablet)
    film.click()
    eventually("the camera is on", lambda: not carried.camera_is_off(tablet))
    tablet.get_by_role("button", name="Annuler").click()
    tablet.get_by_role("heading", name="Cet appareil n’a rejoint aucune association").wait_for()
    assert carried.camera_is_off(tablet)


def test_without_a_camera_or_leave_to_use_it_the_text_is_still_taken(team: Server, browse: Browse) -> None:
    for profile, words in (("no camera", "Il n’y a pas de caméra"), ("not allowed", "La caméra n’est pas permise")):
        context = browse(profile)
        page = context.pages[0]
        if profile == "not allowed":
            page.add_init_script("""navigator.mediaDevices.getUserMedia =
              () => Promise.reject(new DOMException('No.', 'NotAllowedError'))""")
        page.goto(team.origin)
        carried.show_request(page)
        page.get_by_role("button", name="Filmer la réponse").click()
        says(page, words)
        carried.paste(page, "bonjour")
        says(page, "n’est pas un code entier")
        context.close()


@pytest.mark.timeout(300)
def test_what_was_pasted_wrong_says_what_it_is_and_loses_nothing(
    team: Server, desk: Page, tablet: Page, browse: Browse
) -> None:
    """Another device's answer, a spoiled text, a request where an answer belongs, an answer where a request does."""
    request = carried.show_request(tablet)
    other = browse("other").pages[0]
    other.goto(team.origin)
    of_another = carried.paste_request(desk, "Inès", carried.show_request(other))
    office.add_device(desk, "Awa")
    for text, words in (
        (of_another, "C’est une réponse, pas une demande."),
        (request[:-3], "n’est pas un code entier"),
        (request[:40] + "AAAA" + request[44:] + "=", "n’est pas un code entier"),
    ):
        carried.paste(desk, text)
        says(desk, words)
    carried.paste(desk, "\n".join((request[:50], f" {request[50:]} ")))
    answer = carried.answer_of(desk, "Awa")
    office.add_device(desk, "Awa")
    carried.paste(desk, request)
    says(desk, "Cette demande a déjà sa réponse.")
    desk.keyboard.press("Escape")

    for text, words in (
        (of_another, "Cette réponse est pour un autre appareil"),
        (request, "C’est une demande, pas une réponse."),
        (answer[:-5], "n’est pas un code entier"),
    ):
        carried.paste(tablet, text)
        says(tablet, words)
    carried.paste(tablet, f"Voici :\n{answer}".removeprefix("Voici :"))
    tablet.get_by_role("heading", name="Lisez ces lettres").wait_for()
    assert office.letters_on(tablet) in re.sub(r"[^A-Z2-7]", "", carried.card_of(desk, "Awa").inner_text())


@pytest.mark.timeout(300)
def test_a_kill_between_the_answer_and_the_tick_leaves_the_invitation_with_its_letters(
    team: Server, browse: Browse, desk: Page, tablet: Page, tmp_path: Path
) -> None:
    answer = carried.paste_request(desk, "Awa", carried.show_request(tablet))
    letters = office.letters_on(desk)
    kill_browser(desk.context, tmp_path / "profiles" / "office")
    desk = at_the_desk(browse, team)
    assert (carried.answer_of(desk, "Awa"), office.letters_on(desk)) == (answer, letters)
    carried.paste(tablet, answer)
    office.let_in(desk, "Awa", tablet)


@pytest.mark.timeout(300)
def test_a_request_swapped_on_its_way_shows_other_letters_and_lets_nobody_in(
    team: Server, desk: Page, tablet: Page
) -> None:
    before = carried.members(team.data)
    answer = carried.paste_request(desk, "Awa", carried.swapped(carried.show_request(tablet)))
    carried.paste(tablet, answer)
    tablet.get_by_role("heading", name="Lisez ces lettres").wait_for()
    assert office.letters_on(desk) != office.letters_on(tablet)
    card = carried.card_of(desk, "Awa")
    card.get_by_role("button", name="Elles diffèrent").click()
    expect(card).to_have_count(0)
    tablet.get_by_role("button", name="Elles diffèrent").click()
    tablet.get_by_role("heading", name="Cet appareil n’a rejoint aucune association").wait_for()
    steps.try_now(desk)
    assert carried.members(team.data) == before
