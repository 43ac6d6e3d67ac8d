"""An evening on a fresh database of each dialect."""

from collections.abc import Iterator

import pytest

from tests.crash.evening import Evening, evening_on


@pytest.fixture
def evening(database_url: str) -> Iterator[Evening]:
    with evening_on(database_url) as made:
        yield made
