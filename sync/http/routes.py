"""The endpoints of the protocol. Bodies are MessagePack, but for one; ids in addresses are lowercase hex.

| request | answer |
|---------|--------|
| POST auth/challenge | [nonce, exp_ms] |
| POST auth/token [device, nonce, exp_ms, signature] | [token, exp_ms] |
| POST spaces [space] | 201, or 200 if it exists and is empty |
| GET spaces | {"spaces": [space…]}: those that the device is a member of; JSON |
| POST spaces/{s}/push | receipt |
| GET spaces/{s}/ops?after=&max_bytes= | page |
| GET spaces/{s}/bootstrap?at=&after=&max_bytes= | page of what is live at a cursor |
| GET spaces/{s}/checkpoint?at= | checkpoint |
| GET spaces/{s}/history?entity=&after=&max_bytes= | page of one entity's ops, for administrators |
| GET spaces/{s}/log?at= | [cursor, log] |
| GET spaces/{s}/seen | [[device, cursor]…]: how far each member has said it is, for administrators |
"""

from collections.abc import AsyncIterator, Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from sqlmodel.ext.asyncio.session import AsyncSession

from sync.codec import NotCanonical, decode, encode
from sync.control import ROLE_ADMIN
from sync.errors import BadRequest, RoleMissing, SpaceExists, Unauthenticated, UnknownCursor
from sync.http.service import (
    Caller,
    CurrentService,
    ReadingSession,
    Service,
    WritingSession,
    bearer,
    require_member,
)
from sync.ids import INT_MAX, DeviceId, EntityId, SpaceId
from sync.log import log_0
from sync.push import CheckedPush, founding_key, read, verify
from sync.store.auth import SETUP_DEVICE, Answer, challenge, device_of, hold, redeem
from sync.store.logged import LoggedOp
from sync.store.pages import PAGE_BYTES_DEFAULT, bootstrap_after, checkpoint_at, history_after, page_after
from sync.store.receive import Erased, receive
from sync.store.repository import Repository
from sync.store.scope import INSTALLATION, Scope

MSGPACK = "application/msgpack"
PACKED: dict[int | str, dict[str, Any]] = {
    200: {"description": "MessagePack", "content": {MSGPACK: {"schema": {"type": "string", "format": "binary"}}}}
}
PACKED_BODY = {
    "requestBody": {"required": True, "content": {MSGPACK: {"schema": {"type": "string", "format": "binary"}}}}
}

router = APIRouter(prefix="/v1", tags=["sync"], default_response_class=Response)


def packed(body: bytes, status: int = 200) -> Response:
    """Answer MessagePack bytes as they are."""
    return Response(body, status, media_type=MSGPACK)


async def space_of(space: Annotated[str, Path(pattern="^[0-9a-f]{32}$")]) -> SpaceId:
    """Return the space named in the address."""
    return SpaceId(bytes.fromhex(space))


InPath = Annotated[SpaceId, Depends(space_of)]
Cursor = Annotated[int, Query(ge=0, le=INT_MAX)]


async def members_of_body(request: Request) -> list[Any]:
    """Return the array that a request's body is. Raises BadRequest."""
    try:
        members = decode(await request.body())
    except NotCanonical as error:
        raise BadRequest from error
    if not isinstance(members, list):
        raise BadRequest
    return members


Body = Annotated[list[Any], Depends(members_of_body)]


@router.post("/auth/challenge", responses=PACKED)
async def ask_challenge(service: CurrentService, session: WritingSession) -> Response:
    """Return a nonce to sign and when it expires."""
    return packed(encode(await challenge(session, service.clock_ms())))


@router.post("/auth/token", responses=PACKED, openapi_extra=PACKED_BODY)
async def ask_token(request: Request, body: Body, service: CurrentService, session: WritingSession) -> Response:
    """Return a bearer token for the device whose signature is in the body."""
    match body:
        case [bytes() as device, bytes() as nonce, int() as expires_ms, bytes() as signature] if expires_ms >= 0:
            answer = Answer(DeviceId(device), nonce, expires_ms, signature)
        case _:
            raise BadRequest
    await service.store(session).enter(Scope(device=answer.device))
    return packed(encode(await redeem(session, answer, service.dialled(request), service.clock_ms())))


@router.post("/spaces", status_code=201, openapi_extra=PACKED_BODY)
async def open_space(request: Request, body: Body, service: CurrentService, session: WritingSession) -> Response:
    """Open an empty log: for an administrator, or for the bearer of the set-up secret of an empty installation."""
    match body:
        case [bytes() as space] if len(space) == 16:
            wanted = SpaceId(space)
        case _:
            raise BadRequest
    await _may_open_space(service, session, await bearer(request), wanted)
    store = service.store(session)
    await store.enter(Scope(wanted))
    state = await store.space(wanted)
    if state is not None and state.cursor > 0:
        raise SpaceExists
    if state is None:
        await store.open_space(wanted, log_0(wanted))
    return Response(status_code=201 if state is None else 200)


async def _may_open_space(service: Service, session: AsyncSession, token: str, wanted: SpaceId) -> None:
    """Let an administrator go on, or the set-up secret: once, so that a second space is refused to it."""
    store = service.store(session)
    device = await device_of(session, token, service.clock_ms())
    if device == SETUP_DEVICE:
        await hold(session, token)
        await store.enter(INSTALLATION)
        if await store.opened(but=wanted):
            raise Unauthenticated
        return
    await store.enter(Scope(device=device))
    if not any(row.roles & ROLE_ADMIN for row in await store.home_memberships(device)):
        raise RoleMissing


