"""Answers about finding: evaluations, and how one source differs from another."""

from collections.abc import Mapping
from math import isnan
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import BeforeValidator, Field

from kg_enrich.answers.shape import Count, Score, Shape, Text
from kg_enrich.measure.finding import CUTOFFS

if TYPE_CHECKING:
    from kg_enrich.measure import cutting, results
    from kg_enrich.measure import drift as drifts
    from kg_enrich.measure.intervals import Mean


def _known(value: float) -> float | None:
    """A mean over nothing is NaN inside, which JSON cannot write."""
    return None if isnan(value) else value


def _known_ends(ends: tuple[float, float]) -> tuple[float, float] | None:
    return None if isnan(ends[0]) else ends


_Number = Annotated[float | None, BeforeValidator(_known)]
_Share = Annotated[_Number, Field(json_schema_extra={"minimum": 0, "maximum": 1})]
_Interval = Annotated[tuple[float, float] | None, BeforeValidator(_known_ends)]
_Cutoffs = dict[str, _Share]


class FindingIntervals(Shape):
    """95 % bootstrap intervals over documents, low and high; null where nothing is known."""

    recall: dict[str, _Interval]
    top1: _Interval
    mrr: _Interval
    ndcg10: _Interval
    lead: _Interval
    candidate_recall: dict[str, _Interval]


class Finding(Shape):
    """Means over documents. They measure finding, never precision: what nobody referenced or
    accepted may be right all the same."""

    documents: Count
    recall: _Cutoffs
    """The share of a document's right images among its first 5, 20 and 50 by score."""
    top1: _Share
    """How often the first image is a right one."""
    mrr: _Share
    """One divided by the place of the first right image; 0 where none has a place."""
    ndcg10: _Share
    lead: _Number
    """Log-odds of the first image minus those of the second, whichever is right."""
    candidate_recall: _Cutoffs
    """The share of a document's right images among its first candidates, before any scorer; null
    where it is asked about random images."""
    intervals: FindingIntervals


class FindingGroup(Finding):
    """The same of some documents, or of what is right of some images."""

    by: Text
    """A document property, 'language' (of the document), or 'image words' (read in the image)."""
    value: Text


class SourceFinding(Finding):
    """How well one source finds."""

    name: Text
    near_duplicates: Finding
    """The same where a near-duplicate of a right image is as good as that image."""
    groups: list[FindingGroup]
    groups_left_out: Count
    """Smaller groups that are not listed."""
    not_judged: Count
    """Documents left out: they have candidates, and the source never judged them."""
    unjudged: Count
    """Candidates without a judgement, of the documents that count."""
    judged: Count
    """Pairs that were judged for this evaluation alone."""
    without_look: Count
    """Right images of which no near-duplicate can be told: run `kg-enrich read-images`."""


class Evaluation(Shape):
    """How well sources find what is known to be right."""

    truth: Literal["references", "reviews"]
    known: Count
    """Documents that something is known to be right for."""
    documents: Count
    """Those of them that were looked at."""
    pairs: Count
    """Their right pairs."""
    random: Count | None
    """Random images beside each right one; null where candidates were ranked."""
    seed: int
    sources: list[SourceFinding]


class PrefilterCut(Shape):
    """What a cut at this score hides. Means over documents, with 95 % bootstrap intervals."""

    score: Score
    hidden: _Share
    """The share of a document's candidates that score lower and are not shown."""
    hidden_interval: _Interval
    lost: _Share
    """The share of the right images among a document's candidates that are hidden."""
    lost_interval: _Interval
    lost_pairs: Count
    losing: Count
    """Documents that lose a right image."""
    at_most: _Share
    """The share of documents that lose one is below this, at 95 % (exact)."""


class PrefilterGroup(Shape):
    """What the cut that is set loses of some documents, or of the right images of some kind."""

    by: Text
    """A document property, 'language' (of the document), or 'image words' (read in the image)."""
    value: Text
    documents: Count
    lost: _Share
    interval: _Interval


class PrefilterLoss(Shape):
    """What a prefilter hides from the scorer behind it. An upper bound of what is lost: that scorer
    might not have found it."""

    prefilter: Text
    scorer: Text
    score: Score
    """The cut that is set."""
    truth: Literal["references", "reviews"]
    known: Count
    """Documents that something is known to be right for."""
    documents: Count
    """Those of them that were looked at."""
    counting: Count
    """Those with a right image among their candidates."""
    pairs: Count
    """Right pairs among candidates."""
    missing: Count
    """Right pairs that are no candidates: no cut loses them."""
    candidates: Count
    shown: Count
    """Candidates without a score, which are never hidden."""
    judged: Count
    """Pairs that were judged for this alone."""
    seed: int
    cuts: list[PrefilterCut]
    groups: list[PrefilterGroup]


