"""How a caller watches a run and stops it; nothing here changes what comes out."""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from math import inf
from typing import TYPE_CHECKING, TypedDict

from kg_enrich.models import Counters, Say

if TYPE_CHECKING:
    from kg_enrich.scorers.base import Scorer

# Called with the number of things in question (documents, or edges to put back) and with what
# each transaction came to.
Progress = Callable[[int, Counters], None]

# The record of a run that used its time up says so.
OUT_OF_TIME = "Its time was up; the next run goes on."

log = logging.getLogger("kg_enrich")
# What happens, for programs that read logs: a name, and its facts in the record's `fields`.
events = logging.getLogger("kg_enrich.events")


class ControlOptions(TypedDict, total=False):
    """The fields of `Control` as keywords of the public functions.

    wait: wait for the lease while another run of the same job holds it; else that is an error.
    stop: set it to end the run after the batch in hand; the record then says interrupted.
    say: called with what goes on, a line at a time; the log by default.
    progress: see `Progress`.
    begun: called with the run's id once its record is there.
    through: what the run's scorer is asked through; it changes no answer.
    max_minutes: end the run after the batch in hand once so many minutes have passed; the next
    run goes on.
    """

    wait: bool
    max_minutes: float | None
    stop: threading.Event
    say: Say
    progress: Progress
    begun: Callable[[str], None]
    through: "Callable[[Scorer], Scorer]"


@dataclass(frozen=True, slots=True)
class Control:
    """What a caller wants of a run beside its result; see `ControlOptions`.

    lease_seconds: how long the lease lasts when it is not renewed. deadline: see `max_minutes`,
    on the clock of `time.monotonic`.
    """

    lease_seconds: float = 120.0
    wait: bool = False
    stop: threading.Event = field(default_factory=threading.Event)
    say: Say = log.info
    progress: Progress = lambda _, __: None
    deadline: float = inf
    begun: Callable[[str], None] = lambda _: None
    through: "Callable[[Scorer], Scorer]" = lambda scorer: scorer

    @property
    def stopped(self) -> bool:
        """Whether the run is to end after the batch in hand."""
        return self.stop.is_set() or self.out_of_time

    @property
    def out_of_time(self) -> bool:
        """Whether the time that the caller gave has passed."""
        return time.monotonic() > self.deadline
