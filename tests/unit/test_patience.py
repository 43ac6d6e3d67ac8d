"""A server that has no time now: a device leaves it alone for as long as it asks, and loses nothing meanwhile."""

import asyncio
from dataclasses import dataclass, field

import httpx
import pytest

from sync.client import MSGPACK, PATIENCE_MS_MAX, Client, Refused
from sync.codec import encode
from sync.log import encode_receipt
from sync.writer import Genesis, write
from tests.engine_kit import START_MS, ModelServer, chance, entity, founded, moment

TWO_MINUTES_S = 120
YEAR_S = 365 * 86_400


@dataclass
class Busy:
    """A server that answers pushes with `busy` while there is one, and all else as it should; and a device's clock."""

    server: ModelServer
    busy: httpx.Response | None
    now_ms: int = START_MS
    asked: list[str] = field(default_factory=list)

    def answer(self, request: httpx.Request) -> httpx.Response:
        what = request.url.path.rpartition("/")[2]
        self.asked.append(what)
        match what:
            case "challenge":
                return httpx.Response(200, content=encode([bytes(32), START_MS]))
            case "token":
                return httpx.Response(200, content=encode(["token", START_MS]))
            case "push":
                return self.busy or httpx.Response(200, content=encode_receipt(self.server.push(request.content)))
            case _:
                return httpx.Response(200, content=self.server.page(int(request.url.params["after"])), headers=MSGPACK)


def problem(status: int, **details: object) -> httpx.Response:
    code = "too_many_requests" if status == 429 else "unavailable"
    return httpx.Response(status, json={"code": code, **details})


def waiting(busy: httpx.Response) -> tuple[Busy, Client]:
    """Return a busy server, and a device whose push it has just turned away."""
    server, awa = founded()
    write(awa, [Genesis(entity(1), "thing", {}, {"note": b"on"})], moment(3))
    line = Busy(server, busy)
    http = httpx.AsyncClient(transport=httpx.MockTransport(line.answer), base_url="http://escale.test")
    client = Client(http, awa, "http://escale.test", lambda: line.now_ms, chance(5), lambda _: None)
    assert refused(client).code in {"too_many_requests", "unavailable"}
    line.busy = None
    return line, client


def refused(client: Client) -> Refused:
    with pytest.raises(Refused) as refusal:
        asyncio.run(client.sync())
    return refusal.value


@pytest.mark.parametrize("status", [429, 503])
def test_a_server_that_asks_for_patience_is_asked_nothing_before_its_time_and_then_gets_all_of_it_once(
    status: int,
) -> None:
    line, client = waiting(problem(status, retry_after=TWO_MINUTES_S))
    before, cursor = list(line.asked), line.server.cursor
    line.now_ms += TWO_MINUTES_S * 1000 - 1
    assert refused(client).wait_ms == 1
    assert (line.asked, line.server.cursor) == (before, cursor)
    assert len(client.replica.outbox.ops) == 1
    line.now_ms += 1
    asyncio.run(client.sync())
    assert line.server.cursor == cursor + 1
    assert not client.replica.outbox.ops


@pytest.mark.parametrize("told", [{}, {"retry_after": None}, {"retry_after": "soon"}, {"retry_after": -5}])
def test_a_server_that_names_no_time_may_be_asked_again_at_once(told: dict[str, object]) -> None:
    line, client = waiting(problem(429, **told))
    asyncio.run(client.sync())
    assert line.asked.count("push") == 2
    assert not client.replica.outbox.ops


@pytest.mark.parametrize("later_ms", [PATIENCE_MS_MAX, -60_000, -86_400_000])
def test_neither_a_server_that_asks_for_a_year_nor_a_clock_set_back_silences_a_device_for_ever(later_ms: int) -> None:
    line, client = waiting(problem(429, retry_after=YEAR_S))
    assert refused(client).wait_ms == PATIENCE_MS_MAX
    line.now_ms += later_ms
    asyncio.run(client.sync())
    assert not client.replica.outbox.ops
