"""Marks that models write: 300 answers made by hand, and what each of them is worth."""

import json
from collections import Counter
from pathlib import Path

import pytest

from kg_enrich.errors import ScorerError
from kg_enrich.scorers.generated import ParseRate, log_odds, parse

TABLE = Path(__file__).parents[1] / "data" / "marks.jsonl"
ANSWERS = [json.loads(line) for line in TABLE.read_bytes().splitlines()]


def test_every_answer_is_read_as_it_was_meant_or_not_at_all() -> None:
    kinds = Counter(row["kind"] for row in ANSWERS)
    assert len(ANSWERS) >= 300
    assert min(kinds["well-formed"], kinds["malformed"], kinds["hostile"]) > 60
    wrong = []
    for row in ANSWERS:
        mark = parse(row["answer"])
        if (None if mark is None else mark.score) != row["score"]:
            wrong.append((row, mark))
        if mark is not None:
            assert mark.sentence.isprintable()
            assert 0.0 <= mark.score <= 10.0
    assert wrong == []


def test_marks_keep_their_order_as_log_odds() -> None:
    odds = [log_odds(tenth / 10) for tenth in range(101)]
    assert odds == sorted(set(odds))
    assert (odds[50], odds[0]) == pytest.approx((0.0, -odds[100]))


def test_three_answers_without_a_mark_among_the_first_200_stop_a_run() -> None:
    rate = ParseRate()
    for _ in range(150):
        rate.count(True)
    rate.count(False)
    rate.count(False)
    with pytest.raises(ScorerError, match=r"first 153 answers 3 had no mark.*99%.*200"):
        rate.count(False)
    assert rate.take() == "150 of 153 answers had a mark (98.0%)"
    for _ in range(200):
        rate.count(True)
    for _ in range(9):  # behind the first 200, the record alone says it
        rate.count(False)
    assert rate.take() == "200 of 209 answers had a mark (95.7%)"
