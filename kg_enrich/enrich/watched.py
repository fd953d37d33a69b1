"""A watchdog over an iterator that may stand still for good."""

import threading
import time
from collections.abc import Callable, Generator, Iterable
from contextlib import suppress
from dataclasses import dataclass
from queue import Empty, Full, Queue
from typing import TypeVar

from kg_enrich.errors import EngineError
from kg_enrich.jobs.control import Control

# Items that wait for the consumer.
_WAITING = 4
# Seconds that an iterator may take to end once it was ended.
_ENDING = 30.0

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _End:
    """What comes last: nothing, or the error that ended it."""

    error: BaseException | None


def watched(
    items: Iterable[T], seconds: float, control: Control, end: Callable[[], None] | None = None
) -> Generator[T]:
    """The items as they come; ends after a stop, and is heard while it waits. Close it.

    seconds: without an item, after which it gives up; what the consumer takes for an item is not
    counted. end: makes the iterator end, whatever it waits for; without it, an iterator that hangs
    is left behind. Errors: EngineError when it gives up, and those of the iterator.
    """
    queue: Queue[T | _End] = Queue(_WAITING)
    over = threading.Event()

    def put(item: T | _End) -> None:
        while not over.is_set():
            with suppress(Full):
                queue.put(item, timeout=0.1)
                return

    def pull() -> None:
        try:
            for item in items:
                put(item)
                if over.is_set():
                    return
        except BaseException as error:
            put(_End(error))
        put(_End(None))

    # A daemon: what hangs in spite of all is left behind, and does not keep the process.
    puller = threading.Thread(target=pull, name="watched", daemon=True)
    puller.start()
    heard = time.monotonic()
    try:
        while not control.stopped:
            try:
                item = queue.get(timeout=0.2)
            except Empty:
                if time.monotonic() - heard > seconds:
                    raise EngineError(
                        f"Nothing came back from the cluster for {seconds:g} s "
                        "(KG_ENRICH_RAY_STALL_SECONDS): `ray status` says what it waits for."
                    ) from None
                continue
            heard = time.monotonic()
            if isinstance(item, _End):
                if item.error is not None:
                    raise item.error
                return
            yield item
            # Writing may take its time; that is no silence of the cluster's.
            heard = time.monotonic()
    finally:
        over.set()
        if end is not None:
            end()
            # What it uses may be torn down next.
            puller.join(_ENDING)