class Memberships(BaseModel):
    """The spaces that a device is a member of, in ascending order, in lowercase hex."""

    spaces: list[str]


@router.get("/spaces", response_class=JSONResponse)
async def spaces_of_caller(device: Caller, service: CurrentService, session: ReadingSession) -> Memberships:
    """Return the spaces whose member the caller is: who comes with papers alone does not know which to read."""
    return Memberships(spaces=[space.hex() for space in await service.store(session).spaces_of(device)])


async def checked_push(request: Request, space: InPath, service: CurrentService) -> CheckedPush:
    """Read the body and check all that needs no lock, before the writing session begins."""
    pushed = read(await request.body(), space)
    service.rates.require_pushes(pushed.segment.device)
    async with service.database.reading(Scope(space)) as session:
        store = service.store(session)
        key = await store.member_key(space, pushed.segment.device)
        state = await store.space(space)
    if key is None and state is not None and state.cursor == 0:
        key = founding_key(pushed)
    return verify(pushed, key, service.registry)


async def push_session(
    checked: Annotated[CheckedPush, Depends(checked_push)], service: CurrentService
) -> AsyncIterator[AsyncSession]:
    """Begin to write only once the whole body is here and checked: a slow line must not hold the lock."""
    async with service.database.writing(Scope(checked.segment.space, checked.segment.device)) as session:
        yield session


@router.post("/spaces/{space}/push", responses=PACKED, openapi_extra=PACKED_BODY)
async def push(
    request: Request,
    checked: Annotated[CheckedPush, Depends(checked_push)],
    session: Annotated[AsyncSession, Depends(push_session, scope="function")],
    service: CurrentService,
) -> Response:
    """Store a signed segment and return its receipt. The signature is the authority: no token is asked for."""
    size = len(await request.body())

    async def project(store: Repository, space: SpaceId, org: bytes, ops: Sequence[LoggedOp], erased: Erased) -> None:
        # Called for what is stored now and for nothing else: a segment that is carried again costs its device nothing.
        service.rates.spend_push(checked.segment.device, size)
        await service.project(store, space, org, ops, erased)

    return packed(await receive(service.store(session), checked, service.clock_ms(), project))


async def store_for_member(
    space: InPath, device: Caller, service: CurrentService, session: ReadingSession
) -> Repository:
    """Return the repository, for one snapshot, to a member of the space who is not revoked."""
    store = service.store(session)
    await require_member(store, space, device)
    return store


MemberStore = Annotated[Repository, Depends(store_for_member, scope="function")]
MaxBytes = Annotated[int, Query(ge=1, le=PAGE_BYTES_DEFAULT * 16)]


@router.get("/spaces/{space}/ops", responses=PACKED)
async def ops(
    space: InPath, store: MemberStore, after: Cursor = 0, max_bytes: MaxBytes = PAGE_BYTES_DEFAULT
) -> Response:
    """Return the page of whole segments after a cursor."""
    return packed(await page_after(store, space, after, max_bytes))


@router.get("/spaces/{space}/bootstrap", responses=PACKED)
async def bootstrap(
    space: InPath, store: MemberStore, at: Cursor, after: Cursor = 0, max_bytes: MaxBytes = PAGE_BYTES_DEFAULT
) -> Response:
    """Return the page of the segments after a cursor that hold an op which was live at another."""
    return packed(await bootstrap_after(store, space, at, after, max_bytes))


@router.get("/spaces/{space}/checkpoint", responses=PACKED)
async def checkpoint(space: InPath, store: MemberStore, at: Cursor) -> Response:
    """Return the log hash and every stream's end as of a segment's end."""
    return packed(await checkpoint_at(store, space, at))


@router.get("/spaces/{space}/history", responses=PACKED)
async def history(  # noqa: PLR0913, PLR0917 - each is one part of the request
    space: InPath,
    device: Caller,
    store: MemberStore,
    entity: Annotated[str, Query(pattern="^[0-9a-f]{32}$")],
    after: Cursor = 0,
    max_bytes: MaxBytes = PAGE_BYTES_DEFAULT,
) -> Response:
    """Return the page of the segments after a cursor that hold an op of an entity, to an administrator."""
    await _require_admin(store, space, device)
    return packed(await history_after(store, space, EntityId(bytes.fromhex(entity)), after, max_bytes))


@router.get("/spaces/{space}/seen", responses=PACKED)
async def seen(space: InPath, device: Caller, store: MemberStore) -> Response:
    """Return how far each member that is not revoked has said it has applied the log, to an administrator."""
    await _require_admin(store, space, device)
    return packed(encode(await store.seen(space)))


async def _require_admin(store: Repository, space: SpaceId, device: DeviceId) -> None:
    if not any(row.space == space and row.roles & ROLE_ADMIN for row in await store.memberships(device)):
        raise RoleMissing


@router.get("/spaces/{space}/log", responses=PACKED)
async def log(space: InPath, store: MemberStore, at: Cursor) -> Response:
    """Return the log hash at a segment's end."""
    found = log_0(space) if at == 0 else await store.log_at(space, at)
    if found is None:
        raise UnknownCursor
    return packed(encode([at, found]))
