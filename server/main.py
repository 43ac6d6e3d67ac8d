"""The application: the API under `/v1`, `/healthz`, and the built web app."""

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles

from server import VERSION, health
from server.directory import routes as directory_routes
from server.headers import SecurityHeaders
from server.journal.at_push import project_push
from server.kinds.registry import engine_registry
from server.logs import RequestLog, configure_logs, report_bug, report_flood, report_outage
from server.members import routes as members_routes
from server.members import setup as members_setup
from server.reading import routes as reading_routes
from server.settings import Settings
from sync.http import routes as sync_routes
from sync.http.problems import BodyLimit, CatchBugs, answer_problems
from sync.http.rates import AddressLimit, Elapsed, rates
from sync.http.service import Service, wall_clock_ms
from sync.store.database import Database


def create_app(
    settings: Settings | None = None,
    clock_ms: Callable[[], int] = wall_clock_ms,
    elapsed_ns: Elapsed = time.monotonic_ns,
) -> FastAPI:
    """Build the application; nothing is opened before its lifespan begins."""
    chosen = settings or Settings()
    chosen_rates = rates(
        address=chosen.requests_per_address,
        device=chosen.requests_per_device,
        stored=chosen.bytes_per_device,
        elapsed_ns=elapsed_ns,
    )

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        database = Database(chosen.sqlalchemy_url(), report=report_outage)
        app.state.sync = Service(database, engine_registry(), project_push, clock_ms, chosen.origin, chosen_rates)
        yield
        await database.close()

    configure_logs()
    app = FastAPI(title="Escale", version=VERSION, lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None)
    for router in (
        health.router,
        sync_routes.router,
        members_routes.router,
        members_setup.router,
        directory_routes.router,
        reading_routes.router,
    ):
        app.include_router(router)
    if chosen.app.is_dir():
        app.mount("/", StaticFiles(directory=chosen.app, html=True), name="app")
    answer_problems(app)
    app.add_middleware(CatchBugs, report=report_bug)
    app.add_middleware(BodyLimit)
    app.add_middleware(RequestLog)
    app.add_middleware(AddressLimit, budget=chosen_rates.address, report=report_flood)
    app.add_middleware(SecurityHeaders)
    return app
