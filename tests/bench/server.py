"""The server's figures on both databases: push, pull, incremental pull, bootstrap, memory, disk.

Four devices push segments of 500 ops to one worker over real HTTP, while nothing else is asked of it; the floor
writes the same bytes right after each round. A rate is the median of its rounds, so is its floor; the best round
is said beside it. What was timed is counted afterwards: ops in the log, rows in the kinds' tables, bytes in pages.
"""

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from pathlib import Path

import httpx
from alembic import command

from server.database import migrations
from sync.log import decode_page, decode_receipt
from tests.bench.figures import Figure, said
from tests.bench.floor import PostgresqlFloor, SqliteFloor
from tests.bench.load import DEVICES, Line, at_once, seconds_of
from tests.bench.parts import parts_of_pushes
from tests.bench.served import Served, served
from tests.databases import PostgresqlDatabases, asynchronous, postgresql
from tests.evenings import Street
from tests.pens import Pair, Pen, founding
from tests.world import SPACE, World, unpacked

SEGMENT_OPS = 500
ROUND_OPS = DEVICES * SEGMENT_OPS
INCREMENT_OPS = 100
SMALL, LARGE = 10_000, 1_000_000
PULLS, INCREMENTS, PROFILED = 5, 60, 20


@dataclass
class Bench:
    """One database, the server on it, the devices, and what they have pushed."""

    name: str
    world: World
    server: Served
    floor: SqliteFloor | PostgresqlFloor
    pens: list[Pen] = field(default_factory=lambda: [Pen(SPACE, seed) for seed in range(2, 2 + DEVICES)])
    figures: list[Figure] = field(default_factory=list)
    cursor: int = 0
    parts: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.streets = [Street(pen).ops() for pen in self.pens]
        self.world.open_space(self.world.setup_secret()).raise_for_status()
        founders = founding(self.world.odile, self.pens, roles=1)
        self.cursor = self.world.accept(self.world.odile, founders).last_cursor
        self.floor.write(1, founders)
        token, _ = unpacked(self.world.token(self.pens[0], self.server.origin))
        self.lines = [Line(self.server.port, token) for _ in range(DEVICES)]

    def say(self, name: str, value: float, unit: str, floor: float, best: float | None = None) -> None:
        beside = "" if best is None else f", best {best:.6g}"
        self.figures.append(said(f"{name}_{self.name}", value, unit, floor, beside))

    # ── Push ──

    def push_round(self, ops: int) -> tuple[float, float]:
        """Push so many ops, then write them to the floor; return the ops a second of each."""
        segments = [(device, list(islice(self.streets[device], SEGMENT_OPS))) for device in self._turns(ops)]
        bodies: list[list[bytes]] = [[] for _ in self.pens]
        for device, pairs in segments:
            bodies[device].append(self.pens[device].push(pairs))

        def push(device: int) -> None:
            receipts.extend(decode_receipt(self.lines[device].push(body)) for body in bodies[device])

        receipts: list[object] = []
        seconds = at_once(push)
        assert len(receipts) == len(segments)
        floor_s = seconds_of(partial(self._write_floor, [pairs for _, pairs in segments]))
        self.cursor += ops
        return ops / seconds, ops / floor_s

    def _turns(self, ops: int) -> list[int]:
        return [segment % DEVICES for segment in range(ops // SEGMENT_OPS)]

    def _write_floor(self, segments: Sequence[Sequence[Pair]]) -> None:
        for n, pairs in enumerate(segments):
            self.floor.write(self.cursor + 1 + n * SEGMENT_OPS, pairs)

    def push_until(self, ops: int, name: str) -> None:
        """Push in rounds until so many ops are stored; the figure is of the last rounds only, at that size."""
        rates: list[tuple[float, float]] = []
        while self.cursor < ops:
            rates.append(self.push_round(ROUND_OPS))
        values, floors = zip(*rates[-10:], strict=True)
        self.say(name, statistics.median(values), "ops/s", statistics.median(floors), best=max(values))
        self._assert_stored()

    def _assert_stored(self) -> None:
        [(ops,)] = self.world.rows("SELECT count(*) FROM op")
        rows = sum(self.world.rows(f"SELECT count(*) FROM {kind}")[0][0] for kind in ("encounter", "distribution"))
        pushed = self.world.rows("SELECT count(*) FROM op WHERE op_class = 2")[0][0]
        contacts = self.world.rows("SELECT count(*) FROM contact")[0][0]
        assert (ops, rows + contacts) == (self.cursor, pushed)

    def say_parts(self, name: str) -> dict[str, float]:
        """Say where the time of a push goes; the floor is what the part took with few ops stored, if that is known."""
        runs = [list(islice(self.streets[0], SEGMENT_OPS)) for _ in range(PROFILED)]
        parts = parts_of_pushes(self.world.url, [self.pens[0].push(pairs) for pairs in runs])
        self._write_floor(runs)
        self.cursor += PROFILED * SEGMENT_OPS
        self._assert_stored()
        for part, value in parts.items():
            self.say(f"{name}_{part}", value, "ms", self.parts.get(part, 0))
        return parts

    # ── Pull ──

    def pull_everything(self) -> None:
        """Every device pulls the whole log at once."""
        self._read_all("pull", Line.page, self.cursor)

    def begin_at_a_checkpoint(self, name: str, at: int) -> None:
        """Every device begins at once with what is live at a cursor: all of it, for the load kills nothing."""
        self._read_all(name, lambda line, after: line.live_page(at, after), at)

    def _read_all(self, name: str, ask: Callable[[Line, int], bytes], ops: int) -> None:
        """Read on every line at once; each page is the one that a first reading has decoded and counted."""
        pages = list(self._pages(partial(ask, self.lines[0])))
        assert sum(n for _, _, n in pages) == ops

        def read(device: int) -> None:
            for after, length, _ in pages:
                assert len(ask(self.lines[device], after)) == length

        rates = [ops * DEVICES / at_once(read) for _ in range(PULLS)]
        reads = [partial(self._read_floor, [after for after, _, _ in pages], ops) for _ in range(PULLS)]
        floors = [ops / seconds_of(read) for read in reads]
        self.say(name, statistics.median(rates), "ops/s", statistics.median(floors), best=max(rates))

    @staticmethod
    def _pages(ask: Callable[[int], bytes]) -> Iterator[tuple[int, int, int]]:
        after, more = 0, True
        while more:
            body = ask(after)
            page = decode_page(body)
            yield after, len(body), sum(len(segment.rows) for segment in page.segments)
            after, more = page.to_cursor, page.more

    def _read_floor(self, starts: Sequence[int], ops: int) -> None:
        ends = [*starts[1:], ops]
        assert sum(len(self.floor.read(*page)) for page in pages_of(starts, ends)) == ops

    def pull_increment(self, name: str) -> None:
        """A device that has all but the last 100 ops asks again and again."""
        pairs = list(islice(self.streets[0], INCREMENT_OPS))
        after = self.cursor
        self.lines[0].push(self.pens[0].push(pairs))
        self.floor.write(after + 1, pairs)
        self.cursor += INCREMENT_OPS
        page = decode_page(self.lines[0].page(after))
        assert sum(len(segment.rows) for segment in page.segments) == INCREMENT_OPS
        times = [seconds_of(partial(self.lines[0].page, after)) * 1000 for _ in range(INCREMENTS)]
        floors = [seconds_of(partial(self.floor.read, after, INCREMENT_OPS)) * 1000 for _ in range(INCREMENTS)]
        self.say(name, statistics.median(times), "ms", statistics.median(floors), best=min(times))

    # ── Memory and disk ──

    def say_disk(self, empty_bytes: int) -> None:
        """Everything the database holds beyond an empty one, against the bytes of headers and sealed payloads."""
        [(received,)] = self.world.rows("SELECT sum(length(header) + length(sealed)) FROM op")
        self.say("disk", (stored_bytes(self.world) - empty_bytes) / self.cursor, "B/op", received / self.cursor)


def pages_of(starts: Sequence[int], ends: Sequence[int]) -> list[tuple[int, int]]:
    """Return `(after, number of ops)` of each page."""
    return [(start, end - start) for start, end in zip(starts, ends, strict=True)]


def stored_bytes(world: World) -> int:
    """Return the size of the database, its write-ahead log left out."""
    if world.url.startswith("sqlite"):
        world.rows("PRAGMA wal_checkpoint(TRUNCATE)")
        return int(world.rows("PRAGMA page_count")[0][0] * world.rows("PRAGMA page_size")[0][0])
    return int(world.rows("SELECT pg_database_size(current_database())")[0][0])


@contextmanager
def databases(folder: Path) -> Iterator[Iterator[tuple[str, str, SqliteFloor | PostgresqlFloor]]]:
    """Yield a fresh, migrated database of each dialect with its floor, which the tables' owner writes."""
    with postgresql(folder / "postgresql") as server:
        sqlite = f"sqlite+aiosqlite:///{folder / 'escale.db'}"
        command.upgrade(migrations(sqlite), "head")
        made = PostgresqlDatabases(server)
        database = made.create(made.template)
        owned = PostgresqlFloor(asynchronous(server, database))
        yield iter((("sqlite", sqlite, SqliteFloor(sqlite)), ("postgresql", made.application(database), owned)))


def measure(name: str, url: str, floor: SqliteFloor | PostgresqlFloor, *, large: bool, folder: Path) -> list[Figure]:
    print(f"{name}: {floor.durability}", file=sys.stderr, flush=True)
    with served(url, folder / f"{name}.log") as server, httpx.Client(base_url=server.origin, timeout=60) as http:
        world = World(http, url, now=time.time_ns() // 1_000_000)
        empty_bytes, idle_mb = stored_bytes(world), server.memory_mb()
        bench = Bench(name, world, server, floor)
        bench.push_until(SMALL, "push")
        bench.parts = bench.say_parts("push_500_at_1e4")
        bench.pull_increment("pull_100_of_1e4")
        bench.pull_everything()
        begun_at = bench.cursor
        bench.begin_at_a_checkpoint("bootstrap", begun_at)
        if large:
            bench.push_until(LARGE, "push_at_1e6")
            bench.say_parts("push_500_at_1e6")
            bench.pull_increment("pull_100_of_1e6")
            bench.begin_at_a_checkpoint("bootstrap_at_1e6", begun_at)
        bench.say("memory", server.memory_mb("VmHWM"), "MB", idle_mb)
        bench.say_disk(empty_bytes)
    return bench.figures


def main() -> None:
    words = argparse.ArgumentParser(prog="./dev bench server")
    words.add_argument("--large", action="store_true", help="measure again with 10^6 ops stored")
    args = words.parse_args()
    figures: list[Figure] = []
    with tempfile.TemporaryDirectory() as temporary, databases(Path(temporary)) as each:
        for name, url, floor in each:
            figures += measure(name, url, floor, large=args.large, folder=Path(temporary))
    print(json.dumps([figure.row() for figure in figures]))


if __name__ == "__main__":
    main()
