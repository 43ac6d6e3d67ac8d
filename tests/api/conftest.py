"""The whole application, on a fresh database of each dialect, with a space founded by Odile."""

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from server.main import create_app
from tests.conftest import settings_for
from tests.neighbours import Neighbours, neighbours
from tests.world import World


@pytest.fixture
def world(database_url: str) -> Iterator[World]:
    """An application with a migrated, empty database."""
    app = create_app(settings_for(database_url), clock_ms=lambda: made.now)
    with TestClient(app) as http:
        made = World(http, database_url)
        yield made


@pytest.fixture
def founded(world: World) -> World:
    """An application with a space of two members: Odile, who administers it, and Awa, who writes."""
    world.found()
    return world


@pytest.fixture
def both(founded: World) -> Neighbours:
    """Our association with something of every kind, and Chloé's beside it."""
    return neighbours(founded)
