"""Runs an iterator ahead of its consumer."""

import threading
from collections.abc import Generator, Iterable
from contextlib import suppress
from queue import Empty, Full, Queue
from typing import Generic, TypeVar

T = TypeVar("T")


class _End(Generic[T]):
    """What the producing thread leaves last: nothing, or the error that ended it."""

    def __init__(self, error: BaseException | None) -> None:
        self.error = error


def ahead(items: Iterable[T], size: int) -> Generator[T, None, None]:
    """The items in their order, up to `size` of them made ahead in a thread.

    An error of the iterator is raised where its item would have come. When the consumer stops
    early the thread ends after the item it is making.
    """
    queue: Queue[T | _End[T]] = Queue(size)
    stopped = threading.Event()

    def put(item: T | _End[T]) -> None:
        while not stopped.is_set():
            with suppress(Full):
                queue.put(item, timeout=0.1)
                return

    def produce() -> None:
        error: BaseException | None = None
        try:
            for item in items:
                put(item)
                if stopped.is_set():
                    return
        except BaseException as caught:
            error = caught
        put(_End(error))

    thread = threading.Thread(target=produce, name="ahead", daemon=True)
    thread.start()
    try:
        while True:
            # A bounded wait, so that a signal is handled while the queue is empty.
            with suppress(Empty):
                item = queue.get(timeout=0.2)
                if not isinstance(item, _End):
                    yield item
                elif item.error is not None:
                    raise item.error
                else:
                    return
    finally:
        stopped.set()
        thread.join()
