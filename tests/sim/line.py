"""The line between a device and the server: it loses, doubles, cuts, flips, replays and drops, as a step says.

It stands where the product's client has httpx; the errors are httpx's own.
"""

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any, Final

import httpx
import msgspec
from msgspec import msgpack

from sync.client import MSGPACK
from tests.sim.evidence import Evidence
from tests.sim.gestures import CANARY
from tests.sim.store import ServerKilledError


@dataclass(frozen=True, slots=True)
class Request:
    """One request, its address without the origin."""

    method: str
    path: str
    content: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    params: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer, with as much of httpx's as the product's client reads."""

    status_code: int
    content: bytes

    @property
    def headers(self) -> Mapping[str, str]:
        """The type of what the server answers to a device."""
        return MSGPACK

    @property
    def is_success(self) -> bool:
        """Whether it is a 2xx."""
        return self.status_code < httpx.codes.MULTIPLE_CHOICES

    @property
    def is_error(self) -> bool:
        """Whether it is a refusal."""
        return self.status_code >= httpx.codes.BAD_REQUEST

    def json(self) -> Any:
        """Return the body as JSON. Raises ValueError."""
        return json.loads(self.content)


Serve = Callable[[Request], Awaitable[Answer]]

PUSH_BYTES_MAX: Final = 262_144
PAGE_BYTES_MAX: Final = 2 * 262_144
"""A page holds at least one whole segment, so it may be one push larger than what was asked for."""


DROPS_SHARE: Final = 0.2
PROVED_DROPS_SHARE: Final = 0.5
DIES_SHARE: Final = 0.1
"""How often a slow line drops after a page, or after the first one that the proof is followed by; how often the device
dies."""


class DeviceKilledError(BaseException):
    """The device's process is gone: what its disk did not hold never was."""


