"""The floor: the raw driver on the same bytes, in transactions of the same size, with the same durability.

One table without an index beside its key: no server can store an op and read it back for less.
"""

import asyncio
import sqlite3
from collections.abc import Sequence

import asyncpg  # type: ignore[import-untyped]
import sqlalchemy

from tests.pens import Pair

TABLE = "CREATE TABLE floor (cursor BIGINT PRIMARY KEY, header {0} NOT NULL, sealed {0} NOT NULL)"
READ = "SELECT header, sealed FROM floor WHERE cursor > {0} ORDER BY cursor LIMIT {1}"


class SqliteFloor:
    """`durability` is what SQLite answers that it is set to."""

    def __init__(self, url: str) -> None:
        path = f"{sqlalchemy.make_url(url).database}.floor"
        self.db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        wanted = {"journal_mode": "wal", "synchronous": 2}
        self.durability = {name: self._set(name, value) for name, value in wanted.items()}
        assert self.durability == wanted
        self.db.execute(TABLE.format("BLOB"))

    def _set(self, name: str, value: object) -> object:
        self.db.execute(f"PRAGMA {name} = {value}")
        return self.db.execute(f"PRAGMA {name}").fetchone()[0]

    def write(self, first: int, pairs: Sequence[Pair]) -> None:
        self.db.execute("BEGIN IMMEDIATE")
        self.db.executemany("INSERT INTO floor VALUES (?, ?, ?)", [(n, *pair) for n, pair in enumerate(pairs, first)])
        self.db.execute("COMMIT")

    def read(self, after: int, n: int) -> list[Pair]:
        return list(self.db.execute(READ.format("?", "?"), (after, n)))


class PostgresqlFloor:
    """`durability` is what the server answers that it is set to."""

    def __init__(self, url: str) -> None:
        self.loop = asyncio.Runner()
        self.db = self.loop.run(asyncpg.connect(url.replace("+asyncpg", "")))
        asked = ("fsync", "synchronous_commit", "full_page_writes")
        self.durability = {name: self.loop.run(self.db.fetchval(f"SHOW {name}")) for name in asked}
        assert set(self.durability.values()) == {"on"}
        self.loop.run(self.db.execute(TABLE.format("BYTEA")))

    def write(self, first: int, pairs: Sequence[Pair]) -> None:
        rows = [(n, *pair) for n, pair in enumerate(pairs, first)]  # executemany is one transaction by itself
        self.loop.run(self.db.executemany("INSERT INTO floor VALUES ($1, $2, $3)", rows))

    def read(self, after: int, n: int) -> list[Pair]:
        return list(self.loop.run(self.db.fetch(READ.format("$1", "$2"), after, n)))
