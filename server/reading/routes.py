"""`GET /v1/kinds/{kind}`: one generic route over every kind the server projects, newest last, page by page."""

from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, create_model
from sqlmodel import col, select

from server.kinds.catalogue import TABLED
from server.kinds.kind import Directory, Entity, Kind
from server.members.membership import CurrentMember
from server.reading.lines import line, line_model, lines_name
from sync.http.service import ReadingSession
from sync.ids import INT_MAX

router = APIRouter(prefix="/v1/kinds", tags=["reading"])

LINES_MAX = 500

Id = Annotated[str | None, Query(pattern="^[0-9a-f]{32}$", description="Only the lines under this entity.")]
After = Annotated[int, Query(ge=0, le=INT_MAX, description="The `next` of the page before.")]


def _add(kind: Any) -> None:
    model = line_model(kind)
    under_entity = not issubclass(kind, Entity)
    page: type[BaseModel] = create_model(f"{kind.__name__}Page", lines=(list[model], ...), next=(int | None, None))  # type: ignore[valid-type]

    async def read(member: CurrentMember, session: ReadingSession, after: After = 0, entity: Id = None) -> Any:
        query = select(kind).where(kind.org_id == member.org, kind.cursor > after)
        if entity is not None:
            query = query.where((kind.entity if under_entity else kind.id) == bytes.fromhex(entity))
        found = list(await session.exec(query.order_by(col(kind.cursor)).limit(LINES_MAX)))
        more = len(found) == LINES_MAX
        return {"lines": [line(row) for row in found], "next": found[-1].cursor if more else None}

    read.__doc__ = f"Return the lines of {kind.__name__} in the order in which they were begun."
    router.get(f"/{lines_name(kind)}", response_model=page, name=f"read {lines_name(kind)}")(read)


def add_routes(kinds: tuple[type[Kind], ...]) -> None:
    """Add one route for each kind that stands in the log."""
    for kind in kinds:
        if not issubclass(kind, Directory):
            _add(kind)


add_routes(TABLED)
