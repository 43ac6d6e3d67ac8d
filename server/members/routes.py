"""The mailbox of join links, in JSON. What stands in a link is its only key; codes go in once and are never changed."""

from hashlib import sha256
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import col, delete, select
from sqlmodel.ext.asyncio.session import AsyncSession

from server.members.join_link import CODE_CHARS_MAX, LIFETIME_MS, JoinLink
from server.members.membership import Administrator
from server.problems import JoinExpired, JoinUsed
from sync.http.service import CurrentService, ReadingSession, WritingSession

router = APIRouter(prefix="/v1/joins", tags=["members"])

HEX_ID = "^[0-9a-f]{32}$"


class NewJoin(BaseModel):
    """What an administrator's device registers: 16 random bytes of its own, as hex."""

    model_config = ConfigDict(extra="forbid")

    join: str = Field(pattern=HEX_ID)


class Code(BaseModel):
    """One of the two codes, base64url."""

    model_config = ConfigDict(extra="forbid")

    code: str = Field(pattern="^[A-Za-z0-9_-]+$", max_length=CODE_CHARS_MAX)


class Join(BaseModel):
    """What is in the mailbox so far."""

    code1: str | None
    code2: str | None
    expires_ms: int


class WaitingJoin(BaseModel):
    """A device that waits; the link itself is known to its administrator's device only, so it is named by its hash."""

    join_hash: str
    code1: str


def hash_of(join: Annotated[str, Path(pattern=HEX_ID)]) -> bytes:
    """Return the hash under which a link is stored."""
    return sha256(bytes.fromhex(join)).digest()


InPath = Annotated[bytes, Depends(hash_of)]


async def open_link(session: AsyncSession, join_hash: bytes, now_ms: int) -> JoinLink:
    """Return a link that is still open. Raises JoinExpired for an unknown one too."""
    link = await session.get(JoinLink, join_hash)
    if link is None or link.expires_ms <= now_ms:
        raise JoinExpired
    return link


@router.post("", status_code=201)
async def register(body: NewJoin, admin: Administrator, service: CurrentService, session: WritingSession) -> Join:
    """Open a mailbox; forget those whose time is over."""
    now_ms = service.clock_ms()
    await session.exec(delete(JoinLink).where(col(JoinLink.expires_ms) <= now_ms))
    join_hash = hash_of(body.join)
    if await session.get(JoinLink, join_hash) is not None:
        raise JoinUsed
    link = JoinLink(join_hash=join_hash, org_id=admin.org, expires_ms=now_ms + LIFETIME_MS)
    session.add(link)
    return Join(code1=None, code2=None, expires_ms=link.expires_ms)


@router.get("")
async def waiting(admin: Administrator, service: CurrentService, session: ReadingSession) -> list[WaitingJoin]:
    """Return the mailboxes of the caller's association in which a device waits for its answer."""
    still = (col(JoinLink.expires_ms) > service.clock_ms(), col(JoinLink.code2).is_(None))
    found = await session.exec(select(JoinLink).where(JoinLink.org_id == admin.org, *still))
    return [WaitingJoin(join_hash=link.join_hash.hex(), code1=link.code1) for link in found if link.code1 is not None]


@router.get("/{join}")
async def look(join_hash: InPath, service: CurrentService, session: ReadingSession) -> Join:
    """Return what is in the mailbox, to whoever holds the link."""
    link = await open_link(session, join_hash, service.clock_ms())
    return Join(code1=link.code1, code2=link.code2, expires_ms=link.expires_ms)


@router.put("/{join}/code1", status_code=204, response_class=Response)
async def put_code1(body: Code, join_hash: InPath, service: CurrentService, session: WritingSession) -> None:
    """Put the new device's code in: the first device to do so has used the link up; its own retry is welcome."""
    link = await open_link(session, join_hash, service.clock_ms())
    if link.code1 not in {None, body.code}:
        raise JoinUsed
    link.code1 = body.code


@router.put("/{join}/code2", status_code=204, response_class=Response)
async def put_code2(
    body: Code, join_hash: InPath, admin: Administrator, service: CurrentService, session: WritingSession
) -> None:
    """Put the administrator's answer in."""
    link = await open_link(session, join_hash, service.clock_ms())
    if link.org_id != admin.org:
        raise JoinExpired
    if link.code1 is None or link.code2 not in {None, body.code}:
        raise JoinUsed
    link.code2 = body.code
