"""Batches by tokens, and what happens when memory runs out."""

import gc
import logging
from collections import deque
from collections.abc import Iterable, Iterator, Sequence

import torch
from torch import Tensor

from kg_enrich.scorers.qwen_vl.budget import first_budget, measured_budget
from kg_enrich.scorers.qwen_vl.checkpoint import Checkpoint
from kg_enrich.scorers.qwen_vl.engine import Engine, Ready
from kg_enrich.scorers.qwen_vl.out_of_memory import is_out_of_memory

# A pair and its log-odds, or None when it does not fit into memory even alone.
Answer = tuple[Ready, float | None]

_log = logging.getLogger(__name__)


class Batcher:
    """Runs batches of at most `budget` tokens; the budget is halved whenever memory runs out.

    budget: None lets the first batch find it out (see `budget`).
    cache_bytes: memory that the caches may still grow into.
    """

    def __init__(
        self, engine: Engine, checkpoint: Checkpoint, budget: int | None, cache_bytes: int
    ) -> None:
        self._engine = engine
        self._checkpoint = checkpoint
        self._cache_bytes = cache_bytes
        self._probing = budget is None and checkpoint.device.type == "cuda"
        self.budget = budget or first_budget(checkpoint, cache_bytes)

    def score(self, stream: Iterable[Ready]) -> Iterator[Answer]:
        """Answers in the order of `stream`, which is read while a GPU works on what came before."""
        under_way: tuple[Sequence[Ready], Tensor | None] | None = None
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
            if batch and self._engine.tokens([*batch, ready]) > self.budget:
                yield batch
                batch = []
            batch.append(ready)
        if batch:
            yield batch

    def _start(self, batch: list[Ready]) -> Iterator[tuple[list[Ready], Tensor | None]]:
        """Start scoring a batch, in smaller ones if need be; None for a pair that does not fit."""
        waiting = deque([batch])
        while waiting:
            now = waiting.popleft()
            values = self._attempt(now)
            if values is None and len(now) > 1:
                tokens = self._engine.tokens(now)
                self.budget = min(self.budget, max(1, tokens // 2))
                _log.warning("out of memory at %d tokens; now %d at once", tokens, self.budget)
                middle = len(now) // 2
                waiting.extendleft([now[middle:], now[:middle]])
                continue
            if values is None:
                self._engine.forget()
                values = self._attempt(now)
            yield now, values

    def _attempt(self, batch: Sequence[Ready]) -> Tensor | None:
        """The batch's log-odds, or None when memory ran out.

        The retry must be the caller's: within `except`, the frames of the failed pass, and so
        its tensors, are still alive.
        """
        try:
            return self._probe(batch) if self._probing else self._engine.run(batch)
        except Exception as error:
            if not is_out_of_memory(error):
                raise
        gc.collect()
        if torch.cuda.is_available():
            torch.cuda.empty_cache()
        return None

    def _probe(self, batch: Sequence[Ready]) -> Tensor:
        """Score a batch on a GPU and, if it was a full one, size the following ones by it.

        A small one says little: what a pass takes once would count as every token's share.
        """
        device = self._checkpoint.device
        torch.cuda.reset_peak_memory_stats(device)
        before = torch.cuda.memory_allocated(device)
        values = self._engine.run(batch)
        tokens = self._engine.tokens(batch)
        if tokens > self.budget // 2:
            self.budget = measured_budget(self._checkpoint, tokens, before, self._cache_bytes)
            self._probing = False
            _log.info("batches of up to %d tokens", self.budget)
        return values


def _answers(batch: Sequence[Ready], values: Tensor | None) -> Iterator[Answer]:
    answers = [None] * len(batch) if values is None else values.tolist()
    yield from zip(batch, answers, strict=True)
