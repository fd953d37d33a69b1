"""Where an audit stands: what it covers, what its answers show, and what is missing."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isnan

import numpy as np

from kg_enrich.evidence.models import LedgerEntry, Policy
from kg_enrich.evidence.policy import published_score
from kg_enrich.evidence.sources import read_policy
from kg_enrich.graph.connection import Graph
from kg_enrich.measure.advise import Advice, advise
from kg_enrich.measure.agreement import Agreement, agreements
from kg_enrich.measure.answering import evaluated, read_asked
from kg_enrich.measure.audits import Audit, read_audit, read_frames
from kg_enrich.measure.calibration import missing_answers
from kg_enrich.measure.frame import in_any
from kg_enrich.measure.judged import stream_judged
from kg_enrich.measure.recalled import read_recalled
from kg_enrich.measure.reliability import Group, reliability
from kg_enrich.measure.sampled import Answers
from kg_enrich.measure.sampling import CELLS, cells_of, hashes
from kg_enrich.measure.thresholds import Threshold, Today, score_at

DEFAULT_PRECISION = 0.9
# Two people's answers to fewer pairs say little about how they agree.
_SHARED = 20


@dataclass(frozen=True, slots=True)
class Coverage:
    """What an audit stands for today.

    judged, published: scored pairs of the source, and those of them that reach its minimum score.
    covered, covered_published: of these, those that could be drawn; the others are new or were
    judged again since.
    """

    judged: int
    covered: int
    published: int
    covered_published: int


@dataclass(frozen=True, slots=True)
class Statement:
    """Something that answers can show. missing: how many more it needs, at least; 0: it is shown
    or can be made."""

    name: str
    text: str
    missing: int


@dataclass(frozen=True, slots=True)
class AuditStatus:
    """Where an audit stands. changed: drawn pairs that stand for nothing any more.

    thresholds: some. lowest: the lowest whose bound reaches the precision that is wanted, None
    where none does. min_score: that the source publishes from. finer: all thresholds that can be
    told apart; for pictures. All their bounds hold together. reliability: answered pairs by like
    scores.
    """

    audit: str
    source: str
    at: str
    drawn: int
    answered: int
    open: int
    changed: int
    coverage: Coverage
    thresholds: tuple[Threshold, ...]
    lowest: Threshold | None
    statements: tuple[Statement, ...]
    agreement: tuple[Agreement, ...]
    min_score: float = 0.0
    finer: tuple[Threshold, ...] = ()
    reliability: tuple[Group, ...] = ()


def status(graph: Graph, source: str, minimum: float = DEFAULT_PRECISION) -> AuditStatus:
    """Where a source's audit stands. minimum: the precision that is wanted, in (0, 1).

    Errors: SettingsError when there is no audit.
    """
    audit = read_audit(graph, source)
    policy = read_policy(graph.read, source)
    asked = read_asked(graph, audit, audit.pairs)
    live = [one for one in asked if one.live]
    answers = evaluated(audit, asked)
    coverage, cells = _cover(graph, audit, policy)
    today = Today(policy, coverage.published, cells, read_recalled(graph, source))
    advice = advise(answers, minimum)
    agreement = agreements(one.answers for one in live)
    lowest = None if advice.lowest is None else today.threshold(advice.lowest)
    finer = tuple(map(today.threshold, advice.finer))
    return AuditStatus(
        audit.id,
        source,
        audit.at,
        len(asked),
        sum(bool(one.answers) for one in live),
        sum(not one.answers for one in live),
        len(asked) - len(live),
        coverage,
        tuple(map(today.threshold, advice.table)),
        lowest,
        (_precision(advice, lowest, finer), _calibration(answers), _agreement(agreement)),
        tuple(agreement),
        policy.min_score,
        finer,
        tuple(reliability(answers.answered, policy)),
    )


def min_score_for(
    graph: Graph, source: str, policy: Policy, minimum: float
) -> tuple[float, Advice]:
    """The lowest score from which the precision is shown to be `minimum`, by a policy's scores.

    The score is NaN where nothing is shown; the advice says what is missing.
    Errors: SettingsError when there is no audit.
    """
    audit = read_audit(graph, source)
    advice = advise(evaluated(audit, read_asked(graph, audit, audit.pairs)), minimum)
    if advice.lowest is None:
        return float("nan"), advice
    return score_at(advice.lowest.cell, policy), advice


def _cover(graph: Graph, audit: Audit, policy: Policy) -> tuple[Coverage, tuple[int, ...]]:
    """What an audit covers of today's pairs, and these by cell."""
    frames = read_frames(graph, audit.id)
    cells = np.zeros(CELLS, np.int64)
    judged = covered = published = both = 0
    for pairs in stream_judged(graph, audit.source):
        found = hashes(audit.seed, [(one.document, one.image, one.fingerprint) for one in pairs])
        inside = in_any(frames, found)
        scores = [
            published_score(LedgerEntry(one.image, one.score, one.log_odds, 0), policy)
            for one in pairs
        ]
        out = np.array([score is not None and score >= policy.min_score for score in scores])
        judged += len(pairs)
        covered += int(inside.sum())
        published += int(out.sum())
        both += int((inside & out).sum())
        odds = np.array([one.log_odds for one in pairs])
        cells += np.bincount(cells_of(odds), minlength=CELLS)
    return Coverage(judged, covered, published, both), tuple(int(many) for many in cells)


def _precision(advice: Advice, lowest: Threshold | None, finer: Sequence[Threshold]) -> Statement:
    name, share = "precision", f"precision ≥ {advice.minimum:g} at 95 %"
    if lowest is not None:
        kept = "" if isnan(lowest.kept) else f"; it keeps {lowest.kept:.0%} of the evidence"
        text = f"the lowest threshold with {share} is a score of {lowest.min_score:.2f}{kept}"
        same = min(one.min_score for one in finer if one.pairs == lowest.pairs)
        if same < lowest.min_score:
            text += f"; no pair lies between it and {same:.2f}"
        return Statement(name, text, 0)
    if not advice.tested:
        return Statement(
            name, f"{share} is not shown at any score: too few answers", advice.missing
        )
    top = advice.tested[0]
    text = f"{share} is not shown: of the {top.answers} best that count, {top.right} are right"
    return Statement(name, text, advice.missing)


def _calibration(answers: Answers) -> Statement:
    right = [one.right for one in answers.answered if one.right is not None]
    missing = missing_answers(right)
    text = f"a calibration can be fitted to {len(right)} answers"
    if missing:
        text = f"a calibration cannot be fitted to {len(right)} answers yet"
    return Statement("calibration", text, missing)


def _agreement(agreement: list[Agreement]) -> Statement:
    best = max(agreement, key=lambda one: one.pairs, default=None)
    if best is None:
        return Statement("agreement", "no pair has two people's answers", _SHARED)
    who = f"{best.people[0] or 'somebody'} and {best.people[1] or 'somebody'}"
    kappa = "" if isnan(best.kappa) else f", kappa {best.kappa:.2f}"
    text = f"{who} agree on {best.agreed} of {best.pairs} pairs{kappa}"
    return Statement("agreement", text, max(0, _SHARED - best.pairs))
