"""A Python device's line to a server: push all, then pull, and nothing lost whatever the answer.

The replica is a pure state; this carries its bytes. It saves the replica before it sends and after every answer, so
that a process killed at any moment goes on from there.
"""

from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final, TypeVar

import httpx

from sync.codec import NotCanonical, decode, encode
from sync.errors import IntegrityFailure, Reason, TooManyRequests
from sync.history import HistoryRow, read_history
from sync.ids import Digest, EntityId, StreamId
from sync.keys import auth_message
from sync.log import decode_page, decode_receipt
from sync.outbox import CONFLICT, OutState, Reaction
from sync.replica import Replica
from sync.reseal import reseal
from sync.restore import last_common_end, step_back
from sync.rotation import keep_controls
from sync.writer import Moment

T = TypeVar("T")

STREAM_BYTES: Final = 16
PATIENCE_MS_MAX: Final = 3_600_000
"""The longest that a server may ask a device to wait: one that is mistaken must not silence it for ever."""

ROUNDS_MAX: Final = 8
"""Control ops that lost to another administrator's are built again; those are few."""

_OTHER_LOG: Final = {"log_mismatch", "unknown_cursor"}
"""The server says that its log has no such segment end."""

COME_BACK: Final = frozenset({HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE})
"""The statuses by which a server says that it has done nothing, and when to come back."""

MSGPACK: Final = {"content-type": "application/msgpack"}


class Refused(Exception):
    """The server refused something that the outbox does not settle by itself; `code` says what.

    Attributes:
        wait_ms: how long the server is to be left alone, if it has asked for that, else 0.
    """

    def __init__(self, status: int, code: str, wait_ms: int = 0) -> None:
        super().__init__(f"The server refused: {code} ({status}).")
        self.status = status
        self.code = code
        self.wait_ms = wait_ms


