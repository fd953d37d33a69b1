"""Batches by tokens, and what happens when memory runs out."""

import gc
import logging
from collections import deque
from collections.abc import Iterable, Iterator, Sequence

import torch

from kg_enrich.scorers.qwen_vl.budget import Budget
from kg_enrich.scorers.qwen_vl.engine import Engine, Ready
from kg_enrich.scorers.qwen_vl.out_of_memory import is_out_of_memory
from kg_enrich.scorers.qwen_vl.transfer import Answers

# A pair and its log-odds, or None when it does not fit into memory even alone.
Answer = tuple[Ready, float | None]

_log = logging.getLogger(__name__)


class Batcher:
    """Runs batches of at most as many tokens as `budget` allows."""

    def __init__(self, engine: Engine, budget: Budget) -> None:
        self._engine = engine
        self.budget = budget

    def score(self, stream: Iterable[Ready]) -> Iterator[Answer]:
        """Answers in the order of `stream`, which is read while a GPU works on what came before."""
        under_way: tuple[Sequence[Ready], Answers | None] | None = None
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
            if batch and self._engine.tokens([*batch, ready]) > self.budget.tokens:
                yield batch
                batch = []
            batch.append(ready)
        if batch:
            yield batch

    def _start(self, batch: list[Ready]) -> Iterator[tuple[list[Ready], Answers | None]]:
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

    def _attempt(self, batch: Sequence[Ready]) -> Answers | None:
        """The batch's log-odds, or None when memory ran out.

        The retry must be the caller's: within `except`, the frames of the failed pass, and so
        its tensors, are still alive.
        """
        tokens = self._engine.tokens(batch)
        try:
            with self.budget.watching(tokens):
                return self._engine.run(batch)
        except Exception as error:
            if not is_out_of_memory(error):
                raise
        gc.collect()
        if torch.cuda.is_available():
            torch.cuda.empty_cache()
        return None


def _answers(batch: Sequence[Ready], answers: Answers | None) -> Iterator[Answer]:
    values = [None] * len(batch) if answers is None else answers.wait()
    yield from zip(batch, values, strict=True)
