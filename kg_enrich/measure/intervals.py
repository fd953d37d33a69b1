"""Means over documents, and how far they would move with other documents."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_RESAMPLES = 1000
# Numbers drawn at once, so that memory stays small however many documents there are.
_DRAWN = 2_000_000

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Mean:
    """A mean over documents with its 95 % interval. All three are NaN where nothing is known."""

    value: float
    low: float
    high: float


def means(values: Array, seed: int) -> list[Mean]:
    """The mean of every column, with its percentile bootstrap interval over the rows.

    values: float64 (documents, measures); NaN is left out of its column. The same seed gives the
    same intervals. A few rows that agree give an interval that is too narrow.
    """
    rows, columns = values.shape
    known = ~np.isnan(values)
    if not rows:
        return [Mean(np.nan, np.nan, np.nan)] * columns
    filled, weight = np.where(known, values, 0.0), known.astype(np.float64)
    centre = _ratio(filled.sum(axis=0), weight.sum(axis=0))
    draw = np.random.default_rng(seed)
    at_once = max(1, _DRAWN // rows)
    drawn: list[Array] = []
    for start in range(0, _RESAMPLES, at_once):
        many = min(at_once, _RESAMPLES - start)
        picks = draw.integers(0, rows, (many, rows))
        picks += np.arange(many)[:, None] * rows
        counts = (
            np.bincount(picks.ravel(), minlength=many * rows).reshape(many, rows).astype(np.float64)
        )
        drawn.append(_ratio(counts @ filled, counts @ weight))
    resampled = np.concatenate(drawn)
    found = []
    for column in range(columns):
        there = resampled[~np.isnan(resampled[:, column]), column]
        low, high = np.percentile(there, (2.5, 97.5)) if there.size else (np.nan, np.nan)
        found.append(Mean(float(centre[column]), float(low), float(high)))
    return found


def spearman(first: Array, second: Array) -> float:
    """Spearman's rank correlation, ties by their mean rank; NaN where one of them never varies."""
    if first.size < 2:
        return float("nan")
    one, other = _ranks(first), _ranks(second)
    one, other = one - one.mean(), other - other.mean()
    scale = float(np.sqrt((one @ one) * (other @ other)))
    return float(one @ other) / scale if scale else float("nan")


def _ranks(values: Array) -> Array:
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    ranks: Array = ((last - counts + 1 + last) / 2)[place]
    return ranks


def _ratio(total: Array, many: Array) -> Array:
    ratio: Array = np.divide(total, many, out=np.full(total.shape, np.nan), where=many > 0)
    return ratio
