"""Answers about judging: candidates, estimates, scores, parity."""

from typing import TYPE_CHECKING, Literal

from kg_enrich.answers.shape import Count, Id, Score, Seconds, Shape, Text

if TYPE_CHECKING:
    from kg_enrich.enrich import estimate as estimates
    from kg_enrich.models import Judgement
    from kg_enrich.scorers import files
    from kg_enrich.scorers.qwen_vl import parity as comparison


class Candidate(Shape):
    """An image that comes into question."""

    image: Id
    sources: list[str]
    """The candidate sources that found it."""
    skipped: Text
    """Why it would not be judged; empty when it would."""


class Candidates(Shape):
    """The images that a document would be compared with."""

    document: Id
    candidates: list[Candidate]
    held: Text
    """Why none of them would be judged; empty when they would."""


class Estimate(Shape):
    """What is pending, and how long it would take."""

    documents: Count
    pairs: Count
    images: Count
    unread: Count
    """Images among them whose files have yet to be read."""
    seconds_min: Seconds
    seconds_max: Seconds
    measured: Literal["earlier runs", "a probe", "nothing"]
    """Where the speed comes from; nothing when there is nothing to judge."""


class Result(Shape):
    """An image with its score."""

    image_path: Text
    """As it was given."""
    score: Score
    """The scorer's raw score."""
    rank: Count
    """From 1, the best."""
    raw_output: Text
    """A line for a person: 'Score: 9.4 — reason'."""
    log_odds: float
    """Natural logarithm, unrounded; the score follows from it."""
    reason: Text
    note: Text
    """What else is to be said, such as that the text was cut; mostly empty."""


class Skipped(Shape):
    """An image without a score."""

    image_path: Text
    reason: Text


class Scores(Shape):
    """Images ranked for a text, best first."""

    results: list[Result]
    skipped: list[Skipped]
    total_time_ms: Count
    """Milliseconds, loading the scorer included."""


class PairName(Shape):
    """A pair, by its files."""

    text: Text
    image: Text


class Parity(Shape):
    """Scores with and without the GPU scorer's speed-ups."""

    pairs: Count
    left_out: Count
    """Pairs that could not be scored both ways."""
    largest_difference: Score
    of: PairName
    """The pair with the largest difference."""
    mean_difference: Score
    reordered: list[Text]
    """Texts whose images change places."""


def estimate(pending: "estimates.Estimate") -> Estimate:
    """What is pending, in tenths of a second."""
    shortest, longest = pending.seconds
    return Estimate.model_validate(
        {
            "documents": pending.documents,
            "pairs": pending.pairs,
            "images": pending.images,
            "unread": pending.unread,
            "seconds_min": round(shortest, 1),
            "seconds_max": round(longest, 1),
            "measured": pending.measured,
        }
    )


def scores(ranking: "files.Ranking", milliseconds: int) -> Scores:
    """A ranking. milliseconds: what it took."""
    return Scores(
        results=[_result(one.path, one.rank, one.judgement) for one in ranking.ranked],
        skipped=[Skipped(image_path=str(one.path), reason=one.reason) for one in ranking.skipped],
        total_time_ms=milliseconds,
    )


def _result(path: object, rank: int, judgement: "Judgement") -> Result:
    assert judgement.score is not None and judgement.log_odds is not None  # it is ranked
    return Result(
        image_path=str(path),
        score=judgement.score,
        rank=rank,
        raw_output=raw_output(judgement),
        log_odds=judgement.log_odds,
        reason=judgement.reason,
        note=judgement.note,
    )


def raw_output(judgement: "Judgement") -> str:
    """A scored judgement as a line for a person."""
    score = f"Score: {judgement.score:.1f}"
    return f"{score} — {judgement.reason}" if judgement.reason else score


def parity(found: "comparison.Parity") -> Parity:
    """A comparison."""
    return Parity(
        pairs=len(found.pairs),
        left_out=found.left_out,
        largest_difference=found.largest.size,
        of=PairName(text=found.largest.document, image=found.largest.image),
        mean_difference=found.mean,
        reordered=list(found.reordered),
    )
