"""The sync service alone: `uvicorn --factory` with a function that calls `create_app`."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from fastapi import FastAPI

from sync.http.problems import BodyLimit, answer_problems
from sync.http.routes import router
from sync.http.service import Service
from sync.registry import Registry
from sync.store.database import Database


def create_app(url: str, registry: Registry, clock_ms: Callable[[], int]) -> FastAPI:
    """Build an application that serves the protocol and nothing else, on a migrated database."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        database = Database(url)
        app.state.sync = Service(database, registry, clock_ms=clock_ms)
        yield
        await database.close()

    app = FastAPI(title="Sync", lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None)
    app.include_router(router)
    answer_problems(app)
    app.add_middleware(BodyLimit)
    return app
