"""The engine in a browser's own cryptography: the vectors that Node holds, Chromium holds too."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, Route

from server.settings import ROOT
from tests.web.browsing import Browse

VECTORS = ROOT / "tests" / "vectors"
ORIGIN = "http://localhost:1"
"""No server listens there; the test answers. A browser gives its cryptography to such an origin only."""

CHECK = "([worked, python]) => import('/check.js').then((bundle) => bundle.checkVectors(worked, python))"


@pytest.fixture(scope="session")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The checks as one module, as `npm run vectors:bundle` builds them."""
    folder = tmp_path_factory.mktemp("vectors")
    command = ["npm", "run", "--silent", "vectors:bundle", "--", "--outDir", str(folder)]
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    subprocess.run(command, cwd=ROOT / "client_pwa", env=os.environ | {"PATH": path}, check=True, capture_output=True)
    return (folder / "check.js").read_text()


@pytest.fixture
def page(browse: Browse, bundle: str) -> Page:
    """An empty page of which one address is the bundle."""

    def answer(route: Route) -> None:
        if route.request.url.endswith("/check.js"):
            route.fulfill(body=bundle, content_type="text/javascript")
        else:
            route.fulfill(body="<!doctype html>", content_type="text/html")

    opened = browse(service_workers="block").pages[0]
    opened.route("**/*", answer)
    opened.goto(ORIGIN)
    return opened


def read(name: str) -> Any:
    return json.loads((VECTORS / f"{name}.json").read_text())


def flipped(text: str) -> str:
    """The same hex with its first bit changed."""
    return f"{int(text[0], 16) ^ 8:x}{text[1:]}"


def test_chromium_holds_every_vector(page: Page) -> None:
    assert page.evaluate(CHECK, [read("worked_example"), read("python")]) == []


@pytest.mark.parametrize("name", ["sig", "wrap", "o1_sealed"])
def test_a_changed_byte_is_found(page: Page, name: str) -> None:
    worked = read("worked_example")
    failures = page.evaluate(CHECK, [worked | {name: flipped(worked[name])}, read("python")])
    assert failures
