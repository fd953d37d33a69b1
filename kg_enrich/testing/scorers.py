"""The promises of a scorer, as `kg_enrich.scorers.base` makes them, one function each."""

import math
from collections.abc import Callable, Sequence

from kg_enrich.models import Judgement, Outcome, Pair
from kg_enrich.scorers.base import Scorer

Make = Callable[[], Scorer]


def scores_are_valid(scorer: Scorer, pairs: Sequence[Pair]) -> list[Judgement]:
    """One judgement a pair, in order, with a score from 0 to 10 that follows from its log-odds."""
    judged = scorer.score(pairs)
    expected = [(pair.document.id, pair.image.id) for pair in pairs]
    found = [(one.document, one.image) for one in judged]
    assert found == expected, f"the judgements are of {found[:3]}..., asked were {expected[:3]}..."
    for one in judged:
        if one.outcome is not Outcome.SCORED:
            assert one.reason, f"{_named(one)}: {one.outcome} without a reason"
            assert one.score is None, f"{_named(one)}: {one.outcome}, and a score all the same"
            continue
        assert one.score is not None, f"{_named(one)}: scored without a score"
        assert one.log_odds is not None, f"{_named(one)}: scored without log-odds"
        follows = 10 / (1 + math.exp(-max(-700.0, min(700.0, one.log_odds))))
        close = math.isfinite(one.score) and abs(one.score - follows) < 1e-6
        assert close, f"{_named(one)}: a score of {one.score} with log-odds of {one.log_odds}"
    return judged


def scores_are_repeatable(scorer: Scorer, pairs: Sequence[Pair], within: float = 0.0) -> None:
    """Asked again, a pair gets the same answer. within: log-odds that may lie between."""
    _alike(scores_are_valid(scorer, pairs), scores_are_valid(scorer, pairs), within, "asked again")


def scores_are_independent(scorer: Scorer, pairs: Sequence[Pair], within: float = 0.0) -> None:
    """A pair gets the same answer alone, and among others in another order."""
    together = scores_are_valid(scorer, pairs)
    backwards = scores_are_valid(scorer, list(reversed(pairs)))[::-1]
    _alike(together, backwards, within, "in another order")
    alone = [scores_are_valid(scorer, [pair])[0] for pair in pairs]
    _alike(together, alone, within, "asked alone")
    assert scorer.score([]) == [], "no pairs get answers"


def fingerprint_is_stable(make: Make) -> None:
    """Two scorers made alike have the same fingerprint, before and after scoring."""
    first, second = _fingerprint(make), _fingerprint(make)
    assert first == second, f"made alike, the fingerprints differ: {first!r}, {second!r}"


def fingerprint_changes_with(make: Make, *others: Make) -> None:
    """Scorers that judge otherwise have other fingerprints."""
    all_of_them = [_fingerprint(one) for one in (make, *others)]
    for place, fingerprint in enumerate(all_of_them):
        same = all_of_them.index(fingerprint)
        assert same == place, f"scorers {same} and {place} judge otherwise with one fingerprint"


def abstains_on(scorer: Scorer, pairs: Sequence[Pair]) -> None:
    """It says that it cannot tell of these, instead of a low score."""
    for one in scores_are_valid(scorer, pairs):
        assert one.outcome is Outcome.ABSTAINED, f"{_named(one)}: {one.outcome}, {one.score}"


def fails_alone(scorer: Scorer, bad: Sequence[Pair], good: Sequence[Pair]) -> None:
    """Pairs that cannot be judged fail, each for a reason, and cost their neighbours nothing."""
    alone = scores_are_valid(scorer, good)
    mixed = scores_are_valid(scorer, [*bad, *good])
    for one in mixed[: len(bad)]:
        failed = one.outcome in (Outcome.UNREADABLE, Outcome.FAILED)
        assert failed, f"{_named(one)}: {one.outcome}, though it cannot be judged"
    _alike(alone, mixed[len(bad) :], 0.0, "beside pairs that fail")


def closes_twice(make: Make, pairs: Sequence[Pair]) -> None:
    """It can be closed after use, and once more."""
    scorer = make()
    scorer.prefetch([pair.image for pair in pairs])
    scores_are_valid(scorer, pairs)
    scorer.close()
    scorer.close()


def _fingerprint(make: Make) -> str:
    scorer = make()
    try:
        fingerprint = scorer.fingerprint
        assert isinstance(fingerprint, str), f"a fingerprint is a text, not {fingerprint!r}"
        assert fingerprint, "the fingerprint is empty"
        scorer.score([])
        assert scorer.fingerprint == fingerprint, "scoring changes the fingerprint"
        return fingerprint
    finally:
        scorer.close()


def _alike(
    first: Sequence[Judgement], second: Sequence[Judgement], within: float, when: str
) -> None:
    for one, other in zip(first, second, strict=True):
        assert one.outcome is other.outcome, f"{_named(one)}: {when}, {other.outcome}"
        apart = abs((one.log_odds or 0.0) - (other.log_odds or 0.0))
        assert apart <= within, f"{_named(one)}: {when}, the log-odds differ by {apart:.3g}"


def _named(one: Judgement) -> str:
    return f"document {one.document!r}, image {one.image!r}"
