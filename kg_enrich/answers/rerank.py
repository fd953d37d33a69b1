"""Answers about pictures that a program asked to have ranked: ours, and in the common shape."""

from typing import TYPE_CHECKING, Any

from pydantic import ConfigDict

from kg_enrich.answers.judging import Result, Skipped, raw_output
from kg_enrich.answers.shape import Count, Shape, Text

if TYPE_CHECKING:
    from kg_enrich.scorers.ranking import PictureRanking


class RankedImage(Result):
    """A picture with its score. Where it was asked for by id, image_path is that id."""

    image_id: Text | None
    """The id it was asked for by; null for paths and uploads."""


class SkippedImage(Skipped):
    """A picture without a score: it could not be read, or the scorer abstained."""

    image_id: Text | None


class Reranked(Shape):
    """Pictures ranked for a text, best first."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "format": 1,
                "model": "ocr",
                "results": [
                    {
                        "image_path": "flange.png",
                        "score": 9.4,
                        "rank": 1,
                        "raw_output": "Score: 9.4 — matches: P-204, flange",
                        "log_odds": 2.75,
                        "reason": "matches: P-204, flange",
                        "note": "",
                        "image_id": None,
                    }
                ],
                "skipped": [
                    {
                        "image_path": "empty.png",
                        "reason": "no text in the image",
                        "image_id": None,
                    }
                ],
                "total_time_ms": 484,
            }
        }
    )

    model: Text
    """What scored them."""
    results: list[RankedImage]
    skipped: list[SkippedImage]
    total_time_ms: Count
    """Milliseconds, waiting for a turn included."""


class CommonDocument(Shape):
    """A picture of the common shape, as it was given."""

    text: Text


class CommonResult(Shape):
    """A picture of the common shape."""

    index: Count
    """Its place in the request's documents, from 0."""
    relevance_score: float
    """The score divided by ten, in [0, 1]; the log-odds where use_activation was false."""
    document: Any = None
    """As it was given, where return_documents asked for it."""


class CommonSkipped(Shape):
    """A picture without a score."""

    index: Count
    reason: Text


class CommonReranked(Shape):
    """The common shape: what vLLM, Jina and Cohere answer, and what was skipped."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "id": "6f1c",
                "model": "ocr",
                "results": [{"index": 1, "relevance_score": 0.94, "document": None}],
                "skipped": [{"index": 0, "reason": "no text in the image"}],
            }
        }
    )

    id: str
    model: Text
    results: list[CommonResult]
    skipped: list[CommonSkipped]


def reranked(ranking: "PictureRanking", model: str, milliseconds: int) -> Reranked:
    """A ranking. milliseconds: what it took."""
    return Reranked(
        model=model,
        results=[
            RankedImage(
                image_path=one.named.name,
                image_id=one.named.id,
                score=one.judgement.score or 0.0,
                rank=one.rank,
                raw_output=raw_output(one.judgement),
                log_odds=one.judgement.log_odds or 0.0,
                reason=one.judgement.reason,
                note=one.judgement.note,
            )
            for one in ranking.ranked
        ],
        skipped=[
            SkippedImage(image_path=one.named.name, image_id=one.named.id, reason=one.reason)
            for one in ranking.skipped
        ],
        total_time_ms=milliseconds,
    )


def common(
    ranking: "PictureRanking",
    identifier: str,
    model: str,
    top: int | None = None,
    raw: bool = False,
    documents: list[Any] | None = None,
) -> CommonReranked:
    """A ranking in the common shape. top: results, at most. raw: log-odds. documents: to return."""
    return CommonReranked(
        id=identifier,
        model=model,
        results=[
            CommonResult(
                index=one.place,
                relevance_score=(
                    (one.judgement.log_odds or 0.0) if raw else (one.judgement.score or 0.0) / 10
                ),
                document=None if documents is None else documents[one.place],
            )
            for one in ranking.ranked[:top]
        ],
        skipped=[CommonSkipped(index=one.place, reason=one.reason) for one in ranking.skipped],
    )
