"""Who may: the person or program behind a request, and what their role lets them do.

`Needs(Role.REVIEWER)` is a dependency of a route, page or API alike. It gives the `Who`, and has
seen to it that a form of a signed-in browser came from one of our own pages.
"""

import ipaddress
import secrets
import time
from collections import OrderedDict
from dataclasses import dataclass
from threading import Lock
from typing import Annotated

from fastapi import Depends, Request
from starlette.concurrency import run_in_threadpool

from kg_enrich.access.roles import Role
from kg_enrich.access.tokens import Holder, digest
from kg_enrich.api import KnowledgeGraph
from kg_enrich.service.options import ServiceOptions
from kg_enrich.service.refusals import Refused

SESSION_COOKIE = "kg_enrich_session"
CSRF_HEADER = "x-csrf-token"
CSRF_FIELD = "csrf"
_SAFE = ("GET", "HEAD", "OPTIONS")
# A page asks for thirty pictures at once; a revoked token is refused so many seconds later at most.
_REMEMBERED_SECONDS = 5.0
_REMEMBERED = 1000


@dataclass(frozen=True, slots=True)
class Who:
    """Whoever is behind a request.

    name: what is kept as `by` of what they say. way: 'local', 'proxy', 'token' or 'session'.
    csrf: what the forms of a session must bring; '' where no cookie speaks for anybody.
    """

    name: str
    role: Role
    way: str
    csrf: str = ""


class Doorkeeper:
    """Knows who is behind a request. Safe to share between threads."""

    def __init__(self, kg: KnowledgeGraph, options: ServiceOptions) -> None:
        self._kg = kg
        self._options = options
        self._lock = Lock()
        self._known: OrderedDict[str, tuple[float, Holder | None]] = OrderedDict()

    def identify(self, request: Request) -> Who | None:
        """Who is behind a request; None when nobody says so. Errors: Refused (401), GraphError."""
        options = self._options
        scheme, _, secret = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            if (holder := self._holder("token", secret.strip())) is None:
                raise Refused(401, "token-unknown")
            return Who(holder.name, holder.role, "token")
        if options.open:
            return Who(options.user, Role.OPERATOR, "local")
        if options.proxy_header is not None and self._is_proxy(request):
            name = request.headers.get(options.proxy_header, "").strip()
            # Whoever comes through the proxy is whom it names, and nobody when it names nobody.
            return Who(name, options.proxy_role, "proxy") if name else None
        if cookie := request.cookies.get(SESSION_COOKIE):
            holder = self._holder("session", cookie)
            if holder is not None:
                return Who(holder.name, holder.role, "session", csrf_token(cookie))
        return None

    def forget(self, secret: str) -> None:
        """A session that ended ends at once here."""
        with self._lock:
            self._known.pop(digest(secret), None)

    def _is_proxy(self, request: Request) -> bool:
        if request.client is None:
            return False
        try:
            address = ipaddress.ip_address(request.client.host)
        except ValueError:
            return False
        return any(address in network for network in self._options.proxy_networks)

    def _holder(self, kind: str, secret: str) -> Holder | None:
        # By its hash: a secret is kept nowhere, not even here.
        key = digest(secret)
        now = time.monotonic()
        with self._lock:
            known = self._known.get(key)
        if known is not None and known[0] > now:
            return known[1]
        look = self._kg.token_holder if kind == "token" else self._kg.session_holder
        holder = look(secret)
        # What is unknown is not remembered: strangers would fill the memory.
        if holder is not None:
            with self._lock:
                self._known[key] = (now + _REMEMBERED_SECONDS, holder)
                while len(self._known) > _REMEMBERED:
                    self._known.popitem(last=False)
        return holder


class Needs:
    """A route's dependency: somebody with this role or a higher one. Gives the `Who`.

    Errors: Refused with 401 (nobody), 403 (not enough, or a form that no page of ours made).
    """

    def __init__(self, role: Role) -> None:
        self.role = role

    async def __call__(self, request: Request) -> Who:
        doorkeeper: Doorkeeper = request.app.state.doorkeeper
        who = await run_in_threadpool(doorkeeper.identify, request)
        if who is None:
            raise Refused(401, "sign-in")
        request.state.who = who
        if not who.role.may(self.role):
            raise Refused(403, "role", needed=self.role.value, role=who.role.value)
        if who.csrf and request.method not in _SAFE:
            await _require_csrf(request, who)
        return who


Viewer = Annotated[Who, Depends(Needs(Role.VIEWER))]
Reviewer = Annotated[Who, Depends(Needs(Role.REVIEWER))]
Operator = Annotated[Who, Depends(Needs(Role.OPERATOR))]


def csrf_token(session: str) -> str:
    """What proves that a form comes from a page that was made for this session."""
    return digest(f"csrf {session}")


async def _require_csrf(request: Request, who: Who) -> None:
    given = request.headers.get(CSRF_HEADER)
    kind = request.headers.get("content-type", "")
    if given is None and kind.startswith(
        ("application/x-www-form-urlencoded", "multipart/form-data")
    ):
        value = (await request.form()).get(CSRF_FIELD)
        given = value if isinstance(value, str) else None
    if given is None or not secrets.compare_digest(given.encode(), who.csrf.encode()):
        raise Refused(403, "csrf")
