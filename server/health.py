"""`/healthz`: may this server take work? Its version, its database, its migration."""

from fastapi import APIRouter, Request
from pydantic import BaseModel
from sqlalchemy.exc import SQLAlchemyError

from server import VERSION
from server.database import current_migration, newest_migration
from server.problems import DatabaseUnavailable, MigrationPending
from sync.store.database import Database

router = APIRouter(tags=["operation"])


class Health(BaseModel):
    """What a probe, a person and a tablet may know without any right."""

    version: str
    database: str
    migration: str


@router.get("/healthz")
async def health(request: Request) -> Health:
    """Answer 200 only if the database answers and stands at this version's migration."""
    database: Database = request.app.state.database
    try:
        migration = await current_migration(database)
    except (SQLAlchemyError, OSError) as error:
        raise DatabaseUnavailable from error
    if migration is None or migration != newest_migration():
        raise MigrationPending
    return Health(version=VERSION, database=database.dialect.name, migration=migration)
