"""Idempotency-Key: a request that is sent twice is done once, and answered the same twice."""

import hashlib
import threading
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import Header
from starlette.requests import Request
from starlette.responses import Response

from kg_enrich.service.identity import Who
from kg_enrich.service.refusals import Refused

_SECONDS = 24 * 3600.0
_MOST = 10_000

IdempotencyKey = Annotated[
    str | None,
    Header(
        min_length=1,
        max_length=200,
        description="A name of the caller's for this request. Sent again with it within a day, it "
        "is not done again and is answered the same; this process remembers it.",
    ),
]


@dataclass(slots=True)
class _Done:
    """A request under a key. answer: None while it is under way."""

    asked: str
    until: float
    answer: Response | None = None


class Remembered:
    """What was answered under which key. Safe to share between threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._done: OrderedDict[tuple[str, str, str], _Done] = OrderedDict()

    async def once(
        self, request: Request, who: Who, key: str | None, work: Callable[[], Awaitable[Response]]
    ) -> Response:
        """The work's answer, from memory when the caller sent this request before.

        What failed is forgotten, so that it can be tried again. Errors: Refused (409: it is under
        way; 422: another request had this key), and those of `work`.
        """
        if key is None:
            return await work()
        name = (f"{who.way} {who.name}", request.url.path, key)
        asked = hashlib.sha256(await request.body()).hexdigest()
        if (answer := self._begin(name, asked)) is not None:
            return answer
        try:
            answer = await work()
        except BaseException:
            with self._lock:
                self._done.pop(name, None)
            raise
        with self._lock:
            if name in self._done:
                self._done[name].answer = answer
        return answer

    def _begin(self, name: tuple[str, str, str], asked: str) -> Response | None:
        now = time.monotonic()
        with self._lock:
            known = self._done.get(name)
            if known is not None and known.until > now:
                if known.asked != asked:
                    raise Refused(422, "key-taken")
                if known.answer is None:
                    raise Refused(409, "under-way")
                return known.answer
            self._done.pop(name, None)
            self._done[name] = _Done(asked, now + _SECONDS)
            while len(self._done) > _MOST:
                self._done.popitem(last=False)
        return None


async def once(
    request: Request, who: Who, key: str | None, work: Callable[[], Awaitable[Response]]
) -> Response:
    """As `Remembered.once`, by the service's memory."""
    remembered: Remembered = request.app.state.remembered
    return await remembered.once(request, who, key, work)
