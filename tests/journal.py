"""The kinds' tables of one database, as the journal's tests write and read them."""

import asyncio
from collections.abc import AsyncIterator, Coroutine, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa

from server.journal.project import project
from server.journal.rebuild import rebuild
from server.journal.row import Values
from server.kinds.catalogue import TABLED
from server.kinds.kind import kind_name
from sync.ids import OrgId
from sync.store.database import Database
from sync.store.logged import LoggedOp
from sync.store.scope import INSTALLATION, Scope
from sync.store.tables import table_of
from tests.kind_logs import FakeGroups, Push, entities_of

Tables = dict[str, dict[bytes, Values]]
ORG = b"o" * 16


class Journal:
    """One database and the log that was pushed to it so far. An association sees its own rows only."""

    def __init__(self, url: str) -> None:
        self._runner = asyncio.Runner()
        self.database = Database(url)
        self.org = ORG
        self.log: list[LoggedOp] = []
        self.statements: list[str] = []
        sa.event.listen(self.database.engine.sync_engine, "before_cursor_execute", self._note)

    def _note(self, _connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        self.statements.append(statement)

    def run(self, coroutine: Coroutine[Any, Any, Any]) -> Any:
        return self._runner.run(coroutine)

    def begin(self, org: bytes) -> None:
        """Start a new log of another association."""
        self.org, self.log = org, []

    def push(self, ops: Sequence[LoggedOp]) -> FakeGroups:
        """Log ops and project them; return what the journal asked the log for."""
        self.log += ops
        return self.project(ops)

    def project(self, ops: Sequence[LoggedOp]) -> FakeGroups:
        groups = FakeGroups(self.log)

        async def projected() -> None:
            async with self.database.writing(Scope(org=OrgId(self.org))) as session:
                await project(session, self.org, ops, groups)

        self.run(projected())
        return groups

    def push_all(self, pushes: Sequence[Push]) -> None:
        for ops in pushes:
            self.push(ops)

    def rebuild(self) -> None:
        async def entities() -> AsyncIterator[list[LoggedOp]]:
            for ops in entities_of(self.log):
                yield ops

        async def rebuilt() -> None:
            async with self.database.writing(Scope(org=OrgId(self.org))) as session:
                await rebuild(session, self.org, entities())

        self.run(rebuilt())

    def tables(self) -> Tables:
        """Return every row of the association, by kind and id."""

        async def read() -> Tables:
            found: Tables = {}
            async with self.database.reading(INSTALLATION) as session:
                connection = await session.connection()
                for kind in TABLED:
                    table = table_of(kind)
                    rows = await connection.execute(sa.select(table).where(table.c.org_id == self.org))
                    found[kind_name(kind)] = {row["id"]: dict(row) for row in rows.mappings()}
            return found

        tables: Tables = self.run(read())
        return tables

    def close(self) -> None:
        self.run(self.database.close())
        self._runner.close()


@contextmanager
def journal_on(url: str) -> Iterator[Journal]:
    journal = Journal(url)
    try:
        yield journal
    finally:
        journal.close()
