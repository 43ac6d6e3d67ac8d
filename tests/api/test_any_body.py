"""Whatever stands in a body, the answer is a refusal with a stable code, and not one row is more or other."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient
from hypothesis import example, given, settings
from hypothesis import strategies as st

from server.main import create_app
from sync.codec import encode
from tests.conftest import settings_for
from tests.world import SPACE, World

pytestmark = pytest.mark.sqlite

BOUNDED = settings(max_examples=60, derandomize=True, deadline=None, database=None)
ID = "ab" * 16
LINKED = "cd" * 16
ROUTES = [
    ("POST", "/v1/joins"),
    ("PUT", f"/v1/joins/{LINKED}/code1"),
    ("PUT", f"/v1/joins/{LINKED}/code2"),
    ("PUT", f"/v1/directory/zone/{ID}"),
    ("PUT", f"/v1/directory/structure/{ID}"),
    ("POST", "/v1/auth/token"),
    ("POST", "/v1/spaces"),
    ("POST", f"/v1/spaces/{SPACE.hex()}/push"),
]
NAMES = st.sampled_from(["join", "code", "name", "zone", "hours", "capacity", "type", "version"]) | st.text(max_size=5)
LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
VALUES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4), max_leaves=8
)
PACKED = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.binary(max_size=40) | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=6),
    max_leaves=8,
)
BODIES = st.binary(max_size=60) | VALUES.map(lambda value: json.dumps(value).encode()) | PACKED.map(encode)


@pytest.fixture
def world(sqlite_url: str) -> Iterator[World]:
    """An application with a space and a mailbox."""
    app = create_app(settings_for(sqlite_url).model_copy(update={"requests_per_address": 0}), lambda: made.now)

    @app.post("/planted")
    async def planted(body: dict[str, Any]) -> int:
        return int(body["join"])

    with TestClient(app, raise_server_exceptions=False) as http:
        made = World(http, sqlite_url)
        made.found()
        made.http.post("/v1/joins", json={"join": LINKED}, headers=made.bearer(made.odile)).raise_for_status()
        yield made


def statuses(world: World, method: str, path: str) -> set[int]:
    """Return how a route answers to any body; fail if it is an answer without a code."""
    asked, seen = {**world.bearer(world.odile), "if-none-match": "*", "content-type": "application/json"}, set()

    @BOUNDED
    @example(b"[" * 50_000)
    @example(b'{"join": "\\ud800", "code": "\\ud800", "name": "\\ud800"}')
    @example(b'{"join": NaN, "code": 1e999, "name": Infinity}')
    @example(b'{"code": "\x00"}')
    @example(b'{"name": "\x00", "name": "a\\u0000b"}')
    @example(b"9" * 5_000)
    @example(b"\xef\xbb\xbf{}")
    @given(BODIES)
    def ask(body: bytes) -> None:
        answer = world.http.request(method, path, content=body, headers=asked)
        seen.add(answer.status_code)
        assert answer.headers["content-type"] == "application/problem+json", answer.text
        assert answer.json()["code"] not in {"", "internal_error"}

    ask()
    return seen


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_any_body_is_refused_by_name_and_stores_nothing(world: World, method: str, path: str) -> None:
    before = world.tables()
    assert all(400 <= status < 500 for status in statuses(world, method, path))
    after = world.tables()
    assert {name for name, rows in after.items() if rows != before[name]} <= {"challenge", "token"}


def test_a_route_with_a_bug_is_found(world: World) -> None:
    """The control: what a planted route does not expect is no refusal."""
    with pytest.raises(AssertionError, match="internal_error"):
        statuses(world, "POST", "/planted")
