"""How every refusal is answered, and the limit on what is read before anything looks at it.

Every refusal is RFC 9457 `application/problem+json`: `type`, `title`, `status` and a stable `code`, with the
refusal's details as members beside them. Nothing a client sent is echoed.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sync.errors import InternalError, Refusal, TooLarge
from sync.limits import PUSH_BYTES_MAX

CODE_BY_STATUS = {
    HTTPStatus.BAD_REQUEST: "bad_request",
    HTTPStatus.NOT_FOUND: "not_found",
    HTTPStatus.METHOD_NOT_ALLOWED: "method_not_allowed",
}


def problem(
    status: int, code: str, title: str, details: Mapping[str, Any], headers: Mapping[str, str] | None = None
) -> JSONResponse:
    body = {**details, "type": f"urn:escale:problem:{code}", "title": title, "status": status, "code": code}
    return JSONResponse(body, status, headers=headers, media_type="application/problem+json")


def refused(refusal: Refusal) -> JSONResponse:
    """Return the answer that tells a refusal; when to come back also stands in the header that proxies know."""
    after = refusal.details.get("retry_after")
    headers = None if after is None else {"Retry-After": str(after)}
    return problem(refusal.status, refusal.code, refusal.sentence, refusal.details, headers)


async def _refusal(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, Refusal)
    return refused(error)


async def _invalid(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    errors = [{"at": "/".join(map(str, e["loc"])), "message": e["msg"]} for e in error.errors()]
    return problem(422, "invalid_request", "The request does not have the documented form.", {"errors": errors})


async def _framework(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    status = HTTPStatus(error.status_code)
    code = CODE_BY_STATUS.get(status, "request_refused")
    return problem(status, code, f"{status.phrase}.", {}, error.headers)


def answer_problems(app: FastAPI) -> None:
    """Answer every refusal of an application as problem+json, the framework's own included."""
    app.add_exception_handler(Refusal, _refusal)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _framework)


class BodyLimit:
    """Refuse a request body over `bytes_max`, by its announced length or while it is read.

    The framework's own limit answers plain text wherever a route reads no body.
    """

    def __init__(self, app: ASGIApp, bytes_max: int = PUSH_BYTES_MAX) -> None:
        self.app = app
        self.bytes_max = bytes_max

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        announced = dict(scope["headers"]).get(b"content-length", b"0")
        if announced.isdigit() and int(announced) > self.bytes_max:
            await refused(TooLarge())(scope, receive, send)
            return
        seen = 0

        async def counted() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > self.bytes_max:
                raise TooLarge
            return message

        async def unless_too_large(message: Message) -> None:
            # A framework may turn what `counted` raised into an answer of its own: ours replaces it.
            if seen <= self.bytes_max:
                await send(message)

        with suppress(TooLarge):
            await self.app(scope, counted, unless_too_large)
        if seen > self.bytes_max:
            await refused(TooLarge())(scope, receive, send)


class CatchBugs:
    """Answer a bug as problem+json and report it; inside the other middleware, so that its answer is like any other."""

    def __init__(self, app: ASGIApp, report: Callable[[Exception], None]) -> None:
        self.app = app
        self.report = report

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = False

        async def watched(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self.app(scope, receive, watched)
        except Exception as bug:
            if scope["type"] != "http" or started:
                raise
            self.report(bug)
            await refused(InternalError())(scope, receive, send)
