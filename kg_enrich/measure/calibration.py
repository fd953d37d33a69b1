"""Two numbers that make a scorer's log-odds chances (Platt 1999): pure, but for scikit-learn.

The chance that a pair is right is the logistic function of slope times log-odds plus intercept,
fitted to audited pairs that are weighted by one over their chance to be drawn.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kg_enrich.errors import KgEnrichError, SettingsError

# Fewer answers, or fewer of either kind, say too little for two numbers.
LEAST = 50
LEAST_OF_A_KIND = 10
_FOLDS = 5
_RESAMPLES = 1000
_BINS = 10

Floats = NDArray[np.float64]


class TooFewAnswersError(KgEnrichError):
    """An audit has too few answers for what is asked of it."""


@dataclass(frozen=True, slots=True)
class Examples:
    """Answered pairs: float64 (pairs,) each; groups: which document a pair is of, int64 (pairs,).

    right: 1.0 yes, 0.0 no, 0.5 unsure or disputed. weights: one over the chance to be drawn.
    """

    log_odds: Floats
    right: Floats
    weights: Floats
    groups: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Measured:
    """A mean loss with its bootstrap 95 % interval over documents."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Fit:
    """A calibration and what it is worth.

    Losses before it and after it, after it by numbers that were fitted without the document that
    they judge. ece_perfect: what scores that are exactly right would show, with as many answers.
    """

    slope: float
    intercept: float
    answers: int
    brier_before: Measured
    brier_after: Measured
    log_loss_before: Measured
    log_loss_after: Measured
    ece_before: float
    ece_after: float
    ece_perfect: float


def missing_answers(right: Sequence[float]) -> int:
    """How many more answers a calibration needs, at least. right: of those that there are."""
    yes, no = sum(one == 1.0 for one in right), sum(one == 0.0 for one in right)
    kinds = max(0, LEAST_OF_A_KIND - yes) + max(0, LEAST_OF_A_KIND - no)
    return max(LEAST - len(right), kinds, 0)


def fit(examples: Examples, seed: int = 0) -> Fit:
    """Fits a calibration, and measures it.

    Errors: TooFewAnswersError; KgEnrichError when right pairs do not score higher than wrong
    ones; SettingsError when scikit-learn is not installed.
    """
    if missing := missing_answers(list(examples.right)):
        raise TooFewAnswersError(
            f"A calibration needs {missing} more answers, at least (there are "
            f"{len(examples.right)}; it needs {LEAST}, {LEAST_OF_A_KIND} of them accepted and "
            f"{LEAST_OF_A_KIND} rejected): go on with `kg-enrich audit next`."
        )
    new = _model()
    slope, intercept = _fit(new, examples, np.ones(len(examples.right), bool))
    if slope <= 0:
        raise KgEnrichError(
            f"By these answers right pairs score no higher than wrong ones (slope {slope:.2f}): no "
            "calibration helps; look at the rejected pairs and at the scorer."
        )
    before = _chance(examples.log_odds)
    after = _held_out(new, examples, slope, intercept, seed)
    draw = np.random.default_rng(seed)
    return Fit(
        slope,
        intercept,
        len(examples.right),
        _measured(_brier(before, examples.right), examples, draw),
        _measured(_brier(after, examples.right), examples, draw),
        _measured(_log_loss(before, examples.right), examples, draw),
        _measured(_log_loss(after, examples.right), examples, draw),
        _ece(before, examples.right, examples.weights),
        _ece(after, examples.right, examples.weights),
        _perfect_ece(after, examples.weights, draw),
    )


def _model() -> Callable[[], Any]:
    try:
        from sklearn.linear_model import LogisticRegression
    except ImportError:
        raise SettingsError(
            "`kg-enrich calibrate` needs scikit-learn: pip install 'kg-enrich[measure]'."
        ) from None
    return lambda: LogisticRegression(C=np.inf, max_iter=1000)


def _fit(
    new: Callable[[], Any], examples: Examples, rows: NDArray[np.bool_]
) -> tuple[float, float]:
    """Slope and intercept. Each pair is taken as yes and as no, with a weight each.

    The targets are Platt's, a little off 0 and 1, so that a few answers that are all in order do
    not give an endless slope.
    """
    right, weights = examples.right[rows], examples.weights[rows]
    yes, no = right.sum(), (1 - right).sum()
    target = right * (yes + 1) / (yes + 2) + (1 - right) / (no + 2)
    column = examples.log_odds[rows, None]
    model = new()
    model.fit(
        np.concatenate([column, column]),
        np.concatenate([np.ones(len(right)), np.zeros(len(right))]),
        np.concatenate([weights * target, weights * (1 - target)]) / weights.mean(),
    )
    return float(model.coef_[0, 0]), float(model.intercept_[0])


def _held_out(
    new: Callable[[], Any], examples: Examples, slope: float, intercept: float, seed: int
) -> Floats:
    """The chance of each pair by a fit without its document; by the whole fit where that fails."""
    chances = _chance(slope * examples.log_odds + intercept)
    groups = np.unique(examples.groups)
    folds = np.random.default_rng(seed).permutation(len(groups)) % _FOLDS
    fold_of = dict(zip(groups.tolist(), folds.tolist(), strict=True))
    fold = np.array([fold_of[group] for group in examples.groups.tolist()])
    for one in range(min(_FOLDS, len(groups))):
        there = fold != one
        if there.all() or not {0.0, 1.0} <= set(examples.right[there].tolist()):
            continue
        part = _fit(new, examples, there)
        chances[~there] = _chance(part[0] * examples.log_odds[~there] + part[1])
    return chances


def _chance(log_odds: Floats) -> Floats:
    clipped = np.clip(log_odds, -500, 500)
    chances: Floats = 1 / (1 + np.exp(-clipped))
    return chances


def _brier(chances: Floats, right: Floats) -> Floats:
    loss: Floats = right * (1 - chances) ** 2 + (1 - right) * chances**2
    return loss


def _log_loss(chances: Floats, right: Floats) -> Floats:
    safe = np.clip(chances, 1e-12, 1 - 1e-12)
    loss: Floats = -right * np.log(safe) - (1 - right) * np.log(1 - safe)
    return loss


def _measured(loss: Floats, examples: Examples, draw: np.random.Generator) -> Measured:
    _, group = np.unique(examples.groups, return_inverse=True)
    many = int(group.max()) + 1
    losses = np.bincount(group, loss * examples.weights, many)
    weights = np.bincount(group, examples.weights, many)
    picks = draw.integers(0, many, (_RESAMPLES, many))
    resampled = losses[picks].sum(axis=1) / weights[picks].sum(axis=1)
    low, high = np.percentile(resampled, (2.5, 97.5))
    return Measured(float(losses.sum() / weights.sum()), float(low), float(high))


def _ece(chances: Floats, right: Floats, weights: Floats) -> float:
    """The expected calibration error over ten bins of equal weight (Naeini et al. 2015)."""
    order = np.argsort(chances, kind="stable")
    heavy = np.cumsum(weights[order])
    bins = np.minimum((heavy - weights[order] / 2) / heavy[-1] * _BINS, _BINS - 1).astype(int)
    gaps = np.bincount(bins, (weights * (right - chances))[order], _BINS)
    return float(np.abs(gaps).sum() / heavy[-1])


def _perfect_ece(chances: Floats, weights: Floats, draw: np.random.Generator) -> float:
    """The mean ECE when every pair is right with exactly its chance."""
    rounds = ceil(_RESAMPLES / 5)
    right = draw.random((rounds, len(chances))) < chances
    return float(np.mean([_ece(chances, one.astype(np.float64), weights) for one in right]))
