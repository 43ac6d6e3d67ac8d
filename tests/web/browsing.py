"""A real browser, with profiles that can be closed and opened again."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import BrowserContext, Playwright, expect

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
WAIT_MS = 20_000

Browse = Callable[..., BrowserContext]


@contextmanager
def browsing(playwright: Playwright, profiles: Path) -> Iterator[Browse]:
    """Yield what opens a browser profile by name; closed and opened again it is the same profile."""
    opened: list[BrowserContext] = []

    def browse(profile: str = "tablet", **options: object) -> BrowserContext:
        defaults = {
            "viewport": {"width": 800, "height": 1280},
            "locale": "fr-FR",
            "color_scheme": "dark",
            "args": FLAGS,
        }
        context = playwright.chromium.launch_persistent_context(
            profiles / profile,
            executable_path=shutil.which("chromium"),
            **{**defaults, **options},  # type: ignore[arg-type]
        )
        context.set_default_timeout(WAIT_MS)
        expect.set_options(timeout=WAIT_MS)
        opened.append(context)
        return context

    yield browse
    for context in opened:
        context.close()
