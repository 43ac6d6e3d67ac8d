"""The association on the real service: its log there is the model's, byte for byte."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from fastapi.testclient import TestClient

from sync.http.app import create_app
from tests.engine_kit import REGISTRY
from tests.world import World


@contextmanager
def serving(file: Path) -> Iterator[World]:
    """A service on a SQLite database, its clock in a test's hand."""
    url = url_of(file)
    with TestClient(create_app(url, REGISTRY, lambda: made.now), raise_server_exceptions=False) as http:
        made = World(http, url)
        yield made


def replay(world: World, pushes: Sequence[tuple[int, bytes]]) -> None:
    """Let the service take what was pushed, each thing at its time."""
    for now_ms, data in pushes:
        world.now = now_ms
        answered = world.push(data)
        assert answered.status_code == 200, answered.text


def url_of(file: Path) -> str:
    """Return the URL of a SQLite file."""
    return f"sqlite+aiosqlite:///{file}"
