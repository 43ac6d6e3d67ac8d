"""`GET /v1/directory`: every zone, site and structure of the caller's association, in one answer with an ETag."""

from hashlib import sha256
from typing import Any

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, create_model
from sqlmodel import col, select

from server.kinds.catalogue import KINDS
from server.kinds.kind import Directory as DirectoryKind
from server.kinds.kind import Kind, kind_name
from server.members.membership import CurrentMember
from server.reading.lines import line, line_model
from sync.http.service import ReadingSession

router = APIRouter(prefix="/v1", tags=["directory"])

DIRECTORY: tuple[type[Kind], ...] = tuple(kind for kind in KINDS if issubclass(kind, DirectoryKind))

_fields: dict[str, Any] = {kind_name(kind): (list[line_model(kind)], ...) for kind in DIRECTORY}  # type: ignore[misc]
Directory: type[BaseModel] = create_model("Directory", __doc__="The lines of each kind of directory.", **_fields)


@router.get("/directory", response_model=Directory, responses={304: {"description": "Not changed since that ETag."}})
async def directory(request: Request, member: CurrentMember, session: ReadingSession) -> Response:
    """Return the whole directory, or 304 to a tablet that holds it already (If-None-Match)."""
    lines = {}
    for kind in DIRECTORY:
        found = await session.exec(select(kind).where(kind.org_id == member.org).order_by(col(kind.id)))
        lines[kind_name(kind)] = [line(row) for row in found]
    body = Directory(**lines).model_dump_json().encode()
    etag = f'"{sha256(body).hexdigest()[:32]}"'
    if request.headers.get("if-none-match") == etag:
        return Response(status_code=304, headers={"etag": etag})
    return Response(body, headers={"etag": etag}, media_type="application/json")
