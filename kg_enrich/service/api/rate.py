"""How often a caller may ask."""

import math
import threading
import time
from collections import OrderedDict

from fastapi import Request

from kg_enrich.service.identity import Viewer
from kg_enrich.service.options import ServiceOptions
from kg_enrich.service.refusals import Refused

_KNOWN = 10_000


class Rate:
    """Requests a minute of each caller; a caller may save up half a minute's. Thread-safe."""

    def __init__(self, a_minute: int) -> None:
        self._a_second = a_minute / 60
        self._saved = max(1.0, a_minute / 2)
        self._lock = threading.Lock()
        self._callers: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def wait(self, caller: str, now: float) -> float:
        """Seconds until the caller may ask; 0: it may, and has. now: seconds of any clock."""
        with self._lock:
            left, since = self._callers.pop(caller, (self._saved, now))
            left = min(self._saved, left + (now - since) * self._a_second)
            granted = left >= 1
            self._callers[caller] = (left - 1 if granted else left, now)
            while len(self._callers) > _KNOWN:
                self._callers.popitem(last=False)
        return 0.0 if granted else (1 - left) / self._a_second


async def within_rate(request: Request, who: Viewer) -> None:
    """Errors: Refused (429) when the caller asks more often than the service allows."""
    rate: Rate | None = request.app.state.rate
    if rate is None:
        return
    if seconds := rate.wait(f"{who.way} {who.name}", time.monotonic()):
        options: ServiceOptions = request.app.state.options
        headers = {"Retry-After": str(math.ceil(seconds))}
        raise Refused(429, "too-often", headers=headers, most=options.rate)
