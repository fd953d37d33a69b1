"""Reasons in the words of a loaded model: its kept vision outputs serve once more."""

from collections.abc import Callable, Sequence

import torch

from kg_enrich.models import Judgement, Pair
from kg_enrich.scorers import reasons
from kg_enrich.scorers.drawings import pairs
from kg_enrich.scorers.qwen_vl import selftest
from kg_enrich.scorers.qwen_vl.options import REASON_TEMPLATE
from kg_enrich.scorers.qwen_vl.scorer import QwenVlScorer
from kg_enrich.scorers.qwen_vl.transfer import current


class Explainer:
    """Asks a scorer's model for reasons; safe beside its scoring, in turns."""

    def __init__(
        self, scorer: QwenVlScorer, test: bool, close: Callable[[], None] = lambda: None
    ) -> None:
        """test: ask it about drawn pictures first. close: gives back what only reasons need.

        Errors: NoReasonsError when the model gives no reasons for them.
        """
        self.close = close
        self._scorer = scorer
        self._prompts = scorer.prompts_for(REASON_TEMPLATE)
        self._writer = scorer.writer(reasons.MOST_TOKENS)
        self._writer.cut_mark = reasons.CUT
        if test:
            self._test()

    def explain(self, asked: Sequence[Pair]) -> list[str | None]:
        """As `reasons.Explainer`."""
        scorer = self._scorer
        found: list[str | None] = [None] * len(asked)
        troubles: dict[int, Judgement] = {}
        with scorer.lock, torch.inference_mode(), current(scorer.checkpoint.device):
            scorer.prefetch([pair.image for pair in asked])
            ready_to_ask = scorer.prepared(asked, troubles, self._prompts)
            for ready, words in self._writer.write(ready_to_ask):
                if words is not None:
                    found[ready.task.index] = reasons.sentence(words)
        return found

    def _test(self) -> None:
        scorer = self._scorer
        with scorer.lock, torch.inference_mode(), current(scorer.checkpoint.device):
            drawn = selftest.drawn(scorer.checkpoint, self._prompts, scorer.engine)
            own = drawn[:: len(pairs()) + 1]  # each text with its own picture
            said = [
                None if words is None else reasons.sentence(words)
                for _, words in self._writer.write(iter(own))
            ]
            scorer.engine.forget()
        reasons.require_reasons(scorer.model, said)
