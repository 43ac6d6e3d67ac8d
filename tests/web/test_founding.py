"""An empty installation becomes an association, in the browser alone: `./dev run --no-demo`, and the link it prints."""

import sqlite3
from itertools import combinations
from pathlib import Path

import pytest
import shamir_mnemonic  # type: ignore[import-untyped]
from playwright.sync_api import expect

from server.settings import DATABASE
from sync.recovery import recovery_identity
from sync.secret import RecoverySeed
from tests.security.canaries import leaks
from tests.web.association import Association, kinds_written, write_the_lists
from tests.web.browsing import Browse
from tests.web.conftest import axe_violations
from tests.web.dev_run import DevRun
from tests.web.office import (
    NAME,
    add_worker,
    found,
    invite,
    let_in,
    open_setup_link,
    say_name,
    write_paper_down,
)
from tests.web.server import Server
from tests.web.steps import come_back, is_up_to_date, record_someone_without_name


def recovery_keys(data: Path) -> tuple[bytes, bytes]:
    """Return the keys of the member without a worker, as the server's log made it one."""
    with sqlite3.connect(data / DATABASE) as database:
        ((ed_pk, x_pk, roles),) = database.execute("SELECT ed_pk, x_pk, roles FROM member WHERE worker IS NULL")
    assert roles == 7
    return ed_pk, x_pk


def test_two_of_three_papers_read_by_another_library_are_the_recovery_member(
    server: Server, browse: Browse, tmp_path: Path
) -> None:
    """One paper alone says nothing, and no paper is anywhere but on the screen."""
    page = browse("office").pages[0]
    papers = found(page, server)
    assert len(set(papers)) == 3
    for pair in combinations(papers, 2):
        seed = RecoverySeed(shamir_mnemonic.combine_mnemonics(pair))
        identity = recovery_identity(seed)
        assert identity.box is not None
        assert (identity.signing.public, identity.box.public) == recovery_keys(server.data)
    for paper in papers:
        with pytest.raises(shamir_mnemonic.MnemonicError):
            shamir_mnemonic.combine_mnemonics([paper])
    assert leaks([" ".join(paper.split()[:4]) for paper in papers], tmp_path) == []
    expect(page.get_by_role("region", name=NAME)).to_contain_text("Administration, Autre")


def test_a_used_or_an_older_link_is_refused_with_clear_words(server: Server, browse: Browse) -> None:
    older = server.setup_link
    server.kill()
    server.start()
    page = browse("office").pages[0]
    for link in (older, server.setup_link):
        assert link is not None
        if link == server.setup_link:
            found(browse("other").pages[0], server)
        page.goto("about:blank")
        page.goto(link)
        expect(page.get_by_role("alert")).to_contain_text("Ce lien de mise en place a déjà servi")
    server.kill()
    server.start()
    assert server.setup_link is None


def test_a_page_closed_among_the_papers_leaves_the_link_as_it_was(server: Server, browse: Browse) -> None:
    page = browse("office").pages[0]
    open_setup_link(page, server)
    say_name(page)
    write_paper_down(page, 1)
    page.get_by_role("heading", name="Papier de secours 2 sur 3").wait_for()
    page.goto("about:blank")
    page.goto(server.origin)
    page.get_by_role("heading", name="Cet appareil n’a rejoint aucune association").wait_for()
    assert len(found(page, server)) == 3


def test_every_step_of_founding_is_accessible(server: Server, browse: Browse) -> None:
    page = browse("phone", viewport={"width": 390, "height": 844}, color_scheme="light").pages[0]
    open_setup_link(page, server)
    assert axe_violations(page) == []
    say_name(page)
    page.get_by_role("heading", name="Papier de secours 1 sur 3").wait_for()
    assert axe_violations(page) == []
    page.get_by_role("button", name="Je l’ai sur papier").click()
    page.get_by_role("textbox").wait_for()
    assert axe_violations(page) == []


def test_a_second_device_joins_by_a_link_once_both_people_have_compared_the_letters(
    server: Server, browse: Browse
) -> None:
    office = browse("office", viewport={"width": 1280, "height": 800}, color_scheme="light").pages[0]
    found(office, server)
    add_worker(office, "Awa", "Maraude")
    assert axe_violations(office) == []
    link = invite(office, "Awa")
    tablet = browse("tablet").pages[0]
    tablet.goto(link)
    let_in(office, "Awa", tablet)
    expect(tablet.get_by_text("Awa, vous")).to_be_visible()
    expect(office.get_by_role("region", name="Awa").get_by_role("listitem")).to_have_count(1)
    other = browse("other").pages[0]
    other.goto(link)
    expect(other.get_by_role("alert")).to_contain_text("Ce lien a déjà servi")


def test_an_empty_installation_becomes_an_association_that_goes_out(
    first_empty: DevRun, founded: Association, browse: Browse
) -> None:
    """Founded, a zone and a structure, a worker on a second device, an evening without a network: it arrives.

    And what the other tests begin with, a copy of one made before, is what a fresh one is.
    """
    office = browse("office", viewport={"width": 1280, "height": 800}, color_scheme="light").pages[0]
    found(office, first_empty)
    write_the_lists(office)
    is_up_to_date(office)
    assert kinds_written(first_empty.data) == kinds_written(founded.folder / "data")
    tablet = browse("tablet").pages[0]
    tablet.goto(invite(office, "Awa"))
    let_in(office, "Awa", tablet)
    tablet.get_by_role("button", name="Stalingrad").wait_for()
    first_empty.kill()
    tablet.get_by_role("button", name="Stalingrad").click()
    tablet.get_by_role("button", name="Ouvrir la maraude").click()
    record_someone_without_name(tablet)
    expect(tablet.get_by_text("1 rencontre, 1 personne")).to_be_visible()
    first_empty.start()
    assert first_empty.setup_link is None
    is_up_to_date(tablet)
    with sqlite3.connect(first_empty.data / DATABASE) as database:
        ((zone, anonymous),) = database.execute("SELECT zone, anon FROM encounter").fetchall()
        ((stalingrad,),) = database.execute("SELECT id FROM zone WHERE name = 'Stalingrad'").fetchall()
    assert (zone, anonymous is not None) == (stalingrad, True)


def test_what_was_typed_without_a_network_stays_and_is_written_later(server: Server, browse: Browse) -> None:
    office = browse("office").pages[0]
    found(office, server)
    server.kill()
    office.get_by_role("button", name="Ajouter\u00a0: Zone", exact=True).click()
    sheet = office.get_by_role("dialog")
    sheet.get_by_label("Nom", exact=True).fill("Stalingrad")
    assert axe_violations(office) == []
    sheet.get_by_role("button", name="Enregistrer").click()
    expect(sheet.get_by_role("alert")).to_contain_text("s’écrivent avec du réseau")
    office.keyboard.press("Escape")
    office.get_by_role("button", name="Verrouiller").click()
    come_back(office, server.origin)
    expect(office.get_by_role("dialog").get_by_label("Nom", exact=True)).to_have_value("Stalingrad")
    server.start()
    office.get_by_role("dialog").get_by_role("button", name="Enregistrer").click()
    office.get_by_role("button", name="Corriger Stalingrad").wait_for()
