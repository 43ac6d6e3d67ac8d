"""Security headers on every answer, and who may keep a copy of it."""

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

CONTENT_SECURITY_POLICY = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self' 'wasm-unsafe-eval'",
        "style-src 'self'",
        "connect-src 'self'",
        "img-src 'self' blob:",
        "worker-src 'self'",
        "manifest-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types svelte-trusted-html escale-worker",
    ]
)

ALWAYS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "Strict-Transport-Security": "max-age=63072000; includeSubDomains",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "geolocation=(self), camera=(self), microphone=()",
}

IMMUTABLE = "public, max-age=31536000, immutable"


def cache_control(path: str) -> str:
    """Return how long an answer may be kept: hashed files for ever, the app's others revalidated, the API never."""
    if path.startswith("/assets/"):
        return IMMUTABLE
    if path.startswith("/v1/") or path == "/healthz":
        return "no-store"
    return "no-cache"


class SecurityHeaders:
    """Pure ASGI, outermost, so that refusals and files carry the headers too."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(ALWAYS)
                caching = "no-store" if message["status"] >= 400 else cache_control(scope["path"])
                headers["Cache-Control"] = caching
            await send(message)

        await self.app(scope, receive, with_headers if scope["type"] == "http" else send)
