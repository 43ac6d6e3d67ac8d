"""Devices that push to a real server all at once, what they were answered, and what must then stand in the database."""

import http.client
import json
import random
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial
from http import HTTPStatus
from itertools import islice

from fastapi.testclient import TestClient

from server.main import create_app
from sync.ids import OpId
from sync.log import OpRow, Receipt, decode_receipt
from sync.op import OpClass, decode_header, row_name
from sync.segment import decode_push
from tests.conftest import settings_for
from tests.crash.process import ServerProcess
from tests.evenings import Street
from tests.pens import Pen, founding, op_ids
from tests.world import SPACE, World

DEVICES = 3
PATIENCE_S = 30
ROW_KINDS = ("encounter", "distribution", "contact")


class Outcome(StrEnum):
    """Where the kill met a push."""

    NOT_STORED = "not stored"
    STORED = "stored, not answered"
    ANSWERED = "answered"


@dataclass
class Evening:
    """A server, the devices that push to it all at once, and every push with its receipt."""

    server: ServerProcess
    root: OpId
    odile: Pen
    pens: list[Pen]
    cursor: int
    acknowledged: dict[bytes, Receipt] = field(default_factory=dict)
    outcomes: Counter[Outcome] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.streets = [Street(pen).ops() for pen in self.pens]
        self.pool = ThreadPoolExecutor(DEVICES)

    def bodies(self, rng: random.Random) -> list[bytes]:
        """Return the next segment of each device."""
        sizes = [rng.randint(1, 30) for _ in self.pens]
        return [pen.push(list(islice(ops, n))) for pen, ops, n in zip(self.pens, self.streets, sizes, strict=True)]

    def send(self, bodies: list[bytes]) -> list[Future[bytes]]:
        """Begin to push all at once."""
        return [self.pool.submit(push, self.server.port, body) for body in bodies]

    def deliver(self, bodies: list[bytes]) -> list[bytes]:
        """Push until all are answered, keep the receipts, and hold that the log has grown by each op once."""
        answers = list(self.pool.map(partial(push_patiently, self.server.port), bodies))
        self.acknowledged |= zip(bodies, map(decode_receipt, answers), strict=True)
        for receipt in sorted((self.acknowledged[body] for body in bodies), key=lambda one: one.first_cursor):
            assert receipt.first_cursor == self.cursor + 1
            self.cursor = receipt.last_cursor
        return answers


class NotNow(Exception):
    """The server says that its database does not answer."""


def push(port: int, body: bytes) -> bytes:
    """Return the receipt. Raises NotNow, and OSError or HTTPException where no whole answer arrives."""
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=20)) as line:
        line.request("POST", f"/v1/spaces/{SPACE.hex()}/push", body, {"content-type": "application/msgpack"})
        answer = line.getresponse()
        receipt = answer.read()
        if answer.status == HTTPStatus.SERVICE_UNAVAILABLE:
            assert json.loads(receipt)["code"] == "unavailable"
            raise NotNow
        assert answer.status == HTTPStatus.OK, receipt
        return receipt


def push_patiently(port: int, body: bytes) -> bytes:
    """Return the receipt, however often the server says that its database does not answer yet."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        with suppress(NotNow):
            return push(port, body)
    raise AssertionError("the database did not come back")


def strike(evening: Evening, bodies: list[bytes], sent: list[Future[bytes]]) -> None:
    """Kill and restart the server, push the same bytes again, and hold that who had an answer gets the same."""
    evening.server.kill()
    killed_ms = time.time_ns() // 1_000_000
    evening.server.start()
    push_again(evening, bodies, sent, killed_ms)


def push_again(evening: Evening, bodies: list[bytes], sent: list[Future[bytes]], struck_ms: int) -> None:
    """Push the same bytes again, and hold that who had an answer before the strike gets the same."""
    answered = [None if future.exception() else future.result() for future in sent]
    for body, before, receipt in zip(bodies, answered, evening.deliver(bodies), strict=True):
        assert before in {None, receipt}, "an acknowledged push was not in the log"
        stored = evening.acknowledged[body].server_ms <= struck_ms
        outcome = Outcome.STORED if stored else Outcome.NOT_STORED
        evening.outcomes[Outcome.ANSWERED if before else outcome] += 1


@contextmanager
def reading(database_url: str, odile: Pen) -> Iterator[World]:
    """The application in this process, on what the killed one has left."""
    with TestClient(create_app(settings_for(database_url), clock_ms=lambda: world.now)) as client:
        world = World(client, database_url, odile=odile)
        yield world


@contextmanager
def evening_on(database_url: str) -> Iterator[Evening]:
    """Found a space with Odile, who administers it, and three writers; the server is not started yet."""
    odile, *pens = [Pen(SPACE, seed) for seed in range(DEVICES + 1)]
    with reading(database_url, odile) as world:
        world.open_space(world.setup_secret())
        first = founding(odile, pens, roles=1)
        founded = world.accept(odile, first)
    made = Evening(ServerProcess(database_url), op_ids(first)[0], odile, pens, founded.last_cursor)
    yield made
    made.server.kill()
    made.pool.shutdown()


def assert_log_holds_each_op_once(world: World, evening: Evening) -> None:
    """Every op stands at the cursor that its receipt names, and the cursors are dense."""
    placed = {
        cursor: op
        for body, receipt in evening.acknowledged.items()
        for cursor, op in enumerate(op_ids(decode_push(body).ops), receipt.first_cursor)
    }
    founded = min(placed) - 1
    cursor, more = 0, True
    while more:
        page = world.page(world.odile, after=cursor)
        for segment in page.segments:
            assert segment.first_cursor == cursor + 1
            rows = [(row.header, row.sealed) for row in segment.rows if isinstance(row, OpRow)]
            for op in op_ids(rows):
                cursor += 1
                assert cursor <= founded or op == placed.pop(cursor)
        more = page.more
    assert (placed, cursor) == ({}, evening.cursor)


def assert_tables_count_each_row_once(world: World, evening: Evening) -> None:
    """The kinds' tables hold one line for each row pushed, and as many items as were given."""
    pairs = [pair for body in evening.acknowledged for pair in decode_push(body).ops]
    headers = [decode_header(header) for header, _ in pairs]
    for kind in ROW_KINDS:
        pushed = [
            row_name(op)
            for op, header in zip(op_ids(pairs), headers, strict=True)
            if header.kind == kind and header.op_class == OpClass.ROW
        ]
        assert Counter(bytes(row[0]) for row in world.rows(f"SELECT id FROM {kind}")) == Counter(pushed)
    given = sum(dict(header.facts)["count"] for header in headers if header.kind == "distribution")
    assert world.rows("SELECT coalesce(sum(count), 0) FROM distribution WHERE NOT void") == [(given,)]
