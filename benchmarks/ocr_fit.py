"""Fits the OCR scorer's constants, and scores every repository by a fit on the others.

Two steps, whose product is one logistic model:
1. a direction: conditional logistic regression (McFadden 1974) of a document's own image against
   all other images, which is what ranking asks;
2. its scale and intercept: logistic regression on the pairs that a full-text search over captions
   and OCR text proposes (the best 50 of each document), so that 5.0 is even odds among those.
Step 1 alone has no intercept; step 2 alone learns from look-alikes only and ranks worse.
"""

import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import logsumexp, softmax
from sklearn.linear_model import LogisticRegression

from benchmarks.docs_data import Dataset
from kg_enrich.images.ocr import OcrText
from kg_enrich.scorers import lexical
from kg_enrich.text import CorpusStatistics, rarest_terms, terms

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

CANDIDATES = 50  # as `compose` asks the full-text index for this scorer
_QUERY_TERMS = 100
_RIDGE = 10.0  # on standardised features; 1 to 10 rank alike
_SHIPPED_FROM = 3  # documents that a word must occur in
_NEGLIGIBLE = 1e-9
# Of log-odds above nought; see OcrModel. Chosen by the log-loss on repositories left out.
SATURATION = 3.0


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


def with_captions(
    data: Dataset, seen: tuple[Array, Mask], statistics: CorpusStatistics, captions: Sequence[str]
) -> tuple[Array, Mask]:
    """Features of text, then of caption, and which images have either. seen: of `feature_array`."""
    values, readable = seen
    said, captioned = feature_array(data, [OcrText((caption,)) for caption in captions], statistics)
    return np.concatenate([values, said], axis=2), readable | captioned


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
    """Each document's best 50 images by BM25 (k1 1.2, b 0.75, as Lucene) over caption and text."""
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
    judged: tuple[Array, Mask] | None = None,
) -> Array:
    """Log-odds (documents, images), each group's by a fit on the others; -inf where abstained.

    features: given which documents are held in, the features of all pairs and what is readable.
    judged: features of all pairs that the fits judge, and what is readable, where these are
    others than those that they are fitted on.
    """
    scores = np.full(referenced.shape, -np.inf)
    for group in sorted(set(groups)):
        held_in = np.array([name != group for name in groups])
        values, readable = features(held_in)
        fitted = fit(values[held_in], readable, referenced[held_in], candidates[held_in])
        if judged is not None:
            values, readable = judged
        log_odds = values[~held_in] @ fitted.coefficients + fitted.intercept
        scores[~held_in] = np.where(readable, saturated(log_odds), -np.inf)
    return scores


def saturated(log_odds: Array, saturation: float = SATURATION) -> Array:
    """As `OcrModel.log_odds` does: unchanged up to 0, growing ever slower above."""
    return np.where(log_odds > 0, saturation * np.log1p(log_odds.clip(0) / saturation), log_odds)


def _conditional_logit(features: Array, own: Mask) -> Array:
    """Coefficients (n,) of the likeliest fit; each document weighs one, however many images."""
    questions = []
    for values, mine in zip(features, own, strict=True):
        for image in np.flatnonzero(mine):
            kept = ~mine
            kept[image] = True
            questions.append((values[image], values[kept], 1.0 / mine.sum()))

    def loss(at: Array) -> tuple[float, Array]:
        value, gradient = 0.5 * _RIDGE * float(at @ at), _RIDGE * at
        for mine, offered, weight in questions:
            logits = offered @ at
            value += weight * (float(logsumexp(logits)) - float(mine @ at))
            gradient = gradient + weight * (softmax(logits) @ offered - mine)
        return value, gradient

    found = minimize(loss, np.zeros(features.shape[2]), jac=True, method="BFGS")
    return np.asarray(found.x, np.float64)


def _logistic(values: Array, labels: Mask) -> tuple[float, float]:
    """Slope and intercept of P(label) = 1 / (1 + exp(-(slope * value + intercept)))."""
    fitted = LogisticRegression(C=np.inf, tol=1e-9, max_iter=1000).fit(values[:, None], labels)
    return float(fitted.coef_[0, 0]), float(fitted.intercept_[0])
