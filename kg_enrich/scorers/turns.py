"""One scorer, asked by requests and by runs: all in one thread, one batch at a time.

Requests that wait are scored together. They go before a run's next batch; after them a run that
waits has its turn, so that neither waits for more than one batch of the other.
"""

import logging
import math
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from enum import StrEnum

from kg_enrich.errors import BusyError, ClosedError, KgEnrichError, ScorerError
from kg_enrich.models import Judgement, Pair
from kg_enrich.scorers.base import Scorer
from kg_enrich.scorers.in_turn import in_turn
from kg_enrich.scorers.judging import judge

log = logging.getLogger("kg_enrich")

_LONGEST = 60


class TurnsState(StrEnum):
    """How far the scorer is."""

    IDLE = "idle"  # nobody has asked for it yet
    LOADING = "loading"
    READY = "ready"
    FAILED = "failed"  # it cannot work; what is wrong is in the log


@dataclass(frozen=True, slots=True)
class _Asked:
    """Pairs that wait. scorer: a run's own; None for a request's, which the shared one scores."""

    pairs: Sequence[Pair]
    scorer: Scorer | None = None
    answer: "Future[list[Judgement]]" = field(default_factory=Future)


class Turns:
    """Who is scored next. Safe to share between threads; close it.

    load: gives the scorer; called once, in the thread that scores. together: pairs of requests
    that are scored at once, about; a request is never split. most: pairs of requests that may be
    under way.
    """

    def __init__(self, load: Callable[[], Scorer], together: int = 128, most: int = 1000) -> None:
        self._load = load
        self._together = together
        self._most = most
        self._changed = threading.Condition()
        self._requests: deque[_Asked] = deque()
        self._runs: deque[_Asked] = deque()
        self._under_way = 0
        self._pair_seconds = 0.0
        self._closed = False
        self._thread: threading.Thread | None = None
        self._state = TurnsState.IDLE
        self._scorer: Future[Scorer] = Future()

    @property
    def state(self) -> TurnsState:
        """How far the scorer is."""
        return self._state

    def start(self) -> None:
        """Begins to load the scorer and returns; done twice, it is done once."""
        with self._changed:
            if self._closed:
                raise ClosedError("This service ends: ask another.")
            if self._thread is None:
                self._state = TurnsState.LOADING
                self._thread = threading.Thread(target=self._work, name="scorer", daemon=True)
                self._thread.start()

    def loaded(self) -> "Future[Scorer]":
        """The scorer, once it is loaded, or why it cannot be. Others wait for it, too: whoever
        waits no longer leaves it alone."""
        self.start()
        return self._scorer

    @contextmanager
    def admitted(self, pairs: int) -> Iterator[None]:
        """Room for a request's pairs, from now until its answer. Errors: BusyError: no room."""
        with self._changed:
            if self._under_way and self._under_way + pairs > self._most:
                raise BusyError(
                    f"{self._under_way} pairs are waiting to be scored: ask again later.",
                    self._seconds_left(),
                )
            self._under_way += pairs
        try:
            yield
        finally:
            with self._changed:
                self._under_way -= pairs

    def ask(self, pairs: Sequence[Pair]) -> "Future[list[Judgement]]":
        """One judgement a pair, in order, as soon as it is this request's turn.

        Cancelled before that, it is not scored. Its errors: ScorerError, ClosedError.
        """
        return self._wait(self._requests, _Asked(pairs))

    def of_run(self, scorer: Scorer) -> Scorer:
        """The same scorer for a run, each of whose batches waits for its turn."""
        return in_turn(scorer, self._score_for_run)

    def of_requests(self, scorer: Scorer) -> Scorer:
        """The same scorer for somebody who waits on a page: asked as requests are."""
        return in_turn(scorer, lambda _, pairs: self.ask(pairs).result())

    def close(self) -> None:
        """Ends after the batch in hand; what waits is not scored. Done twice, it is done once."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        if self._thread is not None:
            self._thread.join()

    def _score_for_run(self, scorer: Scorer, pairs: Sequence[Pair]) -> list[Judgement]:
        return self._wait(self._runs, _Asked(pairs, scorer)).result()

    def _wait(self, queue: deque[_Asked], asked: _Asked) -> "Future[list[Judgement]]":
        self.start()
        with self._changed:
            if self._closed:
                raise ClosedError("This service ends: ask another.")
            queue.append(asked)
            self._changed.notify_all()
        return asked.answer

    def _seconds_left(self) -> int:
        """About how long what is under way takes."""
        return max(1, min(_LONGEST, math.ceil(self._under_way * self._pair_seconds)))

    def _work(self) -> None:
        try:
            self._scorer.set_result(self._load())
            self._state = TurnsState.READY
        except BaseException as error:
            self._scorer.set_exception(error)
            self._state = TurnsState.FAILED
            log.error("The scorer cannot work: %s", error)
        were_requests = False
        while batch := self._next(were_requests):
            were_requests = batch[0].scorer is None
            self._score(batch)

    def _next(self, were_requests: bool) -> list[_Asked]:
        """What is scored next, in one go; empty at the end."""
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self._requests or self._runs)
            if self._closed:
                for asked in (*self._requests, *self._runs):
                    if asked.answer.set_running_or_notify_cancel():
                        asked.answer.set_exception(ClosedError("This service ends: ask another."))
                return []
            if self._runs and (were_requests or not self._requests):
                return [self._runs.popleft()]
            batch = [self._requests.popleft()]
            pairs = len(batch[0].pairs)
            while self._requests and pairs + len(self._requests[0].pairs) <= self._together:
                batch.append(self._requests.popleft())
                pairs += len(batch[-1].pairs)
            return batch

    def _score(self, batch: list[_Asked]) -> None:
        # Whoever went away while it waited has cancelled it.
        wanted = [asked for asked in batch if asked.answer.set_running_or_notify_cancel()]
        if not wanted:
            return
        began = time.monotonic()
        try:
            if (scorer := wanted[0].scorer) is not None:
                # Whoever runs it looks at its answers, as always.
                wanted[0].answer.set_result(scorer.score(wanted[0].pairs))
                return
            answers = self._judge([pair for asked in wanted for pair in asked.pairs])
        except BaseException as error:
            for asked in wanted:
                asked.answer.set_exception(error)
            return
        self._pair_seconds = (time.monotonic() - began) / max(1, len(answers))
        for asked in wanted:
            asked.answer.set_result([_told(answers[_key(pair)], pair) for pair in asked.pairs])

    def _judge(self, pairs: Sequence[Pair]) -> dict[tuple[str, str], tuple[Pair, Judgement]]:
        try:
            scorer = self._scorer.result()
        except KgEnrichError as error:
            raise ScorerError(str(error)) from error
        # The same pair in two requests is scored once.
        once = list({_key(pair): pair for pair in pairs}.values())
        judgements = judge(scorer, once)
        return {_key(pair): (pair, one) for pair, one in zip(once, judgements, strict=True)}


def _told(answer: tuple[Pair, Judgement], pair: Pair) -> Judgement:
    """An answer for this pair, where another request's file of the same bytes was looked at."""
    scored, judgement = answer
    reason = judgement.reason.replace(str(scored.image.file), str(pair.image.file))
    return replace(judgement, reason=reason)


def _key(pair: Pair) -> tuple[str, str]:
    return pair.document.id, pair.image.id
