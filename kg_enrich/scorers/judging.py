"""The one door through which a scorer's answers come in."""

from collections.abc import Sequence
from math import isfinite

from kg_enrich.models import DocumentId, ImageId, Judgement, Outcome, Pair
from kg_enrich.scorers.base import Scorer


def judge(scorer: Scorer, pairs: Sequence[Pair]) -> list[Judgement]:
    """One judgement a pair, in the order of `pairs`, whatever the scorer answers.

    A pair without an answer, or with one that cannot be (a score of 57, NaN), has failed. An
    answer about a pair that was not asked for is dropped.
    Errors: those of `Scorer.score`.
    """
    if not pairs:
        return []
    answers: dict[tuple[DocumentId, ImageId], Judgement] = {}
    for answer in scorer.score(pairs):
        answers.setdefault((answer.document, answer.image), answer)
    return [_checked(pair, answers.get((pair.document.id, pair.image.id))) for pair in pairs]


def _checked(pair: Pair, answer: Judgement | None) -> Judgement:
    if answer is None:
        return _failed(pair, "the scorer gave no answer")
    if answer.outcome is not Outcome.SCORED:
        return answer
    score, log_odds = answer.score, answer.log_odds
    if not _is_number(score) or not 0.0 <= float(score or 0.0) <= 10.0:
        return _failed(pair, f"the scorer answered {score!r}, which is no score from 0 to 10")
    if not _is_number(log_odds):
        return _failed(pair, f"the scorer answered {log_odds!r}, which are no log-odds")
    return answer


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value)


def _failed(pair: Pair, reason: str) -> Judgement:
    return Judgement(pair.document.id, pair.image.id, Outcome.FAILED, reason=reason)