class Change(Shape):
    """A mean difference, second source minus first, with its 95 % bootstrap interval."""

    mean: _Number
    interval: _Interval


class Mover(Shape):
    """A pair whose score changed much."""

    document: Text
    title: Text | None
    image: Text
    path: Text | None
    first: Score
    second: Score


class Drift(Shape):
    """What changes from the first source to the second, on pairs that both judged."""

    first: Text
    second: Text
    truth: Literal["references", "reviews"]
    seed: int
    known: Count
    """Documents that the first source judged."""
    documents: Count
    """Documents compared."""
    pairs: Count
    """Pairs that both scored."""
    abstained: Count
    """Pairs that one of them, or both, could not tell."""
    shift: Change
    """Of the score, in [-10, 10], mean over documents."""
    distance: Change
    """The same without the sign."""
    spearman: _Number
    """Rank correlation over all pairs."""
    spearman_within: Change
    """Rank correlation within a document, mean over documents."""
    thresholds: tuple[Score, Score]
    """The minimum scores of the two sources' policies."""
    raised: Count
    """Pairs at or above the second's threshold only."""
    lowered: Count
    """Pairs at or above the first's threshold only."""
    measured: Count
    """Documents compared that something is known to be right for."""
    differences: dict[str, Change]
    """Of their measures of finding, paired by document."""
    movers: list[Mover]
    """The pairs whose scores changed most, the largest first."""


def evaluation(found: "results.Evaluation") -> Evaluation:
    """An evaluation."""
    same = {name: getattr(found, name) for name in Evaluation.model_fields}
    return Evaluation.model_validate(same | {"sources": [_source(one) for one in found.sources]})


def prefilter(found: "cutting.PrefilterLoss") -> PrefilterLoss:
    """What a prefilter hides."""
    same = {name: getattr(found, name) for name in PrefilterLoss.model_fields}
    cuts = [
        {name: getattr(one, name) for name in ("score", "lost_pairs", "losing", "at_most")}
        | {"hidden": one.hidden.value, "hidden_interval": _ends(one.hidden)}
        | {"lost": one.lost.value, "lost_interval": _ends(one.lost)}
        for one in found.cuts
    ]
    groups = [
        {name: getattr(one, name) for name in ("by", "value", "documents")}
        | {"lost": one.lost.value, "interval": _ends(one.lost)}
        for one in found.groups
    ]
    return PrefilterLoss.model_validate(same | {"cuts": cuts, "groups": groups})


def drift(found: "drifts.Drift") -> Drift:
    """A comparison."""
    same = {name: getattr(found, name) for name in Drift.model_fields if hasattr(found, name)}
    changes = {
        "shift": _change(found.shift),
        "distance": _change(found.distance),
        "spearman_within": _change(found.within),
        "differences": {name: _change(mean) for name, mean in found.differences.items()},
    }
    return Drift.model_validate(same | changes)


def _source(source: "results.SourceEvaluation") -> SourceFinding:
    return SourceFinding.model_validate(
        {
            **_finding(source.measured),
            "name": source.name,
            "near_duplicates": _finding(source.near_duplicates),
            "groups": [
                {**_finding(group.measured), "by": group.by, "value": group.value}
                for group in source.groups
            ],
            "groups_left_out": source.groups_left_out,
            "not_judged": source.not_judged,
            "unjudged": source.unjudged,
            "judged": source.judged,
            "without_look": source.without_look,
        }
    )


def _finding(measured: "results.Measured") -> dict[str, object]:
    means = measured.means
    return {
        "documents": measured.documents,
        **_values({name: mean.value for name, mean in means.items()}),
        "intervals": _values({name: (mean.low, mean.high) for name, mean in means.items()}),
    }


def _values(values: Mapping[str, object]) -> dict[str, object]:
    """By the names of the fields, with the cutoffs as keys of their own."""
    found = {name: values[name] for name in ("top1", "mrr", "ndcg10", "lead")}
    for name in ("recall", "candidate_recall"):
        found[name] = {str(cutoff): values[f"{name}@{cutoff}"] for cutoff in CUTOFFS}
    return found


def _change(mean: "Mean") -> dict[str, object]:
    return {"mean": mean.value, "interval": _ends(mean)}


def _ends(mean: "Mean") -> tuple[float, float]:
    return mean.low, mean.high
