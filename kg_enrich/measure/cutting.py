"""What a cheap scorer in front of an expensive one hides, and how much of it is known to be right.

Nothing is written. What is lost is an upper bound: the scorer behind might not have found it.
"""

from array import array
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import nan

import numpy as np

from kg_enrich.candidates.finders import CandidateOptions
from kg_enrich.documents.required import require_properties
from kg_enrich.errors import GraphError
from kg_enrich.graph.connection import Graph
from kg_enrich.measure.bounds import upper_bound
from kg_enrich.measure.cases import Case, Entries, read_cases, read_entries, read_page_candidates
from kg_enrich.measure.evaluate import PAGE, Asked, Progress, nothing_known
from kg_enrich.measure.groups import IMAGE_WORDS, MOST_GROUPS, words_group, words_groups
from kg_enrich.measure.intervals import Array, Mean, means
from kg_enrich.measure.judging import Missing
from kg_enrich.measure.pictures import Pictures, look_at
from kg_enrich.measure.truth import documents_with, sample
from kg_enrich.models import ImageId

# Cuts that are told beside the one that is set.
CUTS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)


@dataclass(frozen=True, slots=True)
class Cut:
    """What a cut at a score hides. Means over documents, with 95 % bootstrap intervals.

    hidden: the share of a document's candidates. lost: the share of the right images among its
    candidates. lost_pairs: how many those are. losing: documents that lose one. at_most: the share
    of documents that lose one is below this, at 95 % (exact).
    """

    score: float
    hidden: Mean
    lost: Mean
    lost_pairs: int
    losing: int
    at_most: float


@dataclass(frozen=True, slots=True)
class LostGroup:
    """What the set cut loses of some documents, or of some images. by: what groups them."""

    by: str
    value: str
    documents: int
    lost: Mean


@dataclass(frozen=True, slots=True)
class PrefilterLoss:
    """What a prefilter would hide from the scorer behind it.

    score: the cut that is set. known: documents that something is known to be right for;
    documents: those of them that were looked at; counting: those with a right image among their
    candidates, which the losses are means over. pairs: right pairs among candidates; missing:
    right pairs that are no candidates, which no cut loses. candidates: of all documents looked at;
    shown: those without a score, which are never hidden. judged: pairs judged for this alone.
    """

    prefilter: str
    scorer: str
    score: float
    truth: str
    known: int
    documents: int
    counting: int
    pairs: int
    missing: int
    candidates: int
    shown: int
    judged: int
    seed: int
    cuts: tuple[Cut, ...]
    groups: tuple[LostGroup, ...]


@dataclass(slots=True)
class _Tally:
    """scores: the cuts. hidden, lost: a row of shares a document, in the cuts' order."""

    scores: tuple[float, ...]
    hidden: "array[float]" = field(default_factory=lambda: array("d"))
    lost: "array[float]" = field(default_factory=lambda: array("d"))
    lost_pairs: Counter[float] = field(default_factory=Counter)
    labels: list[Mapping[str, str]] = field(default_factory=list)
    words: dict[str, list[float]] = field(default_factory=dict)
    pairs: int = 0
    missing: int = 0
    candidates: int = 0
    shown: int = 0
    judged: int = 0

    def rows(self, values: "array[float]") -> Array:
        return np.frombuffer(values, np.float64).reshape(-1, len(self.scores))


def measure_cuts(
    graph: Graph,
    names: tuple[str, str],
    score: float,
    options: CandidateOptions,
    asked: Asked,
    missing: Missing,
    progress: Progress = lambda _, __: None,
) -> PrefilterLoss:
    """What a cut at this score, and at others, would lose of what is known to be right.

    names: the prefilter's and the scorer's. options: the candidates of the scorer behind. missing:
    judges by the prefilter what its own source has not on record. Of `asked`, all but `random`
    counts.
    Errors: GraphError when nothing is known to be right; SettingsError for a property that no
    document has; those of the prefilter.
    """
    require_properties(graph, "--by", asked.by)
    drawn, known = sample(documents_with(graph, asked.truth), asked.documents, asked.seed)
    if not drawn:
        raise GraphError(nothing_known(graph, asked.truth))
    tally = _Tally(tuple(sorted({*CUTS, score})))
    documents = 0
    for start in range(0, len(drawn), PAGE):
        page = drawn[start : start + PAGE]
        cases = read_cases(graph, asked.truth, asked.by, page)
        documents += len(cases)
        _count(graph, tally, score, cases, options, missing)
        progress(len(drawn), len(page))
    groups = tuple(_groups(tally, score, asked.seed))
    counting = int((~np.isnan(tally.rows(tally.lost)[:, 0])).sum())
    return PrefilterLoss(
        *names,
        score,
        asked.truth.value,
        known,
        documents,
        counting,
        tally.pairs,
        tally.missing,
        tally.candidates,
        tally.shown,
        tally.judged,
        asked.seed,
        tuple(_cuts(tally, counting, asked.seed)),
        groups,
    )


