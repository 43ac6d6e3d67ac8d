"""What the routes of one service share: its registry, what it does with a push, its clock, its origin, its rates."""

import time
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from typing import Annotated

from fastapi import Depends, Request
from sqlmodel.ext.asyncio.session import AsyncSession

from sync.errors import DeviceRevoked, NotMember, Unauthenticated
from sync.http.rates import Rates, rates
from sync.ids import DeviceId, SpaceId
from sync.registry import Registry
from sync.store.auth import device_of
from sync.store.database import Database
from sync.store.logged import LoggedOp
from sync.store.receive import Erased, Project
from sync.store.repository import Repository
from sync.store.scope import Scope


def wall_clock_ms() -> int:
    """Return the milliseconds since 1970."""
    return time.time_ns() // 1_000_000


async def project_nothing(
    store: Repository, space: SpaceId, org: bytes, ops: Sequence[LoggedOp], erased: Erased
) -> None:
    """Write nothing beside the log."""


@dataclass(frozen=True, slots=True)
class Service:
    """One sync service. `origin` is None where it is what the caller dialled."""

    database: Database
    registry: Registry
    project: Project = project_nothing
    clock_ms: Callable[[], int] = wall_clock_ms
    origin: str | None = None
    rates: Rates = field(default_factory=rates)

    def store(self, session: AsyncSession) -> Repository:
        """Return the repository of a session."""
        return Repository(session, self.database.dialect)

    def dialled(self, request: Request) -> str:
        """Return the origin that a challenge must have been signed for."""
        return self.origin or f"{request.url.scheme}://{request.url.netloc}"


async def service_of(request: Request) -> Service:
    """Return the service that the application's lifespan put there."""
    service: Service = request.app.state.sync
    return service


CurrentService = Annotated[Service, Depends(service_of)]


async def _reading(service: CurrentService) -> AsyncIterator[AsyncSession]:
    async with service.database.reading() as session:
        yield session


async def _writing(service: CurrentService) -> AsyncIterator[AsyncSession]:
    async with service.database.writing() as session:
        yield session


# scope="function": the commit happens before the answer leaves. FastAPI's default answers first, even when the
# commit then fails.
ReadingSession = Annotated[AsyncSession, Depends(_reading, scope="function")]
WritingSession = Annotated[AsyncSession, Depends(_writing, scope="function")]


async def bearer(request: Request) -> str:
    """Return the bearer token of a request. Raises Unauthenticated."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise Unauthenticated
    return token


async def caller(request: Request, service: CurrentService, session: ReadingSession) -> DeviceId:
    """Return the device that calls; the session sees what is its own. Raises Unauthenticated, TooManyRequests."""
    device = await device_of(session, await bearer(request), service.clock_ms())
    service.rates.spend_request(device)
    await service.store(session).enter(Scope(device=device))
    return device


Caller = Annotated[DeviceId, Depends(caller)]


async def require_member(store: Repository, space: SpaceId, device: DeviceId) -> None:
    """Let only the members of a space read it, and its rows only; to everybody else an unknown one looks the same.

    Raises:
        NotMember, DeviceRevoked: as their names say.
    """
    state = await store.space(space)
    member = None if state is None else (await store.members(state, device)).by_device.get(device)
    if member is None:
        raise NotMember
    if member.revoked:
        raise DeviceRevoked
    await store.enter(Scope(space, device))
