"""The application: the API under `/v1`, `/healthz`, and the built web app."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles

from server import VERSION, health
from server.headers import SecurityHeaders
from server.logs import RequestLog, configure_logs, report_bug
from server.settings import Settings
from sync.http.problems import BodyLimit, CatchBugs, answer_problems
from sync.store.database import Database


def create_app(settings: Settings | None = None) -> FastAPI:
    """Build the application; nothing is opened before its lifespan begins."""
    chosen = settings or Settings()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        app.state.database = Database(chosen.sqlalchemy_url())
        yield
        await app.state.database.close()

    configure_logs()
    app = FastAPI(title="Escale", version=VERSION, lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None)
    app.include_router(health.router)
    if chosen.app.is_dir():
        app.mount("/", StaticFiles(directory=chosen.app, html=True), name="app")
    answer_problems(app)
    app.add_middleware(CatchBugs, report=report_bug)
    app.add_middleware(BodyLimit)
    app.add_middleware(RequestLog)
    app.add_middleware(SecurityHeaders)
    return app
