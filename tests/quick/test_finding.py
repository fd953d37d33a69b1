"""Measures of finding: what they count, and that they are those that others compute."""

import math
import random
from dataclasses import replace

import ir_measures
import numpy as np
import pytest
from ir_measures import RR, P, R, nDCG
from scipy import stats

from kg_enrich.measure.finding import MEASURES, Question, alone, measure, with_twins
from kg_enrich.measure.groups import language_of, value_group, words_group
from kg_enrich.measure.intervals import means, spearman
from kg_enrich.measure.truth import sample
from kg_enrich.models import DocumentId, ImageId


def question(ranked: str, truth: str, candidates: str | None = None) -> Question:
    """Images of one letter each, a unit of log-odds apart."""
    odds = tuple(float(-place) for place in range(len(ranked)))
    found = None if candidates is None else tuple(map(ImageId, candidates))
    return Question(tuple(map(ImageId, ranked)), odds, frozenset(map(ImageId, truth)), found)


def measured(one: Question) -> dict[str, float]:
    return dict(zip(MEASURES, measure(one), strict=True))


def test_measures_agree_with_ir_measures() -> None:
    draw = random.Random(3)
    names = [f"i{number}" for number in range(80)]
    questions = []
    for _ in range(40):
        ranked = draw.sample(names, draw.randrange(0, 70))
        truth = draw.sample(names, draw.randrange(1, 15))
        odds = tuple(sorted((draw.gauss(0, 3) for _ in ranked), reverse=True))
        questions.append(
            Question(tuple(map(ImageId, ranked)), odds, frozenset(map(ImageId, truth)))
        )
    truths = {str(n): dict.fromkeys(one.truth, 1) for n, one in enumerate(questions)}
    runs = {
        str(n): dict(zip(one.ranked, one.log_odds, strict=True)) for n, one in enumerate(questions)
    }
    theirs = {
        "recall@5": R @ 5, "recall@20": R @ 20, "recall@50": R @ 50, "top1": P @ 1, "mrr": RR,
        "ndcg10": nDCG @ 10,
    }  # fmt: skip
    for name, metric in theirs.items():
        found = {one.query_id: one.value for one in ir_measures.iter_calc([metric], truths, runs)}
        for number, one in enumerate(questions):
            # What ranked nothing has no row there.
            expected = found.get(str(number), 0.0)
            assert measured(one)[name] == pytest.approx(expected), (name, one)


def test_what_was_no_candidate_is_lost_before_any_scorer() -> None:
    found = measured(question("abc", "cz", "dcba" + "xyw"))
    assert found["candidate_recall@5"] == 0.5 == found["recall@5"]
    assert math.isnan(measured(question("abc", "c"))["candidate_recall@5"])
    assert measured(question("abc", "c"))["lead"] == 1.0
    assert math.isnan(measured(question("a", "a"))["lead"])


def test_other_right_images_stand_in_no_ones_way() -> None:
    one = alone(question("abcd", "bcz", "abcdz"), [ImageId("c")])
    assert one is not None
    assert one.ranked == ("a", "c", "d")
    assert one.truth == {ImageId("c")}
    assert one.candidates == ("a", "c", "d")
    assert measured(one)["mrr"] == 0.5
    assert alone(question("ab", "b"), [ImageId("a")]) is None


def test_a_near_duplicate_takes_the_place_of_a_right_image() -> None:
    asked = question("xayb", "ab", "xyab")
    twins = {ImageId("x"): ImageId("a"), ImageId("y"): ImageId("b")}
    merged = with_twins(asked, twins)
    assert (merged.ranked, merged.log_odds) == (("a", "b"), (0.0, -2.0))
    assert merged.candidates == ("a", "b")
    assert measured(merged)["top1"] == 1.0
    # Of two right images that look the same, one is to be found.
    same = with_twins(question("xb", "ab"), {ImageId("b"): ImageId("a")})
    assert same.truth == {ImageId("a")}
    assert measured(same)["recall@5"] == 1.0
    assert with_twins(asked, {}) == replace(asked)


def test_intervals_are_over_rows_and_leave_out_what_is_unknown() -> None:
    draw = np.random.default_rng(1)
    values = draw.normal(5.0, 2.0, (400, 2))
    values[::2, 1] = np.nan
    both, half = means(values, 7)
    assert both.value == pytest.approx(values[:, 0].mean())
    assert half.value == pytest.approx(np.nanmean(values[:, 1]))
    for mean, many in ((both, 400), (half, 200)):
        assert mean.high - mean.low == pytest.approx(2 * 1.96 * 2.0 / math.sqrt(many), rel=0.15)
    assert means(values, 7) == [both, half]
    (unknown,) = means(np.full((3, 1), np.nan), 0)
    assert all(map(math.isnan, (unknown.value, unknown.low, unknown.high)))
    assert math.isnan(means(np.empty((0, 2)), 0)[1].value)


def test_rank_correlation_is_scipys() -> None:
    draw = np.random.default_rng(2)
    first = draw.integers(0, 9, 60).astype(float)
    second = first + draw.integers(0, 9, 60).astype(float)
    assert spearman(first, second) == pytest.approx(stats.spearmanr(first, second).statistic)
    assert math.isnan(spearman(np.ones(3), np.array([0.0, 1.0, 2.0])))
    assert math.isnan(spearman(np.ones(1), np.ones(1)))


def test_a_sample_is_drawn_by_the_seed_alone() -> None:
    documents = [DocumentId(str(number)) for number in range(300)]
    drawn, known = sample(iter(documents), 20, 5)
    assert (len(drawn), known) == (20, 300)
    assert sample(reversed(documents), 20, 5) == (drawn, 300)
    assert sample(iter(documents), 20, 6)[0] != drawn
    # A document that comes later changes nothing but its own place.
    more, _ = sample(iter([*documents, DocumentId("new")]), 20, 5)
    assert len({*more} & {*drawn}) >= 19
    assert sample(iter(documents), 1000, 5) == (sorted(documents), 300)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("更换 PLC 模块后 ERR 指示灯仍然亮", "zh"),
        ("The label reads 注意 next to the pump and its discharge flange", "other"),
        ("ポンプの吐出フランジを締めます", "ja"),
        ("펌프 토출 플랜지를 조입니다", "ko"),
        ("", "other"),
    ],
)
def test_languages(text: str, language: str) -> None:
    assert language_of(text) == language


def test_groups_have_names() -> None:
    assert [words_group(text) for text in (None, "", "one", "a b c d e", "w " * 100)] == [
        "unknown", "0", "1-4", "5-19", "100+",
    ]  # fmt: skip
    assert [value_group(value) for value in (None, 3, ["a", "b"], "x" * 200)] == [
        "unknown", "3", "a, b", "x" * 80,
    ]  # fmt: skip
