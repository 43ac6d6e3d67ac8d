"""The shell of the app: it installs, opens without a network, and keeps to its own policy."""

import itertools
import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright

from tests.web.association import on_empty
from tests.web.browsing import FLAGS, WAIT_MS, Browse
from tests.web.conftest import axe_violations
from tests.web.server import Server


@pytest.fixture(scope="module")
def standing(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A running server in which nothing is founded, for the tests that neither kill it nor write to it."""
    made = on_empty(sqlite_template, tmp_path_factory.mktemp("standing") / "data")
    made.start()
    yield made
    made.kill()


@pytest.fixture(scope="module")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    with playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS) as browser:
        yield browser


@pytest.fixture
def untouched(chromium: Browser) -> Iterator[BrowserContext]:
    """What a browser keeps for nobody but this test: nothing yet."""
    with chromium.new_context(viewport={"width": 800, "height": 1280}, locale="fr-FR", color_scheme="dark") as context:
        context.set_default_timeout(WAIT_MS)
        context.new_page()
        yield context


def open_ready(context: BrowserContext, server: Server) -> Page:
    """Open the app and wait until it says that it can open without a network."""
    page = context.pages[0]
    page.goto(server.origin)
    page.get_by_text("Prêt à s’ouvrir sans réseau").wait_for()
    return page


def test_it_opens_again_with_the_server_dead_and_says_so_calmly(server: Server, browse: Browse) -> None:
    page = open_ready(browse(), server)
    server.kill()
    page.reload()
    page.get_by_role("heading", name="Cet appareil n’a rejoint aucune association").wait_for()
    page.get_by_text("Hors ligne").first.wait_for()


def test_it_opens_in_a_browser_started_anew_with_the_server_dead(server: Server, browse: Browse) -> None:
    context = browse()
    open_ready(context, server)
    server.kill()
    context.close()
    page = browse().pages[0]
    page.goto(server.origin)
    page.get_by_role("heading", name="Cet appareil n’a rejoint aucune association").wait_for()


def test_without_the_kept_copy_a_dead_server_is_a_dead_page(server: Server, browse: Browse) -> None:
    """The control: it is the kept copy that opens, not some other cache."""
    context = browse(service_workers="block")
    page = context.pages[0]
    page.goto(server.origin)
    server.kill()
    with pytest.raises(Exception, match="ERR_CONNECTION_REFUSED"):
        page.goto(server.origin)


def test_the_browser_offers_to_install_it(standing: Server, browse: Browse) -> None:
    page = open_ready(browse(), standing)
    session = page.context.new_cdp_session(page)
    assert session.send("Page.getInstallabilityErrors") == {"installabilityErrors": []}


def test_nothing_breaks_the_content_policy_and_nothing_foreign_is_asked(
    standing: Server, untouched: BrowserContext
) -> None:
    broken: list[str] = []
    asked: list[str] = []
    untouched.on("request", lambda request: asked.append(request.url))
    untouched.on("console", lambda message: broken.append(message.text) if message.type == "error" else None)
    page = open_ready(untouched, standing)
    page.get_by_role("button", name="English").click()
    assert broken == []
    assert asked
    assert [url for url in asked if not url.startswith(f"{standing.origin}/")] == []


def test_the_policy_refuses_what_it_should(standing: Server, untouched: BrowserContext) -> None:
    """The control: an injected style, an untrusted string and a foreign address are all reported."""
    page = open_ready(untouched, standing)
    broken = page.evaluate(
        """async () => {
            const seen = [];
            addEventListener('securitypolicyviolation', (event) => seen.push(event.effectiveDirective));
            document.body.setAttribute('style', 'color: red');
            try { document.body.innerHTML = '<b>Momo</b>'; } catch { /* the policy throws */ }
            try { await fetch('https://example.org/'); } catch { /* the policy refuses */ }
            await new Promise((done) => setTimeout(done, 200));
            return seen.sort();
        }"""
    )
    assert broken == ["connect-src", "require-trusted-types-for", "style-src-attr"]


@pytest.mark.parametrize("width", [390, 800, 1280])
def test_axe_finds_nothing_in_both_lights_and_languages(
    standing: Server, untouched: BrowserContext, width: int
) -> None:
    page = open_ready(untouched, standing)
    page.set_viewport_size({"width": width, "height": 900})
    for language, light in itertools.product(["fr", "en"], ["dark", "light"]):
        if page.evaluate("document.documentElement.lang") != language:
            page.get_by_role("button", name="English" if language == "en" else "Français").click()
        if page.evaluate("document.documentElement.dataset.theme") != light:
            page.get_by_role("button", name="Jour" if language == "fr" else "Day").or_(
                page.get_by_role("button", name="Nuit" if language == "fr" else "Night")
            ).click()
        page.locator(f"html[data-theme={light}]").wait_for()
        assert axe_violations(page) == [], (language, light)
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_axe_finds_a_planted_violation(standing: Server, untouched: BrowserContext) -> None:
    page = open_ready(untouched, standing)
    page.evaluate("document.querySelector('main').append(document.createElement('button'))")
    assert any("button-name" in violation for violation in axe_violations(page))


def test_every_control_is_a_target_for_a_gloved_thumb(standing: Server, untouched: BrowserContext) -> None:
    page = open_ready(untouched, standing)
    sizes = page.evaluate(
        "[...document.querySelectorAll('button')].map((b) => b.getBoundingClientRect()).map((r) => [r.width, r.height])"
    )
    assert sizes
    assert [size for size in sizes if min(size) < 48] == []


def test_the_manifest_and_the_worker_are_served_as_what_they_are(standing: Server, untouched: BrowserContext) -> None:
    page = open_ready(untouched, standing)
    manifest = page.request.get(f"{standing.origin}/manifest.webmanifest")
    assert manifest.headers["content-type"].startswith("application/manifest+json")
    assert json.loads(manifest.body())["name"] == "Escale"
    worker = page.request.get(f"{standing.origin}/service-worker.js")
    assert worker.headers["cache-control"] == "no-cache"
    assert "default-src 'none'" in worker.headers["content-security-policy"]
