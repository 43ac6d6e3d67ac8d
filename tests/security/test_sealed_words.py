"""T6: whoever steals the database, its write-ahead log or the server's logs reads no sealed word."""

import os
import shutil
import sqlite3
import subprocess
import sys
from base64 import b64encode
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from server.demo.care import CARE_NOTES, FILES
from server.demo.cast import PEOPLE, WORKERS
from server.demo.stock import BAGS, LOSS_NOTE
from server.demo.story import HANDOVERS, NOTES
from server.demo.vault import NURSE, open_vault
from server.settings import DATABASE, ROOT
from tests.security.canaries import leaks

LOG = "server.log"
WORDS = [
    *(alias for alias, _ in PEOPLE if len(alias) > 5),
    *(sign for _, sign in PEOPLE),
    *NOTES,
    *CARE_NOTES,
    *FILES,
    *BAGS.values(),
    *HANDOVERS,
    LOSS_NOTE,
    *(worker.name for worker in WORKERS if len(worker.name) > 4),
    "Passage tranquille.",
]


@pytest.fixture(scope="module")
def data(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The data folder of a demo of two weeks, and all that was logged while it was made.

    A command of its own makes it, as a deployer would, whose log is then everything that any library says.
    """
    data = tmp_path_factory.mktemp("data")
    shutil.copy(sqlite_template, data / DATABASE)
    environment = os.environ | {"ESCALE_DATA": str(data), "DATABASE_URL": "", "PYTHONPATH": str(ROOT)}
    holder = sqlite3.connect(data / DATABASE)  # while it is open the write-ahead log is not folded away
    holder.execute("PRAGMA wal_autocheckpoint = 0")
    holder.execute("SELECT count(*) FROM op").fetchone()
    script = (
        "import asyncio, sys; from datetime import datetime; from server.demo.make import make_demo;"
        "from server.settings import Settings;"
        "asyncio.run(make_demo(Settings(), datetime.fromisoformat(sys.argv[1]), lambda *_: None))"
    )
    now = datetime(2026, 11, 24, 12, tzinfo=UTC).isoformat()
    with (data / LOG).open("wb") as log:
        subprocess.run([sys.executable, "-c", script, now], env=environment, check=True, stdout=log, stderr=log)
    yield data
    holder.close()


@pytest.fixture(scope="module")
def stolen(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a thief takes after two weeks: the database and its write-ahead log as they lie, and everything logged."""
    taken = tmp_path_factory.mktemp("stolen")
    for path in [*data.glob(f"{DATABASE}*"), data / LOG]:
        shutil.copy(path, taken / path.name)
    return taken


def test_no_sealed_word_is_in_database_write_ahead_log_or_logs(stolen: Path) -> None:
    assert {path.name for path in stolen.iterdir()} >= {DATABASE, f"{DATABASE}-wal", LOG}
    assert all(path.stat().st_size > 10_000 for path in stolen.iterdir() if path.name != f"{DATABASE}-shm")
    assert leaks(WORDS, stolen) == []


@pytest.mark.parametrize("name", [DATABASE, f"{DATABASE}-wal", LOG])
def test_a_word_planted_in_each_place_is_found_in_every_form(stolen: Path, tmp_path: Path, name: str) -> None:
    """The control."""
    for encoded in (b"Momo Canari", "Momo Canari".encode("utf-16-le"), b64encode(b"--Momo Canari--")):
        shutil.copy(stolen / name, tmp_path / name)
        with (tmp_path / name).open("ab") as file:
            file.write(encoded)
        assert leaks(["Momo Canari"], tmp_path) == [("Momo Canari", name)]


def test_what_the_server_may_know_is_there(stolen: Path) -> None:
    """The plain half of the catalogue is readable, as docs/what-we-hold.md says."""
    assert leaks(["Stalingrad", "crack_kit"], stolen)


def test_the_words_looked_for_are_really_written(data: Path) -> None:
    """Opened with a member's keys, and what is about health with a nurse's, the same demo holds them."""
    vault = open_vault(data, NURSE)
    assert vault is not None
    health = vault.health_replica()
    assert health is not None
    payloads = [*vault.replica().payloads.values(), *health.payloads.values()]
    opened = {field.value for payload in payloads for field in payload.fields}
    assert set(WORDS) - {value for value in opened if isinstance(value, str)} == set()
