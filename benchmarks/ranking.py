"""How well scores put each document's own image first, with no random draw.

Every reference is a question of its own: the document's other references are left out of its
candidates. An image that was abstained on (score -inf) is a miss. Ties count against us.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import comb

import numpy as np
from numpy.typing import NDArray

CANDIDATES = 20


@dataclass(frozen=True)
class Ranking:
    """One row a reference. top1: the exact chance that the own image is first among it and 19
    others, averaged over all draws of 19. reciprocal: 1 / its rank among all images."""

    document: NDArray[np.intp]
    image: NDArray[np.intp]
    top1: NDArray[np.float64]
    reciprocal: NDArray[np.float64]


def rank(scores: NDArray[np.float64], referenced: NDArray[np.bool_]) -> Ranking:
    """scores: (documents, images), -inf for an abstention. referenced: the same shape."""
    rows: list[tuple[int, int, float, float]] = []
    for document, own in enumerate(referenced):
        others = scores[document][~own]
        draws = comb(len(others), CANDIDATES - 1)
        for image in np.flatnonzero(own).tolist():
            score = scores[document, image]
            if score == -np.inf:
                rows.append((document, image, 0.0, 0.0))
                continue
            before = int((others >= score).sum())
            top1 = comb(len(others) - before, CANDIDATES - 1) / draws
            rows.append((document, image, top1, 1.0 / (1 + before)))
    documents, images, firsts, reciprocals = zip(*rows, strict=True)
    return Ranking(np.array(documents), np.array(images), np.array(firsts), np.array(reciprocals))


def interval(
    values: NDArray[np.float64], documents: NDArray[np.intp], resamples: int = 2000
) -> tuple[float, float, float]:
    """Mean over documents (a document's references share its weight), and its 95 % bootstrap
    interval over documents."""
    means = np.array([values[documents == document].mean() for document in np.unique(documents)])
    picks = np.random.default_rng(0).integers(0, len(means), (resamples, len(means)))
    low, high = np.percentile(means[picks].mean(axis=1), (2.5, 97.5))
    return float(means.mean()), float(low), float(high)


def table(ranking: Ranking, groups: Sequence[tuple[str, NDArray[np.bool_]]]) -> str:
    """One line a group of references: how many, Top-1 and MRR with their intervals."""
    lines = [f"{'':28}{'references':>10}  {'Top-1 among 20':22}{'MRR over all images':22}"]
    for name, chosen in groups:
        cells = []
        for values in (ranking.top1, ranking.reciprocal):
            if chosen.any():
                mean, low, high = interval(values[chosen], ranking.document[chosen])
                cells.append(f"{mean:.3f} [{low:.3f}, {high:.3f}]")
        lines.append(
            f"{name:28}{int(chosen.sum()):>10}  " + "".join(f"{cell:22}" for cell in cells)
        )
    return "\n".join(lines)
