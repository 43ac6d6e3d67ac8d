"""Every refusal is problem+json with a stable code, the framework's own included, and it echoes nothing."""

import pytest
from fastapi import FastAPI, Request
from fastapi.testclient import TestClient

from server.main import create_app
from sync.errors import StreamMoved
from sync.limits import PUSH_BYTES_MAX
from tests.conftest import settings_for


@pytest.fixture
def app(tmp_path: object) -> FastAPI:
    """The application with three routes of the tests' own, one for each way to go wrong."""
    app = create_app(settings_for(f"sqlite+aiosqlite:///{tmp_path}/escale.db"))

    @app.get("/typed/{number}")
    async def typed(number: int) -> int:
        return number

    @app.post("/size")
    async def size(request: Request) -> int:
        return len(await request.body())

    @app.get("/refused")
    async def refused() -> None:
        raise StreamMoved(1, bytes(32))

    @app.get("/bug")
    async def bug() -> None:
        raise RuntimeError("Momo")

    return app


@pytest.fixture
def bad_client(app: FastAPI) -> TestClient:
    return TestClient(app, raise_server_exceptions=False)


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nowhere", 404, "not_found"),
        ("POST", "/healthz", 405, "method_not_allowed"),
        ("GET", "/typed/momo", 422, "invalid_request"),
        ("GET", "/refused", 409, "stream_moved"),
        ("GET", "/bug", 500, "internal_error"),
    ],
)
def test_every_refusal_has_a_stable_code(
    bad_client: TestClient, method: str, path: str, status: int, code: str
) -> None:
    answer = bad_client.request(method, path)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert (body["status"], body["code"], body["type"]) == (status, code, f"urn:escale:problem:{code}")
    assert body["title"].endswith(".")
    assert "momo" not in answer.text.lower()


def test_a_refusals_details_stand_beside_its_code(bad_client: TestClient) -> None:
    body = bad_client.get("/refused").json()
    assert (body["next_seq"], body["head"]) == (1, "00" * 32)


def test_a_method_that_is_not_allowed_names_those_that_are(bad_client: TestClient) -> None:
    assert bad_client.post("/healthz").headers["allow"] == "GET"


def test_a_body_at_the_limit_is_read(bad_client: TestClient) -> None:
    answer = bad_client.post("/size", content=iter([b"0" * PUSH_BYTES_MAX]))
    assert (answer.status_code, answer.json()) == (200, PUSH_BYTES_MAX)


@pytest.mark.parametrize("announced", [True, False])
def test_a_body_over_the_limit_is_refused(bad_client: TestClient, announced: bool) -> None:
    """Announced by its length, or found while it is read."""
    too_long = b"0" * (PUSH_BYTES_MAX + 1)
    answer = bad_client.post("/size", content=too_long if announced else iter([too_long]))
    assert answer.status_code == 413
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == "too_large"


def test_refusals_carry_the_security_headers_and_are_never_kept(bad_client: TestClient) -> None:
    for path in ("/nowhere", "/bug", "/refused"):
        headers = bad_client.get(path).headers
        assert "default-src 'none'" in headers["content-security-policy"]
        assert headers["cache-control"] == "no-store"


def test_a_bug_is_logged_by_its_place_and_never_by_its_message(
    capsys: pytest.CaptureFixture[str], bad_client: TestClient
) -> None:
    bad_client.get("/bug")
    logged = capsys.readouterr().err
    assert "RuntimeError in test_problems.py:" in logged
    assert "Momo" not in logged
