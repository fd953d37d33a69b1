"""How a caller watches a run and stops it; nothing here changes what comes out."""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypedDict

from kg_enrich.models import Counters, Say

# Called with the number of things in question (documents, or edges to put back) and with what
# each transaction came to.
Progress = Callable[[int, Counters], None]

log = logging.getLogger("kg_enrich")


class ControlOptions(TypedDict, total=False):
    """The fields of `Control` as keywords of the public functions.

    wait: wait for the lease while another run of the same job holds it; else that is an error.
    stop: set it to end the run after the batch in hand; the record then says interrupted.
    say: called with what goes on, a line at a time; the log by default.
    progress: see `Progress`.
    """

    wait: bool
    stop: threading.Event
    say: Say
    progress: Progress


@dataclass(frozen=True, slots=True)
class Control:
    """What a caller wants of a run beside its result; see `ControlOptions`.

    lease_seconds: how long the lease lasts when it is not renewed.
    """

    lease_seconds: float = 120.0
    wait: bool = False
    stop: threading.Event = field(default_factory=threading.Event)
    say: Say = log.info
    progress: Progress = lambda _, __: None

    @property
    def stopped(self) -> bool:
        return self.stop.is_set()
