"""Batches by tokens, and what happens when memory runs out."""

import gc
import logging
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Generic, Protocol, TypeVar

import torch

from kg_enrich.scorers.qwen_vl.budget import Budget
from kg_enrich.scorers.qwen_vl.engine import Engine, Ready
from kg_enrich.scorers.qwen_vl.out_of_memory import is_out_of_memory

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


class Waiting(Protocol[T_co]):
    """A batch's answers, in order; a GPU may still be computing them."""

    def wait(self) -> Sequence[T_co]: ...


_log = logging.getLogger(__name__)


class Batcher(Generic[T]):
    """Runs batches of at most as many tokens as `budget` allows.

    run: answers a batch. most: pairs of a batch.
    """

    def __init__(
        self,
        engine: Engine,
        budget: Budget,
        run: Callable[[Sequence[Ready]], Waiting[T]],
        most: int | None = None,
    ) -> None:
        self._engine = engine
        self.budget = budget
        self._run = run
        self._most = most

    def score(self, stream: Iterable[Ready]) -> Iterator[tuple[Ready, T | None]]:
        """Answers in the order of `stream`, which is read while a GPU works on what came before.

        None for a pair that does not fit into memory even alone.
        """
        under_way: tuple[Sequence[Ready], Waiting[T] | None] | None = None
        for batch in self._batches(stream):
            for started in self._start(batch):
                if under_way is not None:
                    yield from _answers(*under_way)
                under_way = started
        if under_way is not None:
            yield from _answers(*under_way)

    def _batches(self, stream: Iterable[Ready]) -> Iterator[list[Ready]]:
        batch: list[Ready] = []
        for ready in stream:
            full = self._most is not None and len(batch) >= self._most
            if batch and (full or self._engine.tokens([*batch, ready]) > self.budget.tokens):
                yield batch
                batch = []
            batch.append(ready)
        if batch:
            yield batch

    def _start(self, batch: list[Ready]) -> Iterator[tuple[list[Ready], Waiting[T] | None]]:
        """Start scoring a batch, in smaller ones if need be; None for a pair that does not fit."""
        waiting = deque([batch])
        while waiting:
            now = waiting.popleft()
            answers = self._attempt(now)
            if answers is None and len(now) > 1:
                self.budget.ran_out(self._engine.tokens(now))
                middle = len(now) // 2
                waiting.extendleft([now[middle:], now[:middle]])
                continue
            if answers is None:
                self._engine.forget()
                answers = self._attempt(now)
            yield now, answers

    def _attempt(self, batch: Sequence[Ready]) -> Waiting[T] | None:
        """The batch's answers, or None when memory ran out.

        The retry must be the caller's: within `except`, the frames of the failed pass, and so
        its tensors, are still alive.
        """
        tokens = self._engine.tokens(batch)
        try:
            with self.budget.watching(tokens):
                return self._run(batch)
        except Exception as error:
            if not is_out_of_memory(error):
                raise
        gc.collect()
        if torch.cuda.is_available():
            torch.cuda.empty_cache()
        return None


def _answers(
    batch: Sequence[Ready], answers: Waiting[T] | None
) -> Iterator[tuple[Ready, T | None]]:
    values = [None] * len(batch) if answers is None else answers.wait()
    yield from zip(batch, values, strict=True)
