"""The directory of the caller's association: read in one answer with an ETag, written line by line.

| request | answer |
|---------|--------|
| GET directory | every zone, site and structure; 304 to whoever holds it already |
| PUT directory/{kind}/{id}, If-None-Match: * | 201 and the new line |
| PUT directory/{kind}/{id}, If-Match: "version" | 200 and the line, one version later |

The ETag of a line is its version. A line that stands already as it is to be written is answered as it stands, so that
a retry whose first answer was lost is no conflict.
"""

import re
from hashlib import sha256
from typing import Annotated, Any

import sqlalchemy as sa
from fastapi import APIRouter, Header, Path, Request, Response
from pydantic import BaseModel, create_model
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from server.directory.body import HEX_ID, body_model, values_of
from server.kinds.catalogue import TABLED
from server.kinds.description import Form
from server.kinds.kind import Directory as DirectoryKind
from server.kinds.kind import Kind, kind_name, plain_fields
from server.members.membership import Administrator, CurrentMember
from server.problems import LineChanged, PreconditionMissing, UnknownReference
from server.reading.lines import line, line_model
from sync.http.service import CurrentService, ReadingSession, WritingSession
from sync.ids import OrgId
from sync.store.database import Dialect
from sync.store.scope import Scope
from sync.store.tables import table_of

router = APIRouter(prefix="/v1", tags=["directory"])

DIRECTORY: tuple[type[Kind], ...] = tuple(kind for kind in TABLED if issubclass(kind, DirectoryKind))

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


KIND_BY_NAME = {kind_name(kind): kind for kind in DIRECTORY}

IfMatch = Annotated[str | None, Header(description="The version that is replaced, in quotes.")]
IfNoneMatch = Annotated[str | None, Header(description="`*`: the line is new.")]
LineId = Annotated[str, Path(pattern=HEX_ID)]


def _add_writing(kind: Any) -> None:
    body_of: Any = body_model(kind)

    async def write(  # noqa: PLR0913, PLR0917 - each is one part of the request
        id: LineId,  # noqa: A002 - its name in the address
        body: body_of,
        admin: Administrator,
        service: CurrentService,
        session: WritingSession,
        response: Response,
        if_match: IfMatch = None,
        if_none_match: IfNoneMatch = None,
    ) -> Any:
        values = values_of(kind, body)
        await service.store(session).enter(Scope(org=admin.org))
        await _require_references(session, kind, admin.org, values)
        key = {"org_id": admin.org, "id": bytes.fromhex(id)}
        if if_none_match == "*":
            written = await _insert(session, service.database.dialect, kind, {**key, **values})
            response.status_code = 201
        elif found := re.fullmatch(r'"(\d{1,9})"', if_match or ""):
            written = await _replace(session, kind, key, int(found[1]), values)
        else:
            raise PreconditionMissing
        row = await session.get(kind, (key["org_id"], key["id"]))
        if row is None or not (written or all(getattr(row, name) == value for name, value in values.items())):
            raise LineChanged
        response.headers["etag"] = f'"{row.version}"'
        return line(row)

    write.__doc__ = f"Write one line of {kind.__name__}."
    name = kind_name(kind)
    also: dict[int | str, dict[str, Any]] = {201: {"description": "The line is new.", "model": line_model(kind)}}
    router.put(f"/directory/{name}/{{id}}", response_model=line_model(kind), responses=also, name=f"write {name}")(
        write
    )


async def _insert(session: AsyncSession, dialect: Dialect, kind: type[Kind], values: dict[str, Any]) -> bool:
    """Tell whether the line was new."""
    statement = dialect.insert(table_of(kind)).values(**values, version=1).on_conflict_do_nothing()
    return await _touched(session, statement)


async def _replace(
    session: AsyncSession, kind: type[Kind], key: dict[str, bytes], version: int, values: dict[str, Any]
) -> bool:
    """Tell whether the line stood at this version."""
    columns = table_of(kind).c
    known = (*(columns[name] == value for name, value in key.items()), columns.version == version)
    return await _touched(session, sa.update(table_of(kind)).where(*known).values(**values, version=version + 1))


async def _touched(session: AsyncSession, statement: sa.Executable) -> bool:
    done = await (await session.connection()).execute(statement)
    return getattr(done, "rowcount", 0) == 1


async def _require_references(session: AsyncSession, kind: type[Kind], org: OrgId, values: dict[str, Any]) -> None:
    """Refuse a reference to a line that the association does not have. Raises UnknownReference."""
    for name, spec in plain_fields(kind).items():
        if spec.form is Form.REF and values[name] is not None:
            assert spec.ref is not None
            if await session.get(KIND_BY_NAME[spec.ref], (org, values[name])) is None:
                raise UnknownReference


for _kind in DIRECTORY:
    _add_writing(_kind)
