"""Structured logs: one event name for each fact, and only the keys listed here.

A key that is not listed is dropped and counted, never printed: so a name, a note or an address cannot reach a log
by accident. Paths hold ids, therefore a request is logged by its route's template.
"""

import logging
import sys
import time
import traceback
from pathlib import Path

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from structlog.typing import EventDict, WrappedLogger

KEYS = frozenset({"event", "level", "timestamp", "method", "route", "status", "ms", "version", "bug"})


def only_listed_keys(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    kept = {key: value for key, value in event.items() if key in KEYS}
    if len(kept) < len(event):
        kept["dropped"] = len(event) - len(kept)
    return kept


def configure_logs() -> None:
    """Write one JSON object a line to standard error; warnings of libraries lose their arguments."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            only_listed_keys,
            structlog.processors.JSONRenderer(),
        ],
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
    )
    logging.basicConfig(level=logging.WARNING, format='{"event":"library","level":"%(levelname)s","error":"%(name)s"}')


log = structlog.get_logger()


def report_bug(error: Exception) -> None:
    """Log a bug's type and place; its message may hold what a request said, so it stays unsaid."""
    innermost = reversed(traceback.extract_tb(error.__traceback__)[-3:])
    places = " < ".join(f"{Path(frame.filename).name}:{frame.lineno}" for frame in innermost)
    log.error("bug", bug=f"{type(error).__name__} in {places}")


def report_outage(error: Exception) -> None:
    """Log why the database did not answer, by names only: what it says of itself may hold what was written."""
    cause = getattr(error, "orig", None) or error
    log.error("database", bug=f"{type(cause).__name__} {getattr(cause, 'sqlite_errorname', '')}".rstrip())


def report_flood() -> None:
    """Log that an address asks for too much; which one, a proxy's own log may know."""
    log.warning("flood")


class RequestLog:
    """Pure ASGI: one `request` event for each answer, without path, query, address or body."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = time.perf_counter()
        status = 500

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self.app(scope, receive, watched)
        finally:
            ms = round((time.perf_counter() - started) * 1000, 1)
            route = getattr(scope.get("route"), "path", "unknown")
            log.info("request", method=scope["method"], route=route, status=status, ms=ms)
