"""What is PostgreSQL's own: row locks, snapshots for readers, lists as one array parameter."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from typing import Any

from sqlalchemy import ARRAY, ColumnElement, LargeBinary, Select, any_, literal
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncEngine


class Postgresql:
    """The database of an installation with more than one machine."""

    name = "postgresql"
    insert = staticmethod(insert)

    def prepare(self, engine: AsyncEngine) -> tuple[AsyncEngine, AsyncEngine]:
        """Return the engine of reading sessions, each one snapshot, and the engine of writing sessions."""
        return engine.execution_options(isolation_level="REPEATABLE READ"), engine

    def writer(self) -> AbstractAsyncContextManager[Any]:
        """Return nothing to hold: a push locks its space's row, in its own statement and before any check."""
        return nullcontext()

    def locked(self, query: Select[Any]) -> Select[Any]:
        """Return the query that also locks the rows it finds."""
        return query.with_for_update()

    def among(self, column: Any, values: Sequence[bytes]) -> ColumnElement[bool]:
        """Return the condition that the column is one of the values: one statement whatever their number."""
        return column == any_(literal(list(values), ARRAY(LargeBinary)))  # type: ignore[no-any-return]
