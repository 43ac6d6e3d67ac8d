"""The server of most lives: the product's own checks and routes, on tables in memory."""

import asyncio
import re
from contextlib import asynccontextmanager
from dataclasses import dataclass
from random import Random
from typing import Any, Final, Protocol

from sync.codec import encode
from sync.errors import InternalError, Refusal, Unauthenticated
from sync.http import routes
from sync.http.problems import problem
from sync.http.service import Service
from sync.ids import DeviceId, SpaceId
from sync.registry import Registry
from tests.sim.evidence import ErasedOp, LoggedSegment
from tests.sim.line import Answer, Request
from tests.sim.store import CommitFailedError, ServerKilledError, Tables, founded_at

SPACE: Final = SpaceId(b"\x10" * 16)

PAUSE_SHARE: Final = 0.3
"""How often another request goes on between two statements."""

_ROUTE: Final = re.compile(rf"/v1/spaces/{SPACE.hex()}/(push|ops|bootstrap|checkpoint|history|log)")


class SimServer(Protocol):
    """What a life asks of its server."""

    async def answer(self, request: Request) -> Answer:
        """Answer a request. Raises ServerKilledError."""

    def kill_soon(self, chance: Random) -> None:
        """End the process at one of its next statements; it is there again for the next request."""

    def fail_commit(self) -> bool:
        """Let the next commit fail; False if this server cannot be made to."""

    def calm(self) -> None:
        """Let nothing more go wrong."""

    async def forget_tokens(self) -> None:
        """Let every token be refused from now on."""

    async def log(self) -> list[LoggedSegment]:
        """Return the whole log as it is stored."""

    async def seen(self) -> dict[DeviceId, int]:
        """Return how far each member that is not revoked has said it has applied the log."""

    async def back_up(self) -> None:
        """Keep a copy of what is committed, in the place of the one before."""

    async def put_back(self) -> None:
        """Stop, put the last copy in the place of everything, and start again."""


class Company(Protocol):
    """What the server knows of the world: its time and chance, and how many devices synchronise at once."""

    chance: Random
    at_once: int

    def server_ms(self) -> int:
        """Return the server's own time."""


@dataclass(frozen=True, slots=True)
class _Body:
    """As much of a request as the push reads."""

    content: bytes

    async def body(self) -> bytes:
        return self.content


class _Service(Service):
    def store(self, session: Any) -> Any:
        """A transaction in memory is its own repository."""
        return session


class MemoryServer:
    """The checks and the order of the product's routes; the framework around them and tokens are left out."""

    def __init__(self, registry: Registry, world: Company) -> None:
        self.world, self.chance = world, world.chance
        self.left: int | None = None
        self.tokens: dict[str, DeviceId] = {}
        self.backup: tuple[Tables, dict[str, DeviceId]] | None = None
        self.database = founded_at(SPACE, self._pause)
        self.service = _Service(self.database, registry, clock_ms=world.server_ms)  # type: ignore[arg-type]
        self.push_session = asynccontextmanager(routes.push_session)

    async def answer(self, request: Request) -> Answer:
        """Answer as the application does, its problems included."""
        try:
            body = await self._answer(request)
        except Refusal as refusal:
            told = problem(refusal.status, refusal.code, refusal.sentence, refusal.details)
            return Answer(refusal.status, bytes(told.body))
        except CommitFailedError:
            return Answer(503, b'{"code":"unavailable"}')
        except Exception:  # noqa: BLE001 - a bug is an answer like any other, and the checker's to find
            failed = InternalError()
            told = problem(failed.status, failed.code, failed.sentence, {})
            return Answer(failed.status, bytes(told.body))
        return Answer(200, body)

    async def _answer(self, request: Request) -> bytes:
        path = request.path
        if path.endswith("/challenge"):
            return encode([bytes(32), self.service.clock_ms()])
        if path.endswith("/token"):
            token = self.chance.randbytes(16).hex()
            self.tokens[token] = DeviceId(request.content[3:19])
            return encode([token, self.service.clock_ms()])
        found = _ROUTE.fullmatch(path)
        assert found is not None, path
        return await (self._push(request) if found[1] == "push" else self._read(found[1], request))

    async def _push(self, request: Request) -> bytes:
        asked: Any = _Body(request.content)
        checked = await routes.checked_push(asked, SPACE, self.service)
        async with self.push_session(checked, self.service) as session:
            answer = await routes.push(asked, checked, session, self.service)
        return bytes(answer.body)

    async def _read(self, name: str, request: Request) -> bytes:
        device = self.tokens.get(request.headers["authorization"].removeprefix("Bearer "))
        if device is None:
            raise Unauthenticated
        async with self.service.database.reading() as session:
            store = await routes.store_for_member(SPACE, device, self.service, session)
            parts = {"device": device, **request.params} if name == "history" else request.params
            return bytes((await getattr(routes, name)(SPACE, store=store, **parts)).body)

    def kill_soon(self, chance: Random) -> None:
        """Count statements down to the end of the process."""
        self.left = chance.randrange(1, 30)

    def fail_commit(self) -> bool:
        """Let the next commit that writes fail."""
        self.database.fails = True
        return True

    def calm(self) -> None:
        """Disarm the switches."""
        self.left, self.database.fails = None, False

    async def forget_tokens(self) -> None:
        """Know no token any more."""
        self.tokens.clear()

    async def log(self) -> list[LoggedSegment]:
        """Return the committed tables as the log."""
        tables = self.database.tables
        return [logged_segment(segment, tables.ops) for segment in tables.segments]

    async def seen(self) -> dict[DeviceId, int]:
        """Return what the committed tables say of the members."""
        members, seen = self.database.tables.members[SPACE].by_device, self.database.tables.seen
        return {device: seen.get((SPACE, device), 0) for device, member in members.items() if not member.revoked}

    async def back_up(self) -> None:
        """Copy the committed tables, and who has a token."""
        self.backup = self.database.tables.copy(), dict(self.tokens)

    async def put_back(self) -> None:
        """Let what is in progress die, and begin again on the copied tables."""
        assert self.backup is not None
        tables, tokens = self.backup
        self.database.kill()
        self.database.tables, self.tokens = tables.copy(), dict(tokens)

    async def _pause(self) -> None:
        if self.left is not None:
            self.left -= 1
            if self.left == 0:
                self.left = None
                self.database.kill()
                raise ServerKilledError
        if self.chance.random() < PAUSE_SHARE and self.world.at_once > 1:
            await asyncio.sleep(0)


def logged_segment(segment: Any, ops: Any) -> LoggedSegment:
    """Return a stored segment with those of the ops that are its own."""
    own = [_logged_op(op) for op in ops if segment.first_cursor <= op.cursor <= segment.last_cursor]
    return LoggedSegment(segment.first_cursor, segment.server_ms, segment.seg, segment.sig, tuple(own))


def _logged_op(op: Any) -> tuple[bytes, bytes] | ErasedOp:
    if op.header is None and op.sealed is None:
        return ErasedOp(op.entity, op.header_hash, op.sealed_hash)
    return op.header, op.sealed