@dataclass(slots=True)
class Client:
    """One device's connection. `save` keeps the replica's bytes; without it nothing outlives the process.

    Attributes:
        http: a client whose base_url is the server's origin.
        origin: the origin as dialled, which the device's challenge is signed for.
        clock_ms: the device's own clock.
        random: returns so many random bytes.
    """

    http: httpx.AsyncClient
    replica: Replica
    origin: str
    clock_ms: Callable[[], int]
    random: Callable[[int], bytes]
    save: Callable[[Replica], None]
    token: str = ""
    held_ms: range = range(0)
    """The time of this device's clock for which the server has asked to be left alone."""

    async def sync(self) -> None:
        """Push everything that waits, then pull everything that is new.

        A server that has lost the end of its log is given it again: `replica.restored_ms` says so to people.

        Raises:
            Refused: a person is needed, or the device has no token; the outbox is kept.
            IntegrityFailure: what the server sent is no honest log.
            httpx.HTTPError: the line failed; the same call goes on from there.
        """
        has_doubted = False
        for _ in range(ROUNDS_MAX):
            try:
                await self._exchange()
            except (Refused, IntegrityFailure) as failure:
                if await self._stepped_back(failure):
                    continue
                if has_doubted or not self._lacks_proof(failure):
                    raise
                has_doubted = True
                self._step_back(self.replica.reader.view.cursor)
                continue
            if self.replica.outbox.in_state(OutState.ACKNOWLEDGED):  # all of the log was read since, without them
                self._step_back(self.replica.reader.view.cursor)
                continue
            resealed = reseal(self.replica)
            is_kept = keep_controls(self.replica, self._moment())
            if not is_kept and not resealed and not self.replica.owes_confirmation:
                return
            self.save(self.replica)

    async def _exchange(self) -> None:
        try:
            await self.push_all()
        except Refused as refused:
            if refused.code != CONFLICT:
                raise
        await self.pull_all()

    async def _stepped_back(self, failure: Refused | IntegrityFailure) -> bool:
        """Step back to where the server's log and this one's part, if they do; tell whether they did."""
        view = self.replica.reader.view
        is_no_log = isinstance(failure, Refused) and failure.code not in _OTHER_LOG
        is_stub = isinstance(failure, IntegrityFailure) and failure.reason is Reason.STUB
        is_owed = is_stub and failure.__cause__ is not None  # by a server that does not answer now
        if is_no_log or is_owed or self.replica.reader.starting:
            return False
        common = await last_common_end(view.ends, self._log_at)
        if common == view.cursor:
            return False
        self._step_back(common)
        return True

    def _lacks_proof(self, failure: Refused | IntegrityFailure) -> bool:
        """Tell whether no page brings the proof of what an earlier one had stubs of.

        A restored server may have lost what killed or erased them: they are read again, once. One that hides them is
        found out then.
        """
        is_stub = isinstance(failure, IntegrityFailure) and failure.reason is Reason.STUB
        return is_stub and failure.__cause__ is None and bool(self.replica.reader.view.stubs)

    def _step_back(self, common: int) -> None:
        step_back(self.replica, common, StreamId(self.random(STREAM_BYTES)), self.clock_ms())
        self.save(self.replica)

    async def _log_at(self, cursor: int) -> Digest | None:
        try:
            answer = await self.request("GET", self._path("log"), params={"at": cursor})
        except Refused as refused:
            if refused.code not in _OTHER_LOG:
                raise
            return None
        match _understood(answer, decode):
            case [int(), bytes() as log]:
                return Digest(log)
            case _:
                raise httpx.DecodingError("The answer is not of the protocol's form.")

    def _moment(self) -> Moment:
        return Moment(self.clock_ms(), self.clock_ms(), self.random)

    async def push_all(self) -> None:
        """Send segments until nothing waits. Raises Refused where the outbox cannot go on by itself."""
        while (body := self.replica.push()) is not None:
            self.save(self.replica)
            answer = await self._send("POST", self._path("push"), content=body, headers=MSGPACK)
            if answer.status_code == HTTPStatus.OK:
                self.replica.accept(_understood(answer, decode_receipt), self.clock_ms())
            else:
                refusal = problem_of(answer)
                reaction = self.replica.refuse(refusal["code"], refusal, StreamId(self.random(STREAM_BYTES)))
                if reaction is not Reaction.SEND:
                    raise refused_by(answer)
            self.save(self.replica)

    async def pull_all(self) -> None:
        """Apply page after page until there is no more, from the checkpoint on where the replica begins at one.

        Raises:
            Refused: the server does not answer this device.
            IntegrityFailure: a page is no honest log's, and nothing of it is applied; or a line that keeps failing,
                or a server that keeps refusing, holds back the proof of a stub for more than a day.
        """
        if self.replica.reader.starting:
            await self._begin()
        answered, more = False, True
        try:
            while more:
                page = await self.read(self._path("ops"), {"after": self.replica.reader.view.cursor})
                answered = True
                self.replica.apply_page(page, self.clock_ms())
                self.save(self.replica)
                more = decode_page(page).more
        except (httpx.HTTPError, Refused) as error:
            # A line that is down owes nothing; a server that answers, and then does not, may hide an op for ever.
            view, is_other_log = self.replica.reader.view, isinstance(error, Refused) and error.code in _OTHER_LOG
            if answered and not is_other_log and view.overdue(self.clock_ms()):
                raise IntegrityFailure(Reason.STUB, view.cursor) from error
            raise

    async def _begin(self) -> None:
        """Fetch what is live at the checkpoint, from where it was interrupted, and prove it."""
        start = self.replica.reader.start
        assert start is not None
        try:
            while not start.complete:
                page = await self.read(self._path("bootstrap"), {"at": start.cursor, "after": start.after})
                self.replica.apply_start(page)
                self.save(self.replica)
            proof = await self.read(self._path("checkpoint"), {"at": start.cursor})
            self.replica.finish_start(proof, self.clock_ms())
        except (IntegrityFailure, Refused) as error:
            if isinstance(error, Refused) and error.code not in _OTHER_LOG:
                raise
            start.begin_again()
            raise IntegrityFailure(getattr(error, "reason", Reason.CHECKPOINT), start.cursor) from error
        finally:
            self.save(self.replica)

    async def history(self, entity: EntityId) -> list[HistoryRow]:
        """Return every op of an entity that the server still has, dead ones too. Raises Refused, IntegrityFailure."""
        rows: list[HistoryRow] = []
        after, more = 0, True
        while more:
            data = await self.read(self._path("history"), {"entity": entity.hex(), "after": after})
            rows += read_history(self.replica.reader.view, data, entity)
            page = decode_page(data)
            if page.segments and page.segments[0].first_cursor <= after:
                raise IntegrityFailure(Reason.CURSOR, after)
            after, more = page.to_cursor, page.more
        return rows

    async def read(self, path: str, query: dict[str, int | str] | None = None) -> bytes:
        """Return the body of a GET with this device's token; a token that has expired is asked for once more."""
        answer = await self.request("GET", path, params=query)
        # A public hotspot answers everything, in HTML: only the server's own type counts.
        if answer.headers.get("content-type") != MSGPACK["content-type"]:
            raise httpx.DecodingError("The answer is not the server's.")
        return answer.content

    async def request(self, method: str, path: str, **parts: Any) -> httpx.Response:
        """Return a successful answer to a request with this device's token. Raises Refused for any other."""
        for is_last in (False, True):
            if not self.token or is_last:
                self.token = await self.authenticate()
            answer = await self._send(method, path, headers={"authorization": f"Bearer {self.token}"}, **parts)
            if answer.status_code != HTTPStatus.UNAUTHORIZED:
                break
        if answer.is_error:
            raise refused_by(answer)
        return answer

    async def authenticate(self) -> str:
        """Return a fresh token for a signed challenge. Raises Refused."""
        asked = await self._send("POST", "/v1/auth/challenge")
        match _understood(asked, decode) if asked.is_success else None:
            case [bytes() as nonce, int() as expires_ms] if expires_ms >= 0:
                identity = self.replica.identity
                signature = identity.signing.sign(auth_message(self.origin, nonce, expires_ms))
            case _:
                raise refused_by(asked)
        answered = await self._send(
            "POST", "/v1/auth/token", content=encode([identity.device, nonce, expires_ms, signature]), headers=MSGPACK
        )
        match _understood(answered, decode) if answered.is_success else None:
            case [str() as token, int()]:
                return token
            case _:
                raise refused_by(answered)

    async def _send(self, method: str, path: str, **parts: Any) -> httpx.Response:
        """Return the server's answer. Raises Refused, with nothing sent, while it is to be left alone."""
        now_ms = self.clock_ms()
        if now_ms in self.held_ms:  # a clock that was set back is before it: nothing says how long is left
            raise Refused(HTTPStatus.TOO_MANY_REQUESTS, TooManyRequests.code, self.held_ms.stop - now_ms)
        answer = await self.http.request(method, path, **parts)
        if answer.is_error:
            now_ms = self.clock_ms()
            self.held_ms = range(now_ms, now_ms + refused_by(answer).wait_ms)
        return answer

    def _path(self, name: str) -> str:
        return f"/v1/spaces/{self.replica.space.hex()}/{name}"


def _understood(answer: httpx.Response, decode_as: Callable[[bytes], T]) -> T:
    """Return what an answer says; one that says nothing the protocol knows was spoiled on the line."""
    try:
        return decode_as(answer.content)
    except NotCanonical as error:
        raise httpx.DecodingError("The answer is not of the protocol's form.") from error


def refused_by(answer: httpx.Response) -> Refused:
    """Return the refusal that an answer is."""
    refusal = problem_of(answer)
    match refusal.get("retry_after"):
        case int() as asked_s if answer.status_code in COME_BACK and asked_s > 0:
            return Refused(answer.status_code, refusal["code"], min(asked_s * 1000, PATIENCE_MS_MAX))
        case _:
            return Refused(answer.status_code, refusal["code"])


def problem_of(answer: httpx.Response) -> dict[str, Any]:
    """Return the members of a problem+json answer; an answer of any other form has the code `unavailable`."""
    try:
        body = answer.json()
    except ValueError:
        body = None
    return body if isinstance(body, dict) and isinstance(body.get("code"), str) else {"code": "unavailable"}
