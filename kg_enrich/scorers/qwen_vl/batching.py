"""Batches by tokens, and what happens when memory runs out."""

import gc
from collections import deque
from collections.abc import Callable, Sequence

import torch

from kg_enrich.scorers.qwen_vl.engine import Engine, Ready

# What torch's allocators say besides raising OutOfMemoryError: on a CPU, and inside cuBLAS.
_SIGNS = ("can't allocate memory", "out of memory", "CUBLAS_STATUS_ALLOC_FAILED", "bad_alloc")


def is_out_of_memory(error: Exception) -> bool:
    if isinstance(error, MemoryError | torch.OutOfMemoryError):
        return True
    return isinstance(error, RuntimeError) and any(sign in str(error) for sign in _SIGNS)


class Batcher:
    """Runs batches of at most `budget` tokens; the budget is halved whenever memory runs out."""

    def __init__(self, engine: Engine, budget: int) -> None:
        self._engine = engine
        self.budget = budget

    def fits(self, batch: Sequence[Ready], another: Ready) -> bool:
        """Whether a batch may grow by one pair (a batch of one always may)."""
        return not batch or self._engine.tokens([*batch, another]) <= self.budget

    def run(self, batch: Sequence[Ready], report: Callable[[Ready, float | None], None]) -> None:
        """Score a batch, in smaller ones if need be; None is reported for what does not fit."""
        waiting = deque([list(batch)])
        while waiting:
            now = waiting.popleft()
            values = self._attempt(now)
            if values is None and len(now) > 1:
                tokens = self._engine.tokens(now)
                self.budget = min(self.budget, max(1, tokens // 2))
                middle = len(now) // 2
                waiting.extendleft([now[middle:], now[:middle]])
                continue
            if values is None:
                self._engine.forget()
                values = self._attempt(now)
            for place, ready in enumerate(now):
                report(ready, None if values is None else values[place])

    def _attempt(self, batch: Sequence[Ready]) -> list[float] | None:
        """The batch's log-odds, or None when memory ran out.

        The retry must be the caller's: within `except`, the frames of the failed pass, and so
        its tensors, are still alive.
        """
        try:
            return self._engine.run(batch)
        except Exception as error:
            if not is_out_of_memory(error):
                raise
        gc.collect()
        if torch.cuda.is_available():
            torch.cuda.empty_cache()
        return None
