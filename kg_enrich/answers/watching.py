"""Answers of the watch folder, a file a job."""

from typing import TYPE_CHECKING

from kg_enrich.answers.judging import Scores, scores
from kg_enrich.answers.shape import Shape, Text

if TYPE_CHECKING:
    from kg_enrich.scorers import files


class JobResult(Scores):
    """The images of a job's archive, ranked for its text. Paths are those in the archive."""

    job: Text
    """What its files were called, without suffix."""
    input_hash: str
    """SHA-256 of the text's bytes, followed by the archive's."""


class JobError(Shape):
    """A job that cannot be done as it is."""

    job: Text
    input_hash: str | None
    """As of a result; null when the files could not be read."""
    error: Text
    """What is wrong, in one line."""


def job_result(ranking: "files.Ranking", milliseconds: int, job: str, input_hash: str) -> JobResult:
    """A ranking. milliseconds: what the job took."""
    ranked = scores(ranking, milliseconds)
    return JobResult(
        results=ranked.results,
        skipped=ranked.skipped,
        total_time_ms=ranked.total_time_ms,
        job=job,
        input_hash=input_hash,
    )