def _count(
    graph: Graph,
    tally: _Tally,
    score: float,
    cases: Sequence[Case],
    options: CandidateOptions,
    missing: Missing,
) -> None:
    """Adds a page of documents."""
    documents = [case.document for case in cases]
    statistics = missing.parts.question.statistics
    candidates = read_page_candidates(graph, cases, options, statistics)
    entries = read_entries(graph, missing.parts.question.source, [one.id for one in documents])
    entries, judged = missing.judge(documents, candidates, entries)
    tally.judged += judged
    pictures = look_at(graph, [(case.truth, ()) for case in cases])
    for case in cases:
        _add(tally, score, case, candidates[case.document.id], entries[case.document.id], pictures)


def _add(
    tally: _Tally,
    score: float,
    case: Case,
    candidates: Sequence[ImageId],
    entries: Entries,
    pictures: Pictures,
) -> None:
    # As TwoStages does it: what has no score is shown.
    scores = {i: e.score for i in candidates if (e := entries.get(i)) and e.score is not None}
    right = case.truth.intersection(candidates)
    tally.pairs += len(right)
    tally.missing += len(case.truth) - len(right)
    tally.candidates += len(candidates)
    tally.shown += len(candidates) - len(scores)
    tally.labels.append(case.labels)
    for cut in tally.scores:
        hidden = {image for image, found in scores.items() if found < cut}
        lost = right & hidden
        tally.lost_pairs[cut] += len(lost)
        tally.hidden.append(_share(hidden, candidates))
        tally.lost.append(_share(lost, right))
        if cut == score:
            by_words: dict[str, set[ImageId]] = {}
            for image in right:
                by_words.setdefault(words_group(pictures.texts.get(image)), set()).add(image)
            for value, some in by_words.items():
                tally.words.setdefault(value, []).append(_share(lost & some, some))


def _share(some: Collection[ImageId], of: Collection[ImageId]) -> float:
    return len(some) / len(of) if of else nan


def _cuts(tally: _Tally, counting: int, seed: int) -> Iterator[Cut]:
    hidden, lost = tally.rows(tally.hidden), tally.rows(tally.lost)
    losing = (np.nan_to_num(lost) > 0).sum(axis=0)
    columns = zip(tally.scores, means(hidden, seed), means(lost, seed), losing, strict=True)
    for score, hides, loses, many in columns:
        bound = upper_bound(int(many), counting) if counting else nan
        yield Cut(score, hides, loses, tally.lost_pairs[score], int(many), bound)


def _groups(tally: _Tally, score: float, seed: int) -> Iterator[LostGroup]:
    lost = tally.rows(tally.lost)[:, tally.scores.index(score)]
    for by in tally.labels[0] if tally.labels else ():
        values: dict[str, list[float]] = {}
        for labels, share in zip(tally.labels, lost, strict=True):
            if share == share:
                values.setdefault(labels[by], []).append(float(share))
        largest = sorted(values, key=lambda value: (-len(values[value]), value))
        for value in largest[:MOST_GROUPS]:
            yield _group(by, value, values[value], seed)
    for value in words_groups():
        if value in tally.words:
            yield _group(IMAGE_WORDS, value, tally.words[value], seed)


def _group(by: str, value: str, shares: Sequence[float], seed: int) -> LostGroup:
    (mean,) = means(np.array(shares).reshape(-1, 1), seed)
    return LostGroup(by, value, len(shares), mean)