class Line:
    """One device's line. `arm` says what goes wrong next; without it everything arrives.

    Attributes:
        page_bytes: how much the device asks for at once, None for what the client asks for.
        start_harmed: a page was harmed of those with which the device begins: it keeps them, and the proof finds out.
        slow: the chance by which a device that begins on this line loses it, or dies, between two pages.
    """

    def __init__(self, server: Serve, evidence: Evidence) -> None:
        self.server = server
        self.evidence = evidence
        self.old_pushes: list[bytes] = []
        self.fault = ""
        self.chance = Random(0)
        self.left = 0
        self.harmed = False
        self.start_harmed = False
        self.page_bytes: int | None = None
        self.slow: Random | None = None
        self._proved = False

    def arm(self, fault: str, chance: Random) -> None:
        """Let a fault happen at one of the next requests."""
        self.fault, self.chance, self.left, self.harmed = fault, chance, chance.randrange(0, 5), False

    def disarm(self) -> None:
        """Let everything arrive again."""
        self.fault, self.harmed = "", False

    async def request(
        self,
        method: str,
        path: str,
        *,
        content: bytes = b"",
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, int] | None = None,
    ) -> Answer:
        """Carry a request."""
        return await self._carry(Request(method, path, content, headers or {}, params or {}))

    async def _carry(self, request: Request) -> Answer:
        fault = self._due(request)
        if fault in {"request_lost", "line_drops"}:
            raise httpx.ConnectError(fault)
        if fault in {"request_cut", "request_flipped"}:
            await self._deliver(replace(request, content=_harmed(request.content, fault, self.chance)))
            raise httpx.ReadError(fault)
        if fault == "old_push_again":
            await self._deliver(replace(request, content=self.chance.choice(self.old_pushes)))
        if fault == "request_twice":
            await self._deliver(request)
        if fault == "small_pages":
            request = replace(request, params={**request.params, "max_bytes": 1})
        if self.page_bytes is not None and request.path.endswith(("/bootstrap", "/ops")):
            request = replace(request, params={**request.params, "max_bytes": self.page_bytes})
        answer = await self._deliver(request)
        self._between_pages(request)
        if fault == "killed_in_sync":
            raise DeviceKilledError
        if fault == "answer_lost":
            raise httpx.ReadError(fault)
        if fault in {"answer_cut", "answer_flipped"}:
            self.harmed = True
            self.start_harmed = self.start_harmed or request.path.endswith("/bootstrap")
            return replace(answer, content=_harmed(answer.content, fault, self.chance))
        return answer

    def _between_pages(self, request: Request) -> None:
        """Drop the line or end the device after a page of its bootstrap, the proof, or the first page after that."""
        is_proved, self._proved = self._proved, request.path.endswith("/checkpoint")
        begins = is_proved or request.path.endswith(("/bootstrap", "/checkpoint"))
        if self.slow is None or not begins:
            return
        drawn = self.slow.random()
        if drawn < (PROVED_DROPS_SHARE if is_proved else DROPS_SHARE):
            self.evidence.faults.add("bootstrap_drops")
            raise httpx.ReadError("bootstrap_drops")
        if drawn > 1 - DIES_SHARE:
            self.evidence.faults.add("killed_in_bootstrap")
            raise DeviceKilledError

    def _due(self, request: Request) -> str:
        """Return the fault that happens now, once; a line that dropped stays so until the next step."""
        is_push = request.path.endswith("/push")
        fits = {
            "old_push_again": is_push and bool(self.old_pushes),
            "small_pages": request.path.endswith(("/ops", "/bootstrap")),
            "request_cut": is_push,
            "request_flipped": is_push,
            "request_twice": is_push,
        }
        self.left -= 1
        if not self.fault or self.left > 0 or not fits.get(self.fault, True):
            return ""
        fault = self.fault
        self.evidence.faults.add(fault)
        if fault not in {"line_drops", "small_pages"}:
            self.fault = ""
        return fault

    async def _deliver(self, request: Request) -> Answer:
        self._look(request.content)
        try:
            answer = await self.server(request)
        except ServerKilledError:
            raise httpx.ReadError("the server is gone") from None
        self._look(answer.content)
        if request.path.endswith("/push"):
            self._note(request.content, answer.status_code, answer.content)
        elif len(answer.content) > PAGE_BYTES_MAX:
            self.evidence.alarms.append("I13: a page is larger than its bound")
        return answer

    def _note(self, body: bytes, status: int, content: bytes) -> None:
        if _is_acknowledgement(body):
            pass  # it is answered with the log as it stands
        elif status == httpx.codes.OK:
            self.evidence.receipts.setdefault(body, []).append(content)
            self.old_pushes.append(body)
        elif body in self.evidence.receipts:
            self.evidence.alarms.append("I3: a push that was answered is refused when it comes again")
        if status == httpx.codes.INTERNAL_SERVER_ERROR and b'"internal_error"' in content:
            self.evidence.alarms.append("a bug answered a push")
        if len(body) > PUSH_BYTES_MAX:
            self.evidence.alarms.append("I13: a push is larger than its bound")

    def _look(self, data: bytes) -> None:
        if CANARY.encode() in data:
            self.evidence.alarms.append("I8: a text crossed the line in clear")
        if any(erased in data for erased in self.evidence.erased_bytes):
            self.evidence.alarms.append("I11: what is erased crossed the line")


def _is_acknowledgement(body: bytes) -> bool:
    """Tell whether a push, whole or harmed, carries no op."""
    try:
        _, _, ops = msgpack.decode(body)
    except (ValueError, TypeError, msgspec.DecodeError):
        return False
    return bool(ops == [])


def _harmed(data: bytes, fault: str, chance: Random) -> bytes:
    if not data:
        return data
    at = chance.randrange(len(data))
    if fault.endswith("_cut"):
        return data[:at]
    return data[:at] + bytes([data[at] ^ (1 << chance.randrange(8))]) + data[at + 1 :]
