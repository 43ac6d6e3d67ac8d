"""A first load over the worst line there is, from the real server in a process of its own."""

import asyncio
import secrets
from itertools import islice

import httpx
import pytest

from server.kinds.registry import engine_registry
from sync.checkpoint import checkpoint_of, start_of
from sync.client import Client
from sync.http.service import wall_clock_ms
from sync.ids import OpId, StreamId
from sync.keyring import Identity
from sync.replica import Replica, new_replica
from sync.start import Start
from sync.store.pages import PAGE_BYTES_DEFAULT
from tests.crash.evening import Evening
from tests.crash.line import Line, line_to
from tests.pens import Pen
from tests.world import SPACE

LIVE_OPS = 20_000
PER_PUSH = 500
BYTES_PER_DROP = 20 * 50_000

on_sqlite = pytest.mark.parametrize("database_url", [pytest.param("sqlite", marks=pytest.mark.sqlite)], indirect=True)


def device(pen: Pen, root: OpId, start: Start | None = None) -> Replica:
    """Return a pen's device as an app has it. What pens seal is random bytes, which open for nobody."""
    return new_replica(
        Identity(pen.signing, pen.box), engine_registry(), SPACE, root, StreamId(pen.random.randbytes(16)), start
    )


async def read(replica: Replica, port: int) -> int:
    """Synchronise until nothing is left to read; return how often the line failed on the way."""
    origin, failures = f"http://127.0.0.1:{port}", 0
    while True:
        async with httpx.AsyncClient(base_url=origin, timeout=20) as http:
            client = Client(http, replica, origin, wall_clock_ms, secrets.token_bytes, lambda _: None)
            try:
                await client.sync()
            except httpx.HTTPError:
                failures += 1
            else:
                return failures


@on_sqlite
def test_a_first_load_of_twenty_thousand_live_operations_ends_on_a_line_that_drops_every_twenty_seconds(
    evening: Evening,
) -> None:
    evening.server.start()
    writer, newcomer, *_ = evening.pens
    for _ in range(LIVE_OPS // PER_PUSH):
        evening.deliver([writer.push(list(islice(evening.streets[0], PER_PUSH)))])
    whole = device(evening.odile, evening.root)
    assert asyncio.run(read(whole, evening.server.port)) == 0

    async def over_the_line() -> tuple[Replica, Line, int]:
        made = device(newcomer, evening.root, Start(SPACE, *start_of(whole.reader.view)))
        async with line_to(evening.server.port, BYTES_PER_DROP) as line:
            return made, line, await read(made, line.port)

    late, line, failures = asyncio.run(over_the_line())
    assert (late.reader.view.cursor, late.reader.view.log) == (evening.cursor, whole.reader.view.log)
    assert checkpoint_of(late.reader.view) == checkpoint_of(whole.reader.view)
    assert len(late.reader.view.first_entries) >= LIVE_OPS
    assert line.drops == failures > 5
    needed = line.carried - failures * PAGE_BYTES_DEFAULT
    assert needed > 5 * BYTES_PER_DROP, "the load was too small to be cut"
