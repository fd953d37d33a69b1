"""Runs that this process has begun: each in a thread, each with its own way to stop it."""

import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future

from kg_enrich.errors import BusyError, KgEnrichError
from kg_enrich.models import RunRecord

log = logging.getLogger("kg_enrich.service")

# Runs wait for each other at the scorer; more of them make none quicker.
_MOST = 4

# A run, given how it is stopped and what is told its id.
Work = Callable[[threading.Event, Callable[[str], None]], RunRecord]


class AtWork:
    """The runs under way in this process. Safe to share between threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._stops: dict[threading.Thread, threading.Event] = {}
        self._runs: dict[str, threading.Event] = {}

    def begin(self, work: Work) -> "Future[str]":
        """Begins a run; its id, once its record is there, or why it could not begin.

        Errors: BusyError when there are several already.
        """
        begun: Future[str] = Future()
        stop = threading.Event()
        with self._lock:
            if len(self._stops) >= _MOST:
                raise BusyError(f"{_MOST} runs are under way in this service already.", 60)
            thread = threading.Thread(
                target=self._carry_out, args=(work, stop, begun), name="run", daemon=True
            )
            self._stops[thread] = stop
        thread.start()
        return begun

    def stop(self, run: str) -> bool:
        """Asks a run to end after the batch in hand; False when it is not under way here."""
        with self._lock:
            event = self._runs.get(run)
        if event is not None:
            event.set()
        return event is not None

    def close(self) -> None:
        """Stops all of them, and waits until each has written what it has in hand."""
        with self._lock:
            under_way = dict(self._stops)
        for stop in under_way.values():
            stop.set()
        for thread in under_way:
            thread.join()

    def _carry_out(self, work: Work, stop: threading.Event, begun: "Future[str]") -> None:
        def tell(run: str) -> None:
            with self._lock:
                self._runs[run] = stop
            begun.set_result(run)

        try:
            work(stop, tell)
        except BaseException as error:
            # Once it has begun, its record says how it ended.
            if not begun.done():
                begun.set_exception(error)
            elif not isinstance(error, KgEnrichError):
                log.error("run %s failed", begun.result(), exc_info=error)
        finally:
            with self._lock:
                self._stops.pop(threading.current_thread(), None)
                if begun.done() and begun.exception() is None:
                    self._runs.pop(begun.result(), None)
