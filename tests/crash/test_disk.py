"""SQLite's own calls: kill -9 at each of them, and a disk that is full or fails.

What was acknowledged is there once; what was not is not, or is there whole and answered so when it is sent again. A
rotation is a push too, whose effect is on the members' keys.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import wait
from itertools import count, islice
from pathlib import Path

import pytest

from sync.control import EpochBody
from sync.keys import Epoch, commit, wrap
from sync.secret import EpochKey
from tests.crash.evening import (
    Evening,
    NotNow,
    Outcome,
    assert_log_holds_each_op_once,
    assert_tables_count_each_row_once,
    reading,
    strike,
)
from tests.crash.injected import calls, fail_at, kill_at, traced
from tests.pens import Pen
from tests.world import SPACE

on_sqlite = pytest.mark.parametrize("database_url", [pytest.param("sqlite", marks=pytest.mark.sqlite)], indirect=True)


def pushes(evening: Evening) -> Iterator[bytes]:
    """Yield one worker's segments, of three ops each."""
    while True:
        yield evening.pens[0].push(list(islice(evening.streets[0], 3)))


def rotations(evening: Evening) -> Iterator[bytes]:
    """Yield the administrator's rotations, each to the epoch after the one before."""
    members = sorted([evening.odile, *evening.pens], key=lambda pen: pen.device)
    for n in count(2):
        key = EpochKey(n.to_bytes(32))
        epoch = Epoch(SPACE, n, commit(SPACE, n, key))
        wraps = tuple((pen.device, wrap(key, pen.box.public, epoch, pen.device)) for pen in members)
        body = EpochBody(n, epoch.commitment, bytes(60), wraps)
        yield evening.odile.push([evening.odile.control("epoch", body, n - 1)])


@on_sqlite
@pytest.mark.parametrize("segments", [pushes, rotations])
def test_a_server_killed_at_every_call_that_writes_loses_nothing_and_stores_nothing_twice(
    evening: Evening, database_url: str, tmp_path: Path, segments: Callable[[Evening], Iterator[bytes]]
) -> None:
    bodies, deaths = segments(evening), Counter[str]()
    evening.server.start()
    with traced(evening.server.pid, tmp_path / "calls"):
        evening.deliver([next(bodies)])
    usual = calls(tmp_path / "calls")
    for call in usual:
        while kill_in(evening, next(bodies), tmp_path / "killed", kill_at(call, deaths[call] + 1)):
            deaths[call] += 1
    assert deaths["pwrite64"] > 10
    assert deaths["fdatasync"] >= 1
    assert set(deaths) == set(usual)
    assert {Outcome.NOT_STORED, Outcome.STORED} <= set(evening.outcomes)
    with reading(database_url, Pen(SPACE, 0)) as world:
        assert_log_holds_each_op_once(world, evening)
        assert_tables_count_each_row_once(world, evening)
        epochs = [n for (n,) in world.rows("SELECT n FROM epoch ORDER BY n")]
    assert len(epochs) == (deaths.total() + len(usual) + 2 if segments is rotations else 1)
    assert epochs == list(range(1, 1 + len(epochs)))


def kill_in(evening: Evening, body: bytes, report: Path, moment: str) -> bool:
    """Push, die at a moment, restart and push again; False if the push was answered before that moment came."""
    with traced(evening.server.pid, report, "-e", moment):
        sent = evening.send([body])
        wait(sent)
        is_answered = sent[0].exception() is None
        if not is_answered:
            evening.server.wait()
    if is_answered:
        evening.deliver([body])
    else:
        strike(evening, [body], sent)
    return not is_answered


FAULTS = [("pwrite64", "ENOSPC"), ("pwrite64", "EIO"), ("fdatasync", "EIO"), ("fdatasync", "ENOSPC")]


@on_sqlite
@pytest.mark.parametrize("lasting", [False, True], ids=["once", "from_then_on"])
def test_a_disk_that_is_full_or_fails_acknowledges_nothing_and_the_same_push_is_stored_once_afterwards(
    evening: Evening, database_url: str, tmp_path: Path, lasting: bool
) -> None:
    bodies, refused = pushes(evening), Counter[tuple[str, str]]()
    evening.server.start()
    evening.deliver([next(bodies)])
    for call, error in FAULTS:
        for n in (1, 2, 7, 12) if call == "pwrite64" else (1,):
            body = next(bodies)
            with traced(evening.server.pid, tmp_path / "failed", "-e", fail_at(call, error, n, lasting=lasting)):
                (sent,) = evening.send([body])
                if isinstance(sent.exception(), NotNow):
                    refused[call, error] += 1
                    with reading(database_url, Pen(SPACE, 0)) as world:
                        assert world.rows("SELECT cursor FROM space") == [(evening.cursor,)]
                else:
                    sent.result()
            evening.deliver([body])
    assert set(refused) == set(FAULTS)
    with reading(database_url, Pen(SPACE, 0)) as world:
        assert_log_holds_each_op_once(world, evening)
        assert_tables_count_each_row_once(world, evening)
