"""Where the time of a push goes: one device alone, in this process and without a socket, statement by statement."""

import asyncio
import re
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any, Final

import httpx
from fastapi import FastAPI
from sqlalchemy import Engine, event
from structlog.testing import capture_logs

from server.main import create_app
from server.settings import Settings
from sync.log import decode_receipt
from tests.world import SPACE

LOG: Final = frozenset({"op", "segment", "stream", "space", "member", "epoch", "erased"})
PARTS: Final = ("operations", "records", "reading", "commit", "rest")
"""Statements that write the log; that write the records' tables; that read; the commit; and all else, Python mostly."""

Seconds = defaultdict[str, float]

_WRITTEN: Final = re.compile(r"\s*(?:INSERT INTO|UPDATE|DELETE FROM) \"?(\w+)")


def parts_of_pushes(url: str, bodies: Sequence[bytes]) -> dict[str, float]:
    """Push the bodies one after the other and return the milliseconds that each part takes of one push."""
    return asyncio.run(_pushed(url, bodies))


async def _pushed(url: str, bodies: Sequence[bytes]) -> dict[str, float]:
    plain = url.replace("+aiosqlite", "").replace("+asyncpg", "")
    app = create_app(Settings(DATABASE_URL=plain, requests_per_address=0, requests_per_device=0, bytes_per_device=0))
    with capture_logs():
        return await _pushed_to(app, bodies)


async def _pushed_to(app: FastAPI, bodies: Sequence[bytes]) -> dict[str, float]:
    async with app.router.lifespan_context(app):
        seconds: Seconds = defaultdict(float)
        _time_statements(app.state.sync.database.engine.sync_engine, seconds)
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://bench") as http:
            started = time.perf_counter()
            for body in bodies:
                answer = await http.post(f"/v1/spaces/{SPACE.hex()}/push", content=body)
                assert decode_receipt(answer.content).last_cursor > 0
            seconds["rest"] = time.perf_counter() - started - sum(seconds.values())
    return {part: seconds[part] * 1000 / len(bodies) for part in PARTS}


def _time_statements(engine: Engine, seconds: Seconds) -> None:
    @event.listens_for(engine, "before_cursor_execute")
    def begin(_connection: Any, _cursor: Any, _statement: str, _values: Any, context: Any, _many: bool) -> None:
        context.began = time.perf_counter()

    @event.listens_for(engine, "after_cursor_execute")
    def end(_connection: Any, _cursor: Any, statement: str, _values: Any, context: Any, _many: bool) -> None:
        seconds[_part(statement)] += time.perf_counter() - context.began

    engine.dialect.do_commit = _timed(engine.dialect.do_commit, seconds)  # type: ignore[method-assign, assignment]


def _timed(commit: Callable[[Any], None], seconds: Seconds) -> Callable[[Any], None]:
    def timed(connection: Any) -> None:
        began = time.perf_counter()
        commit(connection)
        seconds["commit"] += time.perf_counter() - began

    return timed


def _part(statement: str) -> str:
    written = _WRITTEN.match(statement)
    if written is None:
        return "reading"
    return "operations" if written[1] in LOG else "records"
