"""Fits the OCR scorer's constants, and scores every repository by a fit on the others.

Two steps, whose product is one logistic model:
1. a direction: conditional logistic regression (McFadden 1974) of a document's own image against
   all other images, which is what ranking asks;
2. its scale and intercept: logistic regression on the pairs that a full-text search over captions
   and OCR text proposes (the best 20 of each document), so that 5.0 is even odds among those.
Step 1 alone has no intercept; step 2 alone learns from look-alikes only and ranks worse.
"""

import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.docs_data import Dataset
from kg_enrich.images.ocr import OcrText
from kg_enrich.scorers import lexical
from kg_enrich.text import CorpusStatistics, rarest_terms, terms

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

CANDIDATES = 20
_QUERY_TERMS = 100
_RIDGE = 10.0  # on standardised features; 1 to 10 rank alike
_SHIPPED_FROM = 3  # documents that a word must occur in
_NEGLIGIBLE = 1e-9


@dataclass(frozen=True)
class Fit:
    """log-odds = intercept + features @ coefficients."""

    coefficients: Array
    intercept: float


def feature_array(
    data: Dataset, texts: Sequence[OcrText], statistics: CorpusStatistics
) -> tuple[Array, Mask]:
    """Features (documents, images, len(FEATURES)), and which images have readable text."""
    lexicon = lexical.Lexicon(statistics)
    images = [lexicon.image(text.lines) for text in texts]
    values = [
        [lexical.features(profile, image, lexicon) for image in images]
        for profile in (lexicon.document(d.title, d.text) for d in data.documents)
    ]
    return np.array(values), np.array([bool(image.written) for image in images])


def statistics_of(data: Dataset, chosen: Sequence[bool] | Mask) -> CorpusStatistics:
    """Word statistics of the chosen documents."""
    return CorpusStatistics.from_texts(
        f"{document.title}\n{document.text}"
        for document, wanted in zip(data.documents, chosen, strict=True)
        if wanted
    )


def shipped(statistics: CorpusStatistics) -> CorpusStatistics:
    """The usual words alone, which are committed with the constants: no rare name among them."""
    usual = {
        term: count
        for term, count in statistics.document_frequency.items()
        if count >= _SHIPPED_FROM
    }
    return CorpusStatistics.of(statistics.documents, usual)


def full_text_candidates(
    data: Dataset, texts: Sequence[OcrText], statistics: CorpusStatistics
) -> Mask:
    """Each document's best 20 images by BM25 (k1 1.2, b 0.75, as Lucene) over caption and text."""
    bags = [
        Counter(terms("\n".join((image.caption, *text.lines))))
        for image, text in zip(data.images, texts, strict=True)
    ]
    frequency = Counter(term for bag in bags for term in bag)
    lengths = [sum(bag.values()) for bag in bags]
    mean = sum(lengths) / len(lengths)
    chosen = np.zeros(data.referenced.shape, bool)
    for row, document in enumerate(data.documents):
        query = rarest_terms(f"{document.title}\n{document.text}", statistics, _QUERY_TERMS)
        weights = {
            term: math.log(1 + (len(bags) - frequency[term] + 0.5) / (frequency[term] + 0.5))
            for term in query
        }
        found = np.array(
            [
                sum(
                    weight * bag[term] * 2.2 / (bag[term] + 0.3 + 0.9 * length / mean)
                    for term, weight in weights.items()
                    if term in bag
                )
                for bag, length in zip(bags, lengths, strict=True)
            ]
        )
        best = np.argsort(-found, kind="stable")[:CANDIDATES]
        chosen[row, best[found[best] > 0]] = True
    return chosen


def fit(features: Array, readable: Mask, referenced: Mask, candidates: Mask) -> Fit:
    """Fit on these documents (rows). features: (documents, images, n); the masks alike."""
    seen = features[:, readable]
    flat = seen.reshape(-1, seen.shape[2])
    mean, deviation = flat.mean(axis=0), flat.std(axis=0) + _NEGLIGIBLE
    standard = (seen - mean) / deviation
    direction = _conditional_logit(standard, referenced[:, readable]) / deviation
    chosen = candidates[:, readable]
    scale, intercept = _logistic((seen @ direction)[chosen], referenced[:, readable][chosen])
    return Fit(direction * scale, intercept)


def leave_one_out(
    groups: Sequence[str],
    features: Callable[[Mask], tuple[Array, Mask]],
    referenced: Mask,
    candidates: Mask,
) -> Array:
    """Log-odds (documents, images), each group's by a fit on the others; -inf where abstained.

    features: given which documents are held in, the features of all pairs and what is readable.
    """
    scores = np.full(referenced.shape, -np.inf)
    for group in sorted(set(groups)):
        held_in = np.array([name != group for name in groups])
        values, readable = features(held_in)
        fitted = fit(values[held_in], readable, referenced[held_in], candidates[held_in])
        log_odds = values[~held_in] @ fitted.coefficients + fitted.intercept
        scores[~held_in] = np.where(readable, log_odds, -np.inf)
    return scores


def _conditional_logit(features: Array, own: Mask) -> Array:
    """Coefficients (n,) by Newton's method; each document weighs one, however many images."""
    questions = []
    for values, mine in zip(features, own, strict=True):
        for image in np.flatnonzero(mine):
            kept = ~mine
            kept[image] = True
            questions.append((values[image], values[kept], 1.0 / mine.sum()))
    size = features.shape[2]

    def slopes(at: Array) -> tuple[float, Array, Array]:
        value, gradient = -0.5 * _RIDGE * float(at @ at), -_RIDGE * at
        curvature = _RIDGE * np.eye(size)
        for mine, offered, weight in questions:
            logits = offered @ at
            logits -= logits.max()
            chances = np.exp(logits)
            total = chances.sum()
            chances /= total
            mean = chances @ offered
            value += weight * (float(mine @ at) - float((offered @ at).max()) - math.log(total))
            gradient = gradient + weight * (mine - mean)
            spread = (offered.T * chances) @ offered - np.outer(mean, mean)
            curvature = curvature + weight * spread
        return value, gradient, curvature

    return _newton(slopes, np.zeros(size))


def _logistic(values: Array, labels: Mask) -> tuple[float, float]:
    """Slope and intercept of P(label) = 1 / (1 + exp(-(slope * value + intercept)))."""
    design = np.column_stack((values, np.ones(len(values))))

    def slopes(at: Array) -> tuple[float, Array, Array]:
        logits = design @ at
        chances = 1.0 / (1.0 + np.exp(-logits))
        value = float((logits * labels - np.logaddexp(0.0, logits)).sum())
        curvature = (design.T * (chances * (1 - chances))) @ design
        return value, design.T @ (labels - chances), curvature

    slope, intercept = _newton(slopes, np.zeros(2))
    return float(slope), float(intercept)


def _newton(slopes: Callable[[Array], tuple[float, Array, Array]], start: Array) -> Array:
    """Maximum of a concave function, halving steps that overshoot."""
    at = start
    value, gradient, curvature = slopes(at)
    for _ in range(50):
        step = np.linalg.solve(curvature, gradient)
        while True:
            ahead = slopes(at + step)
            if ahead[0] >= value or np.abs(step).max() < _NEGLIGIBLE:
                break
            step = step / 2
        gained, at = ahead[0] - value, at + step
        value, gradient, curvature = ahead
        if gained < _NEGLIGIBLE:
            break
    return at
