"""Reads and scales images ahead of the requests, in worker processes, and keeps the newest."""

import threading
from collections import OrderedDict
from collections.abc import Iterable
from concurrent.futures import CancelledError, Future

from kg_enrich.errors import ReadingError
from kg_enrich.images.decoding import DecodeLimits
from kg_enrich.images.sending import Picture, picture_to_send
from kg_enrich.images.workers import ImageWorkers, WorkerLimits
from kg_enrich.models import Image

# A picture that is ready takes some 0.4 MB.
_KEPT = 256


class Pictures:
    """Pictures ready to be sent. Safe to share between threads."""

    def __init__(
        self, workers: int, limits: DecodeLimits, worker_limits: WorkerLimits, max_pixels: int
    ) -> None:
        self._workers = workers
        self._limits = limits
        self._worker_limits = worker_limits
        self._max_pixels = max_pixels
        self._lock = threading.Lock()
        self._pool: ImageWorkers | None = None
        self._reading: OrderedDict[tuple[str, str], Future[Picture]] = OrderedDict()

    def prefetch(self, images: Iterable[Image]) -> None:
        """Starts reading these; returns at once."""
        for image in images:
            self._future(image)

    def get(self, image: Image) -> Picture:
        """Errors: UnreadableImageError, ReadingError."""
        try:
            return self._future(image).result()
        except CancelledError:
            raise ReadingError(f"{image.file}: reading it was stopped") from None

    def close(self) -> None:
        with self._lock:
            pool, self._pool = self._pool, None
            self._reading.clear()
        if pool is not None:
            pool.close()

    def _future(self, image: Image) -> "Future[Picture]":
        key = str(image.file), image.content or image.version
        with self._lock:
            if self._pool is None:
                self._pool = ImageWorkers(self._workers, self._worker_limits)
            future = self._reading.pop(key, None)
            # What failed is asked anew: the file may be readable by now.
            if future is None or (future.done() and _failed(future)):
                future = self._pool.submit(
                    image, picture_to_send, image.file, self._limits, self._max_pixels
                )
            self._reading[key] = future
            while len(self._reading) > _KEPT:
                self._reading.popitem(last=False)
            return future


def _failed(future: "Future[Picture]") -> bool:
    return future.cancelled() or future.exception() is not None
