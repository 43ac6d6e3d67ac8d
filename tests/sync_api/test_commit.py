"""The answer leaves after the commit, never before; and pushes at one time are still one log."""

import asyncio
from collections.abc import Iterator

import httpx
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import event

from sync.log import decode_receipt
from tests.pens import Pen, founding
from tests.sync_api.test_push import stored
from tests.world import SPACE, World, code


def client_of(world: World) -> TestClient:
    assert isinstance(world.http, TestClient)
    return world.http


@pytest.fixture
def failing_commit(founded: World) -> Iterator[list[str]]:
    """While it is in use every commit of the service fails, as on a full disk."""
    app: object = client_of(founded).app
    while not isinstance(app, FastAPI):
        app = app.app  # type: ignore[attr-defined]
    failed: list[str] = []
    engine = app.state.sync.database.engine.sync_engine

    def fail(_connection: object) -> None:
        failed.append("commit")
        raise OSError("no space left on device")

    event.listen(engine, "commit", fail)
    yield failed
    event.remove(engine, "commit", fail)


def test_a_push_whose_commit_fails_is_not_acknowledged(founded: World, failing_commit: list[str]) -> None:
    body = founded.awa.push([founded.awa.genesis()])
    assert code(founded.push(body)) == (503, "unavailable")
    assert failing_commit == ["commit"]


def test_after_a_failed_commit_the_same_push_is_stored_once(founded: World) -> None:
    body = founded.awa.push([founded.awa.genesis()])
    receipt = decode_receipt(founded.push(body).content)
    assert (receipt.last_cursor, stored(founded)) == (4, 4)


def test_pushes_at_one_time_make_one_dense_log(world: World) -> None:
    """Eight devices push five segments each, every one twice at once: each op stands once, each receipt is one."""
    client, pens = client_of(world), [Pen(SPACE, seed) for seed in range(10, 18)]
    world.open_space(world.setup_secret())
    world.accept(world.odile, founding(world.odile, pens, roles=1))
    bodies = {pen.device: [pen.push([pen.genesis() for _ in range(4)]) for _ in range(5)] for pen in pens}

    async def push_all() -> None:
        transport = httpx.ASGITransport(client.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as http:

            async def device(pushes: list[bytes]) -> None:
                for body in pushes:
                    answers = await asyncio.gather(
                        *(http.post(f"/v1/spaces/{SPACE.hex()}/push", content=body) for _ in range(2))
                    )
                    assert [answer.status_code for answer in answers] == [200, 200]
                    assert answers[0].content == answers[1].content

            await asyncio.gather(*(device(pushes) for pushes in bodies.values()))

    assert client.portal is not None
    client.portal.call(push_all)
    page = world.page(world.odile, after=10, max_bytes=4_000_000)
    assert page.to_cursor == 10 + 8 * 5 * 4
    assert [segment.first_cursor for segment in page.segments] == list(range(11, 11 + 160, 4))
    assert code(world.push(b"")) == (422, "bad_seg")
