"""What every request passes before anything else: its size, its host, its origin.

A page of somebody else may make a browser send requests here. By its name (Host) and where it
comes from (Origin, Sec-Fetch-Site) such a request is known, also when the name was made to point at
this machine (DNS rebinding).
"""

from collections.abc import Mapping
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kg_enrich.service.options import LOOPBACK_NAMES, ServiceOptions
from kg_enrich.service.refusals import Refused

_SAFE = ("GET", "HEAD", "OPTIONS")
_FROM_HERE = ("same-origin", "none")
BODY_BYTES = 1 << 20


class Gate:
    """Refuses what does not come from one of our own pages, or is too large.

    larger: bytes of a body, by the beginning of the path, where more is allowed.
    """

    def __init__(
        self, app: ASGIApp, options: ServiceOptions, larger: Mapping[str, int] | None = None
    ) -> None:
        self._app = app
        self._options = options
        self._larger = larger or {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        self._check_host(headers)
        if scope["method"] not in _SAFE:
            self._check_origin(headers)
        most = self._most(scope["path"])
        length = headers.get("content-length", "")
        if length.isdigit() and int(length) > most:
            raise Refused(413, "too-large", most=most)
        await self._app(scope, _bounded(receive, most), send)

    def _check_host(self, headers: Headers) -> None:
        if not is_known_host(headers.get("host", ""), self._options):
            raise Refused(421, "host")

    def _check_origin(self, headers: Headers) -> None:
        site = headers.get("sec-fetch-site")
        if site is not None and site not in _FROM_HERE:
            raise Refused(403, "origin")
        origin = headers.get("origin")
        # No browser leaves it out of a form of another site; programs do.
        if origin is None:
            return
        place = urlsplit(origin).netloc.lower()
        if place != headers.get("host", "").lower() and place not in self._options.hosts:
            raise Refused(403, "origin")

    def _most(self, path: str) -> int:
        fits = [most for beginning, most in self._larger.items() if path.startswith(beginning)]
        return max(fits, default=BODY_BYTES)


def is_known_host(given: str, options: ServiceOptions) -> bool:
    """Whether a Host header names us. Where nobody signs in, only a name of this machine does."""
    given = given.lower()
    if given in options.hosts or _without_port(given) in options.hosts:
        return True
    if options.on_loopback:
        name = _without_port(given)
        known = {*LOOPBACK_NAMES, options.host, f"[{options.host}]"}
        port = given[len(name) + 1 :]
        return name in known and port in ("", str(options.port))
    # Elsewhere a browser holds nothing for a stranger's name: cookies belong to ours.
    return not options.hosts and bool(given)


def _without_port(host: str) -> str:
    name, colon, port = host.rpartition(":")
    return name if colon and port.isdigit() else host


def _bounded(receive: Receive, most: int) -> Receive:
    received = 0

    async def bounded() -> Message:
        nonlocal received
        message = await receive()
        received += len(message.get("body", b""))
        if received > most:
            raise Refused(413, "too-large", most=most)
        return message

    return bounded


def is_secure(connection: HTTPConnection, options: ServiceOptions) -> bool:
    """Whether the browser spoke TLS to us, or to a proxy of ours that says so."""
    if connection.url.scheme == "https":
        return True
    return options.proxy_header is not None and (
        connection.headers.get("x-forwarded-proto", "").lower() == "https"
    )
