"""What takes longer than a page may: done behind it, and stopped with the service."""

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


class Background:
    """A few threads. stop: set when the service ends, so that work ends after its batch."""

    def __init__(self, threads: int = 2) -> None:
        self.stop = threading.Event()
        self._pool = ThreadPoolExecutor(threads, "behind a page")

    def begin(self, work: Callable[[], T]) -> "Future[T]":
        """Begins it, once a thread is free."""
        return self._pool.submit(work)

    def close(self) -> None:
        """Stops what is under way, and waits for it."""
        self.stop.set()
        self._pool.shutdown(wait=True, cancel_futures=True)
