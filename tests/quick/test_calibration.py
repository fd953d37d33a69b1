"""Calibration: what is fitted is found again, and what it is worth is measured."""

import subprocess
import sys

import numpy as np
import pytest

from kg_enrich.errors import KgEnrichError
from kg_enrich.evidence.models import DocumentState, LedgerEntry, Policy
from kg_enrich.evidence.policy import calibrated, decide, policy_version, stated
from kg_enrich.evidence.sources import dump_policy, load_policy
from kg_enrich.measure.calibration import Examples, TooFewAnswersError, fit, missing_answers
from kg_enrich.models import ImageId


def examples(many: int, slope: float, intercept: float, seed: int = 0) -> Examples:
    draw = np.random.default_rng(seed)
    odds = draw.uniform(-5, 5, many)
    right = (draw.random(many) < 1 / (1 + np.exp(-(slope * odds + intercept)))).astype(float)
    return Examples(odds, right, np.ones(many), np.arange(many) // 4)


def test_the_numbers_are_found_again() -> None:
    found = fit(examples(4000, 0.7, -1.2))
    assert found.slope == pytest.approx(0.7, abs=0.08)
    assert found.intercept == pytest.approx(-1.2, abs=0.12)
    assert found.brier_after.high < found.brier_before.low
    assert found.log_loss_after.high < found.log_loss_before.low
    assert found.ece_after < 0.04 < found.ece_before
    assert found.ece_perfect == pytest.approx(0.02, abs=0.015)
    assert fit(examples(4000, 0.7, -1.2)) == found


def test_scores_that_are_right_stay_as_they_are() -> None:
    found = fit(examples(4000, 1.0, 0.0))
    assert (found.slope, found.intercept) == pytest.approx((1.0, 0.0), abs=0.12)
    assert found.brier_before.low < found.brier_after.value < found.brier_before.high


def test_weights_count_as_so_many_answers() -> None:
    few = examples(300, 0.8, -0.5)
    twice = np.repeat(np.arange(300), np.where(few.right > 0.5, 3, 1))
    many = Examples(few.log_odds[twice], few.right[twice], np.ones(len(twice)), few.groups[twice])
    weighted = Examples(few.log_odds, few.right, np.where(few.right > 0.5, 3.0, 1.0), few.groups)
    one, other = fit(many), fit(weighted)
    assert one.intercept == pytest.approx(other.intercept, abs=0.1)
    assert one.brier_before.value == pytest.approx(other.brier_before.value)


def test_answers_all_in_order_give_no_endless_slope() -> None:
    odds = np.linspace(-3, 3, 60)
    perfect = Examples(odds, (odds > 0).astype(float), np.ones(60), np.arange(60))
    assert 1 < fit(perfect).slope < 20


def test_too_few_answers_are_refused_with_how_many_are_missing() -> None:
    assert missing_answers([1.0] * 25 + [0.0] * 25) == 0
    assert missing_answers([1.0] * 45 + [0.0] * 3 + [0.5] * 2) == 7
    with pytest.raises(TooFewAnswersError, match="needs 20 more answers"):
        fit(examples(30, 1.0, 0.0))
    with pytest.raises(KgEnrichError, match="score no higher"):
        fit(examples(400, -1.0, 0.0))


def test_without_scikit_learn_one_line_says_what_to_install() -> None:
    code = (
        "import sys; sys.modules['sklearn.linear_model'] = None\n"
        "import numpy as np\n"
        "from kg_enrich.measure.calibration import Examples, fit\n"
        "odds = np.linspace(-3, 3, 60)\n"
        "try: fit(Examples(odds, (odds > 0) * 1.0, np.ones(60), np.arange(60)))\n"
        "except Exception as error: print(type(error).__name__, error)\n"
        "import kg_enrich.measure.status, kg_enrich.measure.calibrate\n"
        "print('sklearn' in sys.modules, 'scipy' in sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "pip install 'kg-enrich[measure]'" in done.stdout
    assert done.stdout.endswith("False False\n")


def test_a_policy_without_calibration_is_the_same_text_as_ever() -> None:
    assert list(stated(Policy())) == ["min_score", "top_k", "max_images", "max_documents"]
    applied = Policy(slope=0.5, intercept=-1.0, calibration="v1")
    assert load_policy(dump_policy(applied)) == applied
    assert load_policy('{"min_score": 5.0, "top_k": null}') == Policy()
    assert policy_version(applied) != policy_version(Policy())


def test_the_minimum_means_the_score_that_is_published() -> None:
    image = ImageId("i")
    state = DocumentState({image: LedgerEntry(image, 8.8, 2.0, 1)}, {}, {})
    policy = Policy(slope=1.0, intercept=-1.9, calibration="v1")
    (edge,) = decide(state, policy, {image}).add
    assert edge.score == calibrated(2.0, 1.0, -1.9) == pytest.approx(5.25, abs=0.01)
    assert edge.calibration == "v1"
    assert not decide(state, Policy(slope=1.0, intercept=-2.1, calibration="v1"), {image}).add
    # Another calibration of the same score is another edge.
    there = DocumentState(state.entries, {image: edge}, {})
    other = Policy(slope=0.95, intercept=-1.8, calibration="v2")
    assert decide(there, other, {image}).renewed or decide(there, other, {image}).publish
    assert not decide(there, policy, {image})


@pytest.mark.parametrize("odds", [-800.0, -1.0, 0.0, 3.0, 800.0])
def test_no_log_odds_overflow(odds: float) -> None:
    assert 0.0 <= calibrated(odds, 2.0, 1.0) <= 10.0
