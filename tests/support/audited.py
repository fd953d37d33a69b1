"""A graph of judged pairs whose truth is known, for audits."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from math import exp
from pathlib import Path

from kg_enrich.evidence.models import Policy
from kg_enrich.graph.connection import Graph
from kg_enrich.models import Judgement, Outcome, Pair
from tests.support.graphs import TableScorer, make, run_table

IMAGES = 40
EACH = 10


@dataclass
class Guesser(TableScorer):
    """Gives log-odds by a table; the score follows from them."""

    def score(self, pairs: Sequence[Pair]) -> list[Judgement]:
        self.asked += [(pair.document.id, pair.image.id) for pair in pairs]
        return [self._guess(pair) for pair in pairs]

    def _guess(self, pair: Pair) -> Judgement:
        document, image = pair.document.id, pair.image.id
        odds = self.scores[document, image]
        assert isinstance(odds, float)
        score = 10 / (1 + exp(-odds))
        return Judgement(document, image, Outcome.SCORED, score, odds, "matches: pump, 温度")


def guesses(documents: Sequence[str], seed: int = 0) -> dict[tuple[str, str], float]:
    """Log-odds of ten images for each document."""
    draw = random.Random(seed)
    images = [f"i{n}" for n in range(IMAGES)]
    return {
        (document, image): draw.uniform(-6, 6)
        for document in documents
        for image in draw.sample(images, EACH)
    }


def truth(table: dict[tuple[str, str], float], seed: int = 1) -> dict[tuple[str, str], bool]:
    """What is right: by other odds than the scorer says."""
    draw = random.Random(seed)
    return {
        pair: draw.random() < 1 / (1 + exp(2.0 - 1.5 * float(odds))) for pair, odds in table.items()
    }


def judge(
    graph: Graph, folder: Path, table: dict[tuple[str, str], float], fingerprint: str = "table-1"
) -> None:
    """Documents and images with these pairs, all judged and published as the policy says."""
    candidates: dict[str | int, list[str | int]] = {}
    for document, image in table:
        candidates.setdefault(document, []).append(image)
    texts: dict[str | int, str] = {one: f"{one}: the pump, 温度" for one in candidates}
    make(graph, folder, texts, candidates)
    scores = {pair: odds for pair, odds in table.items()}
    run_table(graph, folder, Guesser(scores, fingerprint=fingerprint), Policy())
