"""What a run took, by stage, and how its scores spread: what its record shows an operator."""

import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TypeVar

from kg_enrich.models import Stage

T = TypeVar("T")

# One a whole point; the last one holds 10.0 as well.
SCORE_BUCKETS = 10


class Observed:
    """Seconds by stage and scores by whole points, counted up from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._seconds = dict.fromkeys(Stage, 0.0)
        self._scores = [0] * SCORE_BUCKETS

    @contextmanager
    def timed(self, stage: Stage) -> Iterator[None]:
        """Counts what the block takes."""
        began = time.monotonic()
        try:
            yield
        finally:
            self._add(stage, time.monotonic() - began)

    def each(self, stage: Stage, items: Iterable[T]) -> Iterator[T]:
        """Gives the items on, and counts what making each of them takes."""
        iterator = iter(items)
        while True:
            with self.timed(stage):
                try:
                    item = next(iterator)
                except StopIteration:
                    return
            yield item

    def count(self, scores: Iterable[float]) -> None:
        """Counts scores in [0, 10] by whole points."""
        with self._lock:
            for score in scores:
                self._scores[min(int(score), SCORE_BUCKETS - 1)] += 1

    def add(self, seconds: Mapping[Stage, float], scores: Sequence[int]) -> None:
        """Counts what was observed elsewhere."""
        with self._lock:
            for stage, many in seconds.items():
                self._seconds[stage] += many
            self._scores = [a + b for a, b in zip(self._scores, scores, strict=True)]

    @property
    def seconds(self) -> dict[Stage, float]:
        """Seconds by stage so far."""
        with self._lock:
            return dict(self._seconds)

    @property
    def scores(self) -> list[int]:
        """How many scores so far lie in [0, 1), [1, 2), ... [9, 10]."""
        with self._lock:
            return list(self._scores)

    def properties(self) -> dict[str, object]:
        """As properties of the run's record: extractSeconds, ..., and scores."""
        seconds = {f"{stage.value}Seconds": round(s, 3) for stage, s in self.seconds.items()}
        return {**seconds, "scores": self.scores}

    def _add(self, stage: Stage, seconds: float) -> None:
        with self._lock:
            self._seconds[stage] += seconds
