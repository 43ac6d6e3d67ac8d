"""The sync service alone, on a fresh database of each dialect, with a space founded by Odile."""

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from sync.http.app import create_app
from tests.pens import REGISTRY
from tests.world import World


@pytest.fixture
def world(database_url: str) -> Iterator[World]:
    """A service with a migrated, empty database."""
    app = create_app(database_url, REGISTRY, lambda: made.now)
    with TestClient(app) as http:
        made = World(http, database_url)
        yield made


@pytest.fixture
def founded(world: World) -> World:
    """A service with a space of two members: Odile, who administers it, and Awa, who writes."""
    world.found()
    return world
