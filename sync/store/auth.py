"""Who is calling: a device signs a challenge and gets a short bearer token, stored hashed. No password exists."""

import secrets
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

import sqlalchemy as sa
from sqlmodel.ext.asyncio.session import AsyncSession

from sync.errors import Unauthenticated
from sync.ids import DeviceId
from sync.keys import auth_message, verifies
from sync.store.tables import Challenge, Member, Token, table_of

CHALLENGE_MS: Final = 60_000
TOKEN_MS: Final = 15 * 60_000
SETUP_MS: Final = 7 * 24 * 3_600_000
SETUP_DEVICE: Final = DeviceId(bytes(16))
"""The bearer of the one-time set-up secret, before any device is known; no key hashes to it."""

_CHALLENGE: Final = table_of(Challenge)
_TOKEN: Final = table_of(Token)
_MEMBER: Final = table_of(Member)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a device sends back: the challenge, and its signature over origin, nonce and expiry."""

    device: DeviceId
    nonce: bytes
    expires_ms: int
    signature: bytes


async def challenge(session: AsyncSession, now_ms: int) -> tuple[bytes, int]:
    """Return a fresh nonce and when it expires; forget those that have."""
    nonce, expires_ms = secrets.token_bytes(32), now_ms + CHALLENGE_MS
    await (await session.connection()).execute(sa.delete(_CHALLENGE).where(_CHALLENGE.c.expires_ms <= now_ms))
    await (await session.connection()).execute(sa.insert(_CHALLENGE).values(nonce=nonce, expires_ms=expires_ms))
    return nonce, expires_ms


async def redeem(session: AsyncSession, answer: Answer, origin: str, now_ms: int) -> tuple[str, int]:
    """Return a token for a device that signed a challenge of ours, for this origin, in time, for the first time.

    Raises:
        Unauthenticated: for any other answer; it does not say which.
    """
    open_still = (_CHALLENGE.c.nonce == answer.nonce, _CHALLENGE.c.expires_ms == answer.expires_ms)
    used = await (await session.connection()).execute(
        sa.delete(_CHALLENGE).where(*open_still, _CHALLENGE.c.expires_ms > now_ms)
    )
    known = await (await session.connection()).execute(
        sa.select(_MEMBER.c.ed_pk).where(_MEMBER.c.device == answer.device).limit(1)
    )
    key = known.scalar()
    if getattr(used, "rowcount", 0) != 1 or key is None:
        raise Unauthenticated
    if not verifies(key, auth_message(origin, answer.nonce, answer.expires_ms), answer.signature):
        raise Unauthenticated
    return await issue(session, answer.device, now_ms, TOKEN_MS)


async def issue(session: AsyncSession, device: DeviceId, now_ms: int, lifetime_ms: int) -> tuple[str, int]:
    """Return a new token of a device and when it expires; forget those that have."""
    token, expires_ms = secrets.token_urlsafe(32), now_ms + lifetime_ms
    await (await session.connection()).execute(sa.delete(_TOKEN).where(_TOKEN.c.expires_ms <= now_ms))
    values = {"token_hash": _hash(token), "device": device, "expires_ms": expires_ms}
    await (await session.connection()).execute(sa.insert(_TOKEN).values(**values))
    return token, expires_ms


async def issue_setup(session: AsyncSession, now_ms: int) -> str:
    """Return a new set-up secret; older ones stop working."""
    await (await session.connection()).execute(sa.delete(_TOKEN).where(_TOKEN.c.device == SETUP_DEVICE))
    secret, _ = await issue(session, SETUP_DEVICE, now_ms, SETUP_MS)
    return secret


async def hold(session: AsyncSession, token: str) -> None:
    """Let one bearer of a token go on at a time: the others wait here until this session ends."""
    same = {"expires_ms": _TOKEN.c.expires_ms}
    await (await session.connection()).execute(
        sa.update(_TOKEN).where(_TOKEN.c.token_hash == _hash(token)).values(same)
    )


async def device_of(session: AsyncSession, token: str, now_ms: int) -> DeviceId:
    """Return the device that a token belongs to.

    Raises:
        Unauthenticated: the token is unknown or expired.
    """
    query = sa.select(_TOKEN.c.device).where(_TOKEN.c.token_hash == _hash(token), _TOKEN.c.expires_ms > now_ms)
    found = (await (await session.connection()).execute(query)).scalar()
    if found is None:
        raise Unauthenticated
    return DeviceId(found)


def _hash(token: str) -> bytes:
    return sha256(token.encode()).digest()
