"""How much a run would do, and how long it would take; nothing is written."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

from kg_enrich.documents.required import require_documents
from kg_enrich.enrich.enrichment import Enrichment
from kg_enrich.enrich.extractor import pages
from kg_enrich.graph.queries import query
from kg_enrich.models import Pair
from kg_enrich.scorers.base import Scorer

READ_SPEEDS = query("read_speeds")

_PROBE = 20
_SLICE = 5


@dataclass(frozen=True, slots=True)
class Estimate:
    """What is pending. seconds: the shortest and longest time, from the speeds that were seen.

    measured: 'earlier runs', 'a probe', or 'nothing' when there is nothing to judge.
    """

    documents: int
    pairs: int
    images: int
    seconds: tuple[float, float]
    measured: str


def estimate(parts: Enrichment) -> Estimate:
    """Counts what is pending, and divides by the speed of earlier runs of this very scorer.

    Without such a run, twenty pending pairs are scored and thrown away. Images are counted by
    hash, 100 bytes or so each.
    Errors: GraphError when there are no documents.
    """
    graph, question = parts.graph, parts.question
    require_documents(graph)
    documents = pairs = 0
    images: set[int] = set()
    probe: list[Pair] = []
    for page in pages(graph, question, parts.catalogue()):
        for work in page.work:
            unit = work.unit
            documents += bool(unit.images)
            pairs += len(unit.images)
            images.update(hash(image.id) for image in unit.images)
            wanted = unit.images[: _PROBE - len(probe)]
            probe += [Pair(unit.document, image) for image in wanted]
    if not pairs:
        return Estimate(0, 0, 0, (0.0, 0.0), "nothing")
    rows = graph.read(READ_SPEEDS, scorer=question.scorer)
    speeds = [row["speed"] for row in rows]
    measured = "earlier runs"
    if not speeds:
        speeds, measured = _probe(parts.scorer, probe), "a probe"
    fastest, slowest = max(speeds), min(speeds)
    return Estimate(documents, pairs, len(images), (pairs / fastest, pairs / slowest), measured)


def _probe(scorer: Scorer, pairs: Sequence[Pair]) -> list[float]:
    """Pairs a second, in slices, so that there is a range. The first pays for loading."""
    scorer.prefetch([pair.image for pair in pairs])
    return [_speed(scorer, pairs[i : i + _SLICE]) for i in range(0, len(pairs), _SLICE)]


def _speed(scorer: Scorer, pairs: Sequence[Pair]) -> float:
    began = time.perf_counter()
    scorer.score(pairs)
    return len(pairs) / max(time.perf_counter() - began, 1e-6)
