"""`/healthz`: may this server take work? Its version, its database, its migration."""

from fastapi import APIRouter
from pydantic import BaseModel
from sqlalchemy.exc import SQLAlchemyError

from server import VERSION
from server.database import current_migration, newest_migration
from server.problems import DatabaseUnavailable, MigrationPending
from sync.http.service import CurrentService

router = APIRouter(tags=["operation"])


class Health(BaseModel):
    """What a probe, a person and a tablet may know without any right."""

    version: str
    database: str
    migration: str


@router.get("/healthz")
async def health(service: CurrentService) -> Health:
    """Answer 200 only if the database answers and stands at this version's migration."""
    try:
        migration = await current_migration(service.database)
    except (SQLAlchemyError, OSError) as error:
        raise DatabaseUnavailable from error
    if migration is None or migration != newest_migration():
        raise MigrationPending
    return Health(version=VERSION, database=service.database.dialect.name, migration=migration)
