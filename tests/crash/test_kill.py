"""Kill -9 between receipt and answer of a push: every acknowledged op present once, every row counted once."""

import asyncio
import os
import random
import time
from concurrent.futures import Future, wait

import pytest

from sync.store.database import Database
from tests.crash.evening import (
    Evening,
    Outcome,
    assert_log_holds_each_op_once,
    assert_tables_count_each_row_once,
    reading,
    strike,
)
from tests.crash.process import serve_and_commit_late
from tests.pens import Pen
from tests.world import SPACE

SEEDS = [int(os.environ["ESCALE_SEED"])] if "ESCALE_SEED" in os.environ else list(range(50))
"""One round each. A failure names its seed; `ESCALE_SEED=17` plays that round alone."""


def kill_once(evening: Evening, seed: int) -> None:
    """Push unharmed to learn the latency, push again and kill at a moment of 0 to 2 latencies, restart, retry.

    One round in five kills as soon as the first commit is seen: chance alone seldom meets the time between a commit
    and its answer, and that is where a lost receipt would hide.
    """
    rng = random.Random(seed)
    unharmed, struck = evening.bodies(rng), evening.bodies(rng)
    started = time.monotonic()
    evening.deliver(unharmed)
    latency_s = time.monotonic() - started
    if seed % 5 == 0:
        sent = asyncio.run(send_and_kill_at_the_first_commit(evening, struck))
    else:
        sent = evening.send(struck)
        wait(sent, timeout=rng.uniform(0, 2) * latency_s)
    strike(evening, struck, sent)


async def send_and_kill_at_the_first_commit(evening: Evening, bodies: list[bytes]) -> list[Future[bytes]]:
    database = Database(evening.server.url)
    async with database.engine.connect() as connection:
        if database.dialect.name == "postgresql":
            # For as long as the connection lasts: each look has to be a short one.
            await connection.exec_driver_sql("SELECT set_config('escale.installation', 'on', false)")
            await connection.commit()
        sent, end = evening.send(bodies), evening.cursor
        while end == evening.cursor and not all(future.done() for future in sent):
            end = (await connection.exec_driver_sql("SELECT cursor FROM space")).scalar_one()
            await connection.rollback()
        evening.server.kill()
    await database.close()
    return sent


def test_a_server_killed_at_any_moment_of_a_push_loses_nothing_and_stores_nothing_twice(
    evening: Evening, database_url: str
) -> None:
    evening.server.start()
    for seed in SEEDS:
        try:
            kill_once(evening, seed)
        except AssertionError as failure:
            raise AssertionError(f"seed {seed}: {failure}") from failure
    if len(SEEDS) > 1:
        assert set(evening.outcomes) == set(Outcome), evening.outcomes
    with reading(database_url, Pen(SPACE, 0)) as world:
        assert_log_holds_each_op_once(world, evening)
        assert_tables_count_each_row_once(world, evening)


def test_a_server_that_answers_before_it_commits_is_found_out(evening: Evening) -> None:
    """The control: the same check fails where the bug is planted."""
    evening.server.start(serve_and_commit_late)
    bodies = evening.bodies(random.Random(0))[:1]
    sent = evening.send(bodies)
    wait(sent, timeout=20)
    with pytest.raises(AssertionError, match="an acknowledged push was not in the log"):
        strike(evening, bodies, sent)
