"""What the functions of this package share."""

import logging
import threading
from collections.abc import Callable

from kg_enrich.jobs.steps import StepOptions
from kg_enrich.models import Counters
from kg_enrich.settings import Settings

Say = Callable[[str], None]
# Called with the number of documents in question and the counts of every batch.
Progress = Callable[[int, Counters], None]

log = logging.getLogger("kg_enrich")


def step_options(
    settings: Settings,
    total: int,
    wait: bool,
    stop: threading.Event | None,
    progress: Progress,
) -> StepOptions:
    """Options of a run that scores nothing. total: what the progress is of."""
    return StepOptions(
        settings.lease_seconds,
        wait,
        stop or threading.Event(),
        lambda counters: progress(total, counters),
    )
