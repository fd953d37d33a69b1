"""One server over HTTP: time limits, and what is tried again.

Redirects and proxies are not followed: an image goes to the host that is on the list, or nowhere.
"""

import json
import logging
import os
import random
import threading
import time
from email.utils import parsedate_to_datetime
from typing import Any

import requests
from requests.structures import CaseInsensitiveDict
from urllib3.exceptions import HTTPError

from kg_enrich.errors import ScorerError
from kg_enrich.scorers.remote.asking import Request
from kg_enrich.scorers.remote.options import RemoteOptions

# The server is busy, starting or being replaced: it is waited for as long as patience lasts.
_AWAY = frozenset((429, 502, 503, 504))
# The request can never succeed, whatever it holds.
_HOPELESS = {401: "refuses the token", 403: "refuses the token", 404: "has no", 405: "has no"}
_TRIES = 3
_FIRST_WAIT, _LONGEST_WAIT = 0.5, 15.0
_CONNECT_SECONDS = 10.0
_LARGEST_REPLY = 16 << 20
_log = logging.getLogger(__name__)


class FailedRequest(Exception):
    """A request that came to nothing. divisible: fewer pairs at once may do better."""

    def __init__(self, reason: str, divisible: bool = False) -> None:
        super().__init__(reason)
        self.divisible = divisible


class _Trouble(Exception):
    """One try failed. away: the server's state, not this request, is at fault. wait: seconds that
    the server asked for."""

    def __init__(self, reason: str, away: bool = False, wait: float | None = None) -> None:
        super().__init__(reason)
        self.away = away
        self.wait = wait


class Client:
    """Safe to share between threads: each has a connection of its own."""

    def __init__(self, options: RemoteOptions) -> None:
        self._base = options.url.rstrip("/")
        self._seconds = options.seconds
        self._patience = options.patience
        self._headers = _authorization(options.token)
        self._own = threading.local()
        self._lock = threading.Lock()
        self._sessions: list[requests.Session] = []
        self._stopped = threading.Event()

    def ask(self, request: Request) -> Any:
        """The reply to a request, as JSON says it.

        Errors: FailedRequest; ScorerError when no request could succeed (the token, the address).
        """
        began = time.monotonic()
        tries = 0
        while True:
            try:
                return self._try(request)
            except _Trouble as trouble:
                tries += 1
                # Jitter, so that what failed together does not come back together.
                wait = min(_FIRST_WAIT * 2 ** (tries - 1), _LONGEST_WAIT) * random.uniform(0.5, 1.0)
                wait = max(wait, trouble.wait or 0.0)
                left = began + self._patience - time.monotonic()
                given_up = wait > left if trouble.away else tries >= _TRIES
                if given_up or self._stopped.wait(wait):
                    raise FailedRequest(str(trouble), divisible=not trouble.away) from None
                _log.debug("trying again: %s", trouble)

    def stop(self) -> None:
        """Nothing is tried again any more."""
        self._stopped.set()

    def close(self) -> None:
        self.stop()
        with self._lock:
            for session in self._sessions:
                session.close()
            self._sessions.clear()

    def _try(self, request: Request) -> Any:
        deadline = time.monotonic() + self._seconds
        try:
            with self._session().post(
                self._base + request.path,
                json=request.body,
                data=request.fields,
                files=[
                    ("images", (name, picture.data, picture.kind))
                    for name, picture in request.files
                ]
                or None,
                timeout=(min(_CONNECT_SECONDS, self._seconds), self._seconds),
                allow_redirects=False,
                stream=True,
            ) as response:
                content = _content(response, deadline)
                self._judge(response.status_code, response.headers, content, request.path)
        except requests.Timeout:
            raise _Trouble(f"no answer within {self._seconds:g} s") from None
        except (requests.RequestException, HTTPError, OSError) as error:
            raise _Trouble(f"no connection ({_cause(error)})", away=True) from None
        try:
            return json.loads(content)
        except ValueError:
            raise _Trouble(f"the reply is no JSON: {_start(content)}") from None

    def _judge(
        self, status: int, headers: CaseInsensitiveDict[str], content: bytes, path: str
    ) -> None:
        """Errors: _Trouble, FailedRequest, ScorerError for everything but success."""
        if status < 300:
            return
        said = f"HTTP {status}: {_start(content)}"
        if status < 400:
            raise ScorerError(
                f"{self._base} sends us elsewhere (HTTP {status}); no image follows: set"
                " KG_ENRICH_REMOTE_URL to where it is"
            )
        if status in _AWAY:
            raise _Trouble(said, away=True, wait=_retry_after(headers.get("Retry-After")))
        if status >= 500 or status == 408:
            raise _Trouble(said)
        if status in _HOPELESS:
            what = _HOPELESS[status] + (f" {path}" if status in (404, 405) else "")
            raise ScorerError(
                f"{self._base} {what} (HTTP {status}): look at KG_ENRICH_REMOTE_URL,"
                " KG_ENRICH_REMOTE_PROTOCOL and KG_ENRICH_REMOTE_TOKEN"
            )
        raise FailedRequest(said, divisible=True)

    def _session(self) -> requests.Session:
        session: requests.Session | None = getattr(self._own, "session", None)
        if session is None:
            session = requests.Session()
            # Proxies and passwords in files would send images, or secrets, where nobody said so.
            session.trust_env = False
            session.verify = os.environ.get("REQUESTS_CA_BUNDLE") or True
            session.headers.update(self._headers)
            self._own.session = session
            with self._lock:
                self._sessions.append(session)
        return session


def _authorization(token: str) -> dict[str, str]:
    name, colon, value = token.partition(":")
    if colon:
        return {name.strip(): value.strip()}
    return {"Authorization": f"Bearer {token}"} if token else {}


def _content(response: requests.Response, deadline: float) -> bytes:
    """The body, whole. The time limit holds for all of it, however slowly it drips."""
    parts, size = [], 0
    while part := response.raw.read1(1 << 16, decode_content=True):
        parts.append(part)
        size += len(part)
        if size > _LARGEST_REPLY:
            raise FailedRequest("the reply is endless")
        if time.monotonic() > deadline:
            raise requests.ReadTimeout
    return b"".join(parts)


def _retry_after(value: str | None) -> float | None:
    """Seconds of a Retry-After header, which says seconds or a date."""
    if not value:
        return None
    try:
        return max(0.0, float(value))
    except ValueError:
        pass
    try:
        return max(0.0, parsedate_to_datetime(value).timestamp() - time.time())
    except (TypeError, ValueError):
        return None


def _start(content: bytes) -> str:
    return " ".join(content[:200].decode("utf-8", "replace").split()) or "an empty reply"


def _cause(error: BaseException) -> str:
    """The innermost cause's own words: requests wraps them in several layers."""
    while (inner := error.__cause__ or error.__context__) is not None:
        error = inner
    reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return " ".join(reason.split())[:160]
