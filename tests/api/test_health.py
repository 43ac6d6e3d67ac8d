"""`/healthz` says whether this server may take work."""

import asyncio

from fastapi.testclient import TestClient

from server import VERSION
from server.database import newest_migration
from server.main import create_app
from sync.store.database import Database
from tests.conftest import settings_for


def test_a_ready_server_names_its_version_database_and_migration(client: TestClient, database_url: str) -> None:
    answer = client.get("/healthz")
    assert answer.status_code == 200
    assert answer.json() == {
        "version": VERSION,
        "database": database_url.partition("+")[0],
        "migration": newest_migration(),
    }


def test_a_database_without_migrations_is_not_ready(tmp_path: object) -> None:
    with TestClient(create_app(settings_for(f"sqlite+aiosqlite:///{tmp_path}/empty.db"))) as client:
        answer = client.get("/healthz")
    assert answer.status_code == 503
    assert answer.json()["code"] == "migration_pending"


def test_a_database_that_does_not_answer_is_said_so() -> None:
    with TestClient(create_app(settings_for("sqlite+aiosqlite:////nowhere/at/all.db"))) as client:
        answer = client.get("/healthz")
    assert answer.status_code == 503
    assert answer.json()["code"] == "database_unavailable"


def test_sqlite_keeps_its_promises_on_every_connection(tmp_path: object) -> None:
    """Each pragma is asked again on a connection that the application opened."""
    database = Database(f"sqlite+aiosqlite:///{tmp_path}/escale.db")

    async def answers() -> list[object]:
        async with database.engine.connect() as connection:
            asked = [
                (await connection.exec_driver_sql(f"PRAGMA {name}")).scalar()
                for name in ("journal_mode", "synchronous")
            ]
        await database.close()
        return asked

    assert asyncio.run(answers()) == ["wal", 2]
