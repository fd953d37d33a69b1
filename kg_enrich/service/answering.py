"""Around every request: an id, a line in the log, headers, and errors as plain answers."""

import logging
import re
import time
import uuid

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kg_enrich.errors import (
    BrakeError,
    BusyError,
    ClosedError,
    GraphError,
    KgEnrichError,
    LeaseHeldError,
    NotNowError,
    NotThereError,
    OutOfDateError,
    ScorerError,
    SettingsError,
)
from kg_enrich.service import rendering
from kg_enrich.service.refusals import Refused

log = logging.getLogger("kg_enrich.service")

_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")

# No script and no style but our own files, nothing from anywhere else, and nobody may frame us.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; "
    "connect-src 'self'; font-src 'self'; form-action 'self'; frame-ancestors 'none'; "
    "base-uri 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # Nobody else is told; with `no-referrer` a browser hides the origin of our own forms.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
# Paths that programs call: errors are JSON there.
PROGRAMS = ("/api/", "/v1/", "/v2/", "/healthz", "/readyz", "/metrics", "/openapi.json")

_STATUS: dict[type[KgEnrichError], int] = {
    LeaseHeldError: 409,
    BrakeError: 409,
    SettingsError: 400,
    GraphError: 502,
    NotThereError: 404,
    NotNowError: 409,
    OutOfDateError: 412,
    BusyError: 429,
    ClosedError: 503,
    ScorerError: 503,
}


class Answering:
    """The outermost layer: nothing leaves without an id, headers and, when it failed, a trace-free
    answer; the trace goes to the log."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.monotonic()
        given = Headers(scope=scope).get("x-request-id", "")
        identifier = given if _ID.fullmatch(given) else uuid.uuid4().hex
        scope.setdefault("state", {})["request_id"] = identifier
        status = 0

        async def finish(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
                headers.setdefault("Cache-Control", "no-store")
                headers["X-Request-ID"] = identifier
            await send(message)

        try:
            await self._app(scope, receive, finish)
        except Exception as error:
            # A stream that broke in its middle cannot be taken back.
            if status:
                raise
            await answer_of(Request(scope), error)(scope, receive, finish)
        finally:
            milliseconds = (time.monotonic() - began) * 1000
            # Without the query string, which holds ids of people's documents.
            text = "%s %s %s: %d in %.0f ms"
            level = logging.DEBUG if scope["path"].startswith(("/static/", "/health")) else 20
            log.log(level, text, identifier, scope["method"], scope["path"], status, milliseconds)


def answer_of(request: Request, error: Exception) -> Response:
    """The answer to a request that failed: a page for people, JSON for programs, never a trace."""
    identifier = request.state.request_id
    headers: dict[str, str] = {}
    if isinstance(error, Refused):
        status, code, values = error.status, error.code, error.values
        headers = error.headers
    elif isinstance(error, KgEnrichError):
        kinds = (kind for kind in type(error).__mro__ if kind in _STATUS)
        status = _STATUS[kind] if (kind := next(kinds, None)) else 500
        code, values = "failed", {"message": str(error)}
        if isinstance(error, BusyError):
            headers = {"Retry-After": str(error.seconds)}
        log.warning("%s %s: %s", identifier, type(error).__name__, error)
    else:
        status, code, values = 500, "broken", {"identifier": identifier}
        log.error("%s failed", identifier, exc_info=error)
    message = rendering.text(request, f"error-{code}", **values)
    if request.url.path.startswith(PROGRAMS):
        return JSONResponse(
            {"error": {"code": code, "message": message, "request": identifier}}, status, headers
        )
    if code == "sign-in" and request.method == "GET":
        return RedirectResponse(rendering.login_address(request), 303)
    return rendering.page(
        request, "error.html", status=status, message=message, identifier=identifier
    )
