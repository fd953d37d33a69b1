"""How well a ranking finds the images that are known to be right: pure functions.

Binary relevance, as TREC measures it: Recall@k, the reciprocal rank of the first right image, and
nDCG@10 (Järvelin and Kekäläinen 2002). What is right and was not ranked is missed.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from math import log2, nan

from kg_enrich.models import ImageId

CUTOFFS = (5, 20, 50)
_DEPTH = 10  # of nDCG

# What `measure` gives, in its order.
MEASURES = (
    *(f"recall@{cutoff}" for cutoff in CUTOFFS),
    "top1",
    "mrr",
    "ndcg10",
    "lead",
    *(f"candidate_recall@{cutoff}" for cutoff in CUTOFFS),
)


@dataclass(frozen=True, slots=True)
class Question:
    """One document as one source ranks its images.

    ranked: those with a score, best first. log_odds: theirs, in this order. truth: images that are
    known to be right, at least one. candidates: what came into question before anything was
    scored, in the finders' order; None where that is not asked.
    """

    ranked: tuple[ImageId, ...]
    log_odds: tuple[float, ...]
    truth: frozenset[ImageId]
    candidates: tuple[ImageId, ...] | None = None


def measure(question: Question) -> tuple[float, ...]:
    """The values of MEASURES, each in [0, 1] but for `lead`, which is in log-odds; NaN: unknown.

    lead: of the first image over the second, whichever is right.
    """
    truth, ranked = question.truth, question.ranked
    hits = [image in truth for image in ranked]
    first = next((rank for rank, hit in enumerate(hits, 1) if hit), None)
    gain = sum(1 / log2(rank + 1) for rank, hit in enumerate(hits[:_DEPTH], 1) if hit)
    ideal = sum(1 / log2(rank + 1) for rank in range(1, min(len(truth), _DEPTH) + 1))
    odds = question.log_odds
    return (
        *(sum(hits[:cutoff]) / len(truth) for cutoff in CUTOFFS),
        float(first == 1),
        1 / first if first else 0.0,
        gain / ideal,
        odds[0] - odds[1] if len(odds) > 1 else nan,
        *(_candidate_recall(question, cutoff) for cutoff in CUTOFFS),
    )


def alone(question: Question, some: Collection[ImageId]) -> Question | None:
    """The question after some of the right images; the other right ones stand in no one's way."""
    truth = question.truth.intersection(some)
    others = question.truth - truth
    return _without(question, others, truth) if truth else None


def with_twins(question: Question, twins: Mapping[ImageId, ImageId]) -> Question:
    """The question when a near-duplicate of a right image is as good as that image.

    twins: the right image that an image looks like. The best of them takes its place, the others
    none.
    """
    ranked: dict[ImageId, float] = {}
    for image, odds in zip(question.ranked, question.log_odds, strict=True):
        ranked.setdefault(twins.get(image, image), odds)
    found = question.candidates
    merged = None if found is None else tuple(dict.fromkeys(twins.get(i, i) for i in found))
    # Of two right images that look the same, one is to be found.
    truth = frozenset(twins.get(image, image) for image in question.truth)
    return Question(tuple(ranked), tuple(ranked.values()), truth, merged)


def _candidate_recall(question: Question, cutoff: int) -> float:
    if question.candidates is None:
        return nan
    return len(question.truth.intersection(question.candidates[:cutoff])) / len(question.truth)


def _without(
    question: Question, left_out: Collection[ImageId], truth: frozenset[ImageId]
) -> Question:
    kept = [
        (image, odds)
        for image, odds in zip(question.ranked, question.log_odds, strict=True)
        if image not in left_out
    ]
    found = question.candidates
    return replace(
        question,
        ranked=tuple(image for image, _ in kept),
        log_odds=tuple(odds for _, odds in kept),
        truth=truth,
        candidates=None if found is None else tuple(i for i in found if i not in left_out),
    )
