"""Scoring by the mark that a model writes: batches of answers, each read strictly."""

from collections.abc import Iterator, Sequence
from typing import Any

from kg_enrich.errors import SettingsError
from kg_enrich.scorers import generated
from kg_enrich.scorers.qwen_vl.batching import Batcher
from kg_enrich.scorers.qwen_vl.budget import Budget
from kg_enrich.scorers.qwen_vl.checkpoint import Checkpoint
from kg_enrich.scorers.qwen_vl.engine import Engine, Ready, Written

# Each step goes through all answers of a batch, and copies what they have written.
_MOST_AT_ONCE = 8


class Writer:
    """Answers in words. most: tokens of an answer; cut_mark stands behind one that needs more."""

    cut_mark = ""

    def __init__(self, checkpoint: Checkpoint, engine: Engine, budget: Budget, most: int) -> None:
        self._tokenizer = checkpoint.tokenizer
        self._most = most
        stops = stop_tokens(checkpoint)

        def run(batch: Sequence[Ready]) -> Written:
            return engine.write(batch, most, stops)

        self._batcher: Batcher[list[int]] = Batcher(engine, budget, run, _MOST_AT_ONCE)

    def write(self, stream: Iterator[Ready]) -> Iterator[tuple[Ready, str | None]]:
        """The words of each answer; None where memory does not do for even one."""
        for ready, tokens in self._batcher.score(stream):
            yield ready, None if tokens is None else self._text(tokens)

    def _text(self, tokens: list[int]) -> str:
        text: str = self._tokenizer.decode(tokens, skip_special_tokens=False)
        return text + self.cut_mark if len(tokens) == self._most else text


def stop_tokens(checkpoint: Checkpoint) -> frozenset[int]:
    """What ends an answer. Errors: SettingsError when nothing does."""
    found: set[Any] = {checkpoint.tokenizer.eos_token_id}
    found |= set(checkpoint.tokenizer.convert_tokens_to_ids(["<|im_end|>", "<|endoftext|>"]))
    stops = frozenset(one for one in found if isinstance(one, int))
    if not stops:
        raise SettingsError("the tokenizer has no token that ends an answer")
    return stops


def mark(answer: str | None) -> tuple[float | None, str]:
    """Log-odds and sentence of an answer; None and why."""
    if answer is None:
        return None, "does not fit into memory even alone; lower the limit of tokens"
    found = generated.parse(answer)
    if found is None:
        return None, generated.unread(answer)
    return generated.log_odds(found.score), found.sentence
