"""The figures that the OCR benchmark reports, against counting by hand."""

from itertools import combinations

import numpy as np
import pytest

from benchmarks import ocr_fit, ranking


def test_top1_is_the_share_of_all_draws_that_the_own_image_wins() -> None:
    random = np.random.default_rng(1)
    scores = random.integers(0, 30, (1, 23)).astype(float)
    referenced = np.zeros((1, 23), bool)
    referenced[0, :2] = True
    found = ranking.rank(scores, referenced)
    others = scores[0, 2:]
    for row, own in enumerate(scores[0, :2]):
        draws = [own > max(draw) for draw in combinations(others, ranking.CANDIDATES - 1)]
        assert found.top1[row] == pytest.approx(np.mean(draws))
        assert found.reciprocal[row] == 1 / (1 + sum(other >= own for other in others))


def test_an_abstention_is_a_miss_and_a_tie_is_lost() -> None:
    scores = np.zeros((2, 25))
    scores[1, 0] = -np.inf
    referenced = np.zeros((2, 25), bool)
    referenced[:, 0] = True
    found = ranking.rank(scores, referenced)
    assert list(found.top1) == [0.0, 0.0]
    assert list(found.reciprocal) == [1 / 25, 0.0]


def test_a_document_weighs_the_same_whatever_it_references() -> None:
    values, documents = np.array([1.0, 0.0, 0.0, 0.5]), np.array([0, 1, 1, 1])
    mean, low, high = ranking.interval(values, documents)
    assert mean == pytest.approx((1.0 + 0.5 / 3) / 2)
    assert low <= mean <= high


def test_the_fit_finds_the_direction_and_the_base_rate() -> None:
    random = np.random.default_rng(2)
    features = random.normal(size=(300, 20, 2))
    referenced = np.zeros((300, 20), bool)
    chances = np.exp(2.0 * features[:, :, 0])
    for document, chance in enumerate(chances / chances.sum(axis=1, keepdims=True)):
        referenced[document, random.choice(20, p=chance)] = True
    every = np.ones_like(referenced)
    fitted = ocr_fit.fit(features, np.ones(20, bool), referenced, every)
    assert fitted.coefficients[0] == pytest.approx(2.0, abs=0.3)
    assert abs(fitted.coefficients[1]) < 0.3
    promised = 1 / (1 + np.exp(-(features @ fitted.coefficients + fitted.intercept)))
    assert promised.mean() == pytest.approx(1 / 20, abs=1e-6)


def test_a_group_is_scored_by_a_fit_that_did_not_see_it() -> None:
    features = np.random.default_rng(3).normal(size=(40, 10, 1))
    referenced = features[:, :, 0] == features[:, :, 0].max(axis=1, keepdims=True)
    groups = ["one"] * 20 + ["two"] * 20
    seen: list[int] = []

    def held_in_features(held_in: ocr_fit.Mask) -> tuple[ocr_fit.Array, ocr_fit.Mask]:
        seen.append(int(held_in[:20].sum()))
        return features, np.array([True] * 9 + [False])

    # The other group's labels are turned round: a fit on them puts the own image last.
    referenced[20:] = features[20:, :, 0] == features[20:, :, 0].min(axis=1, keepdims=True)
    candidates = np.ones_like(referenced)
    scores = ocr_fit.leave_one_out(groups, held_in_features, referenced, candidates)
    assert seen == [0, 20]
    assert (scores[:, 9] == -np.inf).all()
    assert np.corrcoef(scores[:20, :9].ravel(), features[:20, :9].ravel())[0, 1] < -0.99
    assert np.corrcoef(scores[20:, :9].ravel(), features[20:, :9].ravel())[0, 1] > 0.99
