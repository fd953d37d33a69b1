"""What changes from one source to another: another model, prompt or policy, on the same pairs.

Only pairs that both sources judged are compared; the documents are drawn by a seed alone, so that
the sample stays the same from one comparison to the next.
"""

import math
from array import array
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from heapq import nlargest

import numpy as np

from kg_enrich.errors import GraphError
from kg_enrich.evidence.models import LedgerEntry
from kg_enrich.evidence.policy import published_score
from kg_enrich.evidence.sources import Source
from kg_enrich.graph.connection import Graph
from kg_enrich.graph.queries import query
from kg_enrich.identity import forms
from kg_enrich.measure.cases import Entries, ordered, read_entries
from kg_enrich.measure.evaluate import Asked, Progress
from kg_enrich.measure.finding import MEASURES, Question, measure
from kg_enrich.measure.intervals import Array, Mean, means, spearman
from kg_enrich.measure.truth import read_truth, sample
from kg_enrich.models import DocumentId, ImageId

PAGE_LEDGERS = query("page_ledgers")
READ_PAIR_NAMES = query("read_pair_names")

_PAGE = 200
_LEDGERS = 1000
MOVERS = 20


@dataclass(frozen=True, slots=True)
class Mover:
    """A pair with its scores by both sources, in [0, 10]. title, path: as the graph has them."""

    document: str
    title: str | None
    image: str
    path: str | None
    first: float
    second: float


@dataclass(frozen=True, slots=True)
class Drift:
    """The second source against the first, on pairs that both scored.

    documents, pairs: compared. abstained: pairs that one of them, or both, could not tell.
    Scores are as each source publishes them, calibrated where its policy says so.
    shift: of the score, second minus first, by document; distance: the same without its sign.
    spearman: over all pairs. within: Spearman's correlation within a document, mean over
    documents. thresholds: what each source publishes from; raised: pairs that only the second
    publishes by it, lowered: only the first. measured: documents among them that something is
    known to be right for; differences: of their measures, second minus first, paired.
    """

    first: str
    second: str
    truth: str
    seed: int
    known: int
    documents: int
    pairs: int
    abstained: int
    shift: Mean
    distance: Mean
    spearman: float
    within: Mean
    thresholds: tuple[float, float]
    raised: int
    lowered: int
    measured: int
    differences: Mapping[str, Mean]
    movers: tuple[Mover, ...]


@dataclass(frozen=True, slots=True)
class _Pair:
    document: DocumentId
    image: ImageId
    first: float
    second: float

    @property
    def distance(self) -> float:
        return abs(self.second - self.first)


def compare(
    graph: Graph,
    first: Source,
    second: Source,
    asked: Asked,
    progress: Progress = lambda _, __: None,
) -> Drift:
    """Compares two sources; nothing is judged or written. Of `asked`, truth, documents and seed.

    Errors: GraphError when they judged no pair in common.
    """
    drawn, known = sample(_judged(graph, first.name), asked.documents, asked.seed)
    scores = array("d")
    by_document = array("d")
    differences: list[list[float]] = []
    movers: list[_Pair] = []
    documents = abstained = 0
    for start in range(0, len(drawn), _PAGE):
        page = drawn[start : start + _PAGE]
        one, other = (read_entries(graph, source.name, page) for source in (first, second))
        truth = read_truth(graph, asked.truth, page)
        for document in page:
            both = sorted(one[document].keys() & other[document].keys())
            scored = _scored(document, both, one[document], other[document], first, second)
            found = list(scored)
            abstained += len(both) - len(found)
            documents += bool(both)
            if found:
                pair_scores = np.array([(pair.first, pair.second) for pair in found])
                scores.extend(pair_scores.ravel())
                by_document.extend(_of_document(pair_scores))
            if both and (right := truth.get(document)):
                differences.append(_difference(both, one[document], other[document], right))
            movers = nlargest(MOVERS, (*movers, *found), key=lambda pair: pair.distance)
        progress(len(drawn), len(page))
    if not scores:
        raise GraphError(
            f"Sources {first.name!r} and {second.name!r} have scored no pair in common: let both "
            "judge the same documents with the same candidates."
        )
    pairs = np.frombuffer(scores, np.float64).reshape(-1, 2)
    rows = np.frombuffer(by_document, np.float64).reshape(-1, 3)
    shift, distance, within = means(rows, asked.seed)
    least = first.policy.min_score, second.policy.min_score
    published = pairs >= np.array(least)
    changed = np.array(differences).reshape(-1, len(MEASURES))
    paired = zip(MEASURES, means(changed, asked.seed), strict=True)
    return Drift(
        first.name,
        second.name,
        asked.truth.value,
        asked.seed,
        known,
        documents,
        len(pairs),
        abstained,
        shift,
        distance,
        spearman(pairs[:, 0], pairs[:, 1]),
        within,
        least,
        int((~published[:, 0] & published[:, 1]).sum()),
        int((published[:, 0] & ~published[:, 1]).sum()),
        len(differences),
        # Both rank the same pairs, so that no candidate is lost to either.
        {name: mean for name, mean in paired if not name.startswith("candidate")},
        _named(graph, movers),
    )


def _judged(graph: Graph, source: str) -> Iterator[DocumentId]:
    after = ""
    while rows := graph.read(PAGE_LEDGERS, after=after, limit=_LEDGERS, source=source):
        yield from (DocumentId(row["document"]) for row in rows)
        after = rows[-1]["key"]


def _scored(
    document: DocumentId,
    both: Sequence[ImageId],
    one: Entries,
    other: Entries,
    first: Source,
    second: Source,
) -> Iterator[_Pair]:
    for image in both:
        before = published_score(one[image], first.policy)
        after = published_score(other[image], second.policy)
        if before is not None and after is not None:
            yield _Pair(document, image, before, after)


def _of_document(scores: Array) -> tuple[float, float, float]:
    """Mean shift, mean distance, and rank correlation of one document's pairs (rows)."""
    moved = scores[:, 1] - scores[:, 0]
    within = spearman(scores[:, 0], scores[:, 1])
    return float(moved.mean()), float(np.abs(moved).mean()), within


def _difference(
    both: Sequence[ImageId], one: Entries, other: Entries, right: set[ImageId]
) -> list[float]:
    first, second = (
        measure(_question({image: entries[image] for image in both}, right))
        for entries in (one, other)
    )
    return [after - before for before, after in zip(first, second, strict=True)]


def _question(entries: Mapping[ImageId, LedgerEntry], right: set[ImageId]) -> Question:
    there = ordered(entries, entries)
    images, odds = (tuple(image for image, _ in there), tuple(odds for _, odds in there))
    return Question(images, odds, frozenset(right))


def _named(graph: Graph, movers: Sequence[_Pair]) -> tuple[Mover, ...]:
    rows = graph.read(
        READ_PAIR_NAMES,
        documents=[value for pair in movers for value in forms(pair.document)],
        images=[value for pair in movers for value in forms(pair.image)],
    )[0]
    titles = {str(identifier): title for identifier, title in rows["titles"]}
    paths = {str(identifier): path for identifier, path in rows["paths"]}
    return tuple(
        Mover(
            pair.document,
            titles.get(pair.document),
            pair.image,
            paths.get(pair.image),
            pair.first,
            pair.second,
        )
        for pair in movers
        if not math.isclose(pair.distance, 0)
    )
