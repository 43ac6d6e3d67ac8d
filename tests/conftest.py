"""Fixtures that every folder shares: fresh databases of both dialects, applications, and the count of what ran."""

import gc
import itertools
import json
import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy
from alembic import command
from fastapi.testclient import TestClient

from server.database import migrations
from server.main import create_app
from server.settings import ROOT, Settings
from tests.databases import PostgresqlDatabases, postgresql

SLOW = {"crash", "docs", "web"}
"""The folders with tests that take many seconds each."""
MADE_ONCE = ("demo", "founded")
"""What takes many seconds to make in a process, and each in another: whatever goes on with it is in one process."""

ran: Counter[str] = Counter()


def pytest_configure(config: pytest.Config) -> None:
    markers = ("browser: drives a real browser", "sqlite: on SQLite", "postgresql: on a real PostgreSQL")
    for marker in (*markers, "every_core: keeps every core busy by itself, and is run alone"):
        config.addinivalue_line("markers", marker)


def pytest_collection_finish() -> None:
    """Take what is imported and collected out of garbage collection, which else goes through it in every test."""
    gc.freeze()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let each of several test processes begin with its share of what is slow.

    Each takes an even part of the list, and whoever has done its own takes over from the end of another's: so what is
    left at the end is short, and no process waits long for the last.
    """
    processes = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    if processes == 1:
        return
    shares: dict[str, list[pytest.Item]] = {}
    for item in filter(is_slow, items):
        shares.setdefault(share_of(item), []).append(item)
    slow: list[list[pytest.Item]] = [[] for _ in range(processes)]
    for n, tests in enumerate(shares.values()):
        slow[n % processes] += tests
    quick = itertools.filterfalse(is_slow, list(items))
    ends = [len(items) * (n + 1) // processes for n in range(processes)]
    items.clear()
    for own, end in zip(slow, ends, strict=True):
        items += own
        items += itertools.islice(quick, max(0, end - len(items)))


def is_slow(item: pytest.Item) -> bool:
    return item.path.parent.name in SLOW


def share_of(item: pytest.Item) -> str:
    """Return what an item goes on with, or its file."""
    used = item.fixturenames if isinstance(item, pytest.Function) else ()
    return next((name for name in MADE_ONCE if name in used), str(item.path))


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if report.when == "call" and report.passed:
        where = [kind for kind in ("sqlite", "postgresql", "browser") if kind in report.keywords]
        ran.update(where or ["without_database"])


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if hasattr(config, "workerinput"):
        return
    kinds = ("sqlite", "postgresql", "browser", "without_database")
    terminalreporter.write_line("ran: " + ", ".join(f"{ran[kind]} {kind}" for kind in kinds))
    if "ESCALE_TEST_COUNTS" in os.environ:
        Path(os.environ["ESCALE_TEST_COUNTS"]).write_text(json.dumps({kind: ran[kind] for kind in kinds}))


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite database, copied for each test."""
    path = tmp_path_factory.mktemp("sqlite") / "escale.db"
    command.upgrade(migrations(f"sqlite+aiosqlite:///{path}"), "head")
    return path


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[sqlalchemy.URL]:
    """A real PostgreSQL, one for each test process.

    Its folder is not pytest's: another run of pytest closes that one's parents to everybody but their owner, and
    PostgreSQL is somebody else where the tests are root.
    """
    with (
        tempfile.TemporaryDirectory(prefix="escale-postgresql-") as folder,
        postgresql(Path(folder), lasting=False) as url,
    ):
        yield url


@pytest.fixture(scope="session")
def postgresql_databases(postgresql_server: sqlalchemy.URL) -> Iterator[PostgresqlDatabases]:
    databases = PostgresqlDatabases(postgresql_server)
    yield databases
    databases.close()


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """The URL of a fresh, migrated SQLite database: for what is the same on every dialect."""
    shutil.copy(sqlite_template, tmp_path / "escale.db")
    return f"sqlite+aiosqlite:///{tmp_path / 'escale.db'}"


@pytest.fixture(params=[pytest.param(kind, marks=getattr(pytest.mark, kind)) for kind in ("sqlite", "postgresql")])
def database_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """The URL of a fresh, migrated database; each test that uses it runs once on each dialect."""
    if request.param == "sqlite":
        yield request.getfixturevalue("sqlite_url")
        return
    databases: PostgresqlDatabases = request.getfixturevalue("postgresql_databases")
    name = databases.create(databases.template)
    yield databases.application(name)
    databases.drop(name)


def settings_for(database_url: str) -> Settings:
    return Settings(DATABASE_URL=database_url, app=ROOT / "no-app")


@pytest.fixture
def client(database_url: str) -> Iterator[TestClient]:
    """The real application on a fresh database, without the web app's files."""
    with TestClient(create_app(settings_for(database_url)), raise_server_exceptions=False) as client:
        yield client
