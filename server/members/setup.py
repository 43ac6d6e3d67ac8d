"""The set-up link of an empty installation: who opens it founds the first space, and no second one.

Each start of a server without a space makes a new link; the one before stops working, and with it what it began:
a space that it opened and that nobody founded. The secret is stored hashed and is in no log.
"""

from fastapi import APIRouter, Request, Response

from server.database import current_migration, newest_migration
from sync.enrolment import Setup, encode_code
from sync.errors import Unauthenticated
from sync.http.service import CurrentService, ReadingSession, bearer
from sync.store.auth import SETUP_DEVICE, device_of, issue_setup
from sync.store.database import Database
from sync.store.repository import Repository
from sync.store.scope import INSTALLATION

router = APIRouter(prefix="/v1/setup", tags=["members"])


@router.get("", status_code=204, response_class=Response)
async def may_set_up(request: Request, service: CurrentService, session: ReadingSession) -> None:
    """Tell the bearer of the set-up secret that it may still be used; what it opens is asked for later."""
    device = await device_of(session, await bearer(request), service.clock_ms())
    store = service.store(session)
    await store.enter(INSTALLATION)
    if device != SETUP_DEVICE or await store.opened():
        raise Unauthenticated


async def offer_setup(database: Database, origin: str, now_ms: int) -> str | None:
    """Return a fresh set-up link, or None where a space is founded or the database is not migrated."""
    if await current_migration(database) != newest_migration():
        return None
    async with database.writing(INSTALLATION) as session:
        store = Repository(session, database.dialect)
        if await store.founded():
            return None
        await store.forget_empty_spaces()
        return f"{origin}/#setup={encode_code(Setup(origin, await issue_setup(session, now_ms)))}"
