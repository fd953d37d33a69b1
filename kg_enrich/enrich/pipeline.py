"""Extractor to scorer to writer: the only loop that scores.

Everything that waits overlaps: pages are read ahead, images are read ahead, batches are written
behind. Bounded queues keep memory constant; an error anywhere ends the run with that error.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from kg_enrich.enrich.budget import Budget
from kg_enrich.enrich.changed_scorer import name_changed_scorer
from kg_enrich.enrich.enrichment import Enrichment
from kg_enrich.enrich.extractor import Page, pages
from kg_enrich.enrich.once import judge_once, without_copies
from kg_enrich.enrich.read_ahead import ahead
from kg_enrich.enrich.readings import Reading, batches, read_of, reading
from kg_enrich.enrich.write_behind import behind
from kg_enrich.enrich.writer import Batch, collect, write_batch
from kg_enrich.evidence.edges import Authority
from kg_enrich.jobs import runs
from kg_enrich.jobs.brake import open_brake
from kg_enrich.jobs.control import Control
from kg_enrich.jobs.fenced import FencedWriter
from kg_enrich.jobs.lease import Lease
from kg_enrich.jobs.observed import Observed
from kg_enrich.jobs.recount import withdraw_hubs
from kg_enrich.jobs.runs import Job
from kg_enrich.models import (
    DocumentId,
    ImageId,
    Judgement,
    Notice,
    Outcome,
    Pair,
    RunNotice,
    RunRecord,
    Stage,
    Unit,
)
from kg_enrich.scorers.base import Accounts, RemembersImages, Scorer

# Batches that are read, with their images, before the scorer asks for them.
_AHEAD = 2


# Scores what is pending, on whatever machines, and hands over what came of it to be written; ends
# when all is done or a stop is asked for.
Engine = Callable[[Enrichment, int, Callable[[Batch], object], Control, str, Observed], None]


@dataclass(frozen=True, slots=True)
class RunOptions:
    """How a run works; none of it changes a score.

    batch_pairs: pairs given to the scorer at once, about; a document is never split.
    settings: what the run's record shows a person; no secrets.
    at_end: called with the lease, when all is written and the lease is still held; not after a
        stop.
    brake_share: of the source's edges, in [0, 1]; a run that would withdraw more stops before it.
    allow_withdrawals: a person allows it. engine: what scores; None for this process alone.
    """

    batch_pairs: int = 128
    settings: Mapping[str, Any] = field(default_factory=dict)
    at_end: Callable[[Lease], None] = lambda _: None
    brake_share: float = 1.0
    allow_withdrawals: bool = False
    engine: Engine | None = None


def run(
    parts: Enrichment, job: Job, control: Control | None = None, options: RunOptions | None = None
) -> RunRecord:
    """Does what is pending for a job, and returns the run's record.

    Errors: LeaseHeldError, Interrupted (stopped while it waited for the lease), BrakeError (it, or
    an earlier run, was about to withdraw too much), and whatever ended the run, which its record
    says too. A run that was asked to stop is no error: its status
    says so.
    """
    control, options = control or Control(), options or RunOptions()
    graph, scorer, question = parts.graph, parts.scorer, parts.question
    parts_of = 1 if job.shard is None else job.shard.of
    brake = open_brake(
        graph, question.source, options.brake_share, options.allow_withdrawals, parts_of
    )
    name_changed_scorer(graph, question, control.say)
    lease = runs.start(graph, job, options.settings, control, scorer.model, scorer.fingerprint)
    if question.scope.rescore:
        question = replace(question, judged_before=lease.job_started)
    observed = Observed()
    expected = -(-parts.documents // parts_of)
    writer = FencedWriter(graph, lease, control, expected, brake, observed)
    authority = Authority(question.source, scorer.model, lease.run)
    published: set[ImageId] = set()
    write = partial(
        write_batch, writer, authority, published=published, conditions=scorer.conditions
    )

    def settle(documents: Sequence[DocumentId]) -> None:
        write(Batch(dict.fromkeys(documents, ())))

    def work() -> None:
        engine = options.engine or local
        asked = replace(parts, question=question)
        engine(asked, options.batch_pairs, write, control, lease.run, observed)
        withdraw_hubs(graph, writer, authority, published, settle)
        if not control.stopped:
            options.at_end(lease)

    return runs.carry_out(graph, lease, control, work, observed)


def local(
    parts: Enrichment,
    batch_pairs: int,
    write: Callable[[Batch], object],
    control: Control,
    run: str,
    observed: Observed,
) -> None:
    """The engine of one process: reads ahead, scores here, writes behind."""
    found = pages(parts.graph, parts.question, parts.catalogue())
    read = observed.each(Stage.EXTRACT, found)
    budget = Budget(parts.question.scope.limit)
    readings = _readings(read, budget, batch_pairs, parts.scorer)
    _account(parts.scorer)  # what an earlier run left
    _score(readings, budget, parts.scorer, write, control, observed)
    if said := _account(parts.scorer):
        write(Batch({}, notices=(RunNotice(Notice.SCORER_NOTE, parts.scorer.model, said),)))


def _score(
    readings: Iterable[Reading],
    budget: Budget,
    scorer: Scorer,
    write: Callable[[Batch], object],
    control: Control,
    observed: Observed,
) -> None:
    """Scores every reading and writes behind, until all is done or a stop is asked for."""
    made_ahead = ahead(readings, _AHEAD)
    # The budget is closed first: the thread that reads ahead may be waiting for it.
    with closing(made_ahead), closing(budget), behind(write) as hand_over:
        for reading in made_ahead:
            if control.stopped:
                break
            pairs = [Pair(unit.document, image) for unit in reading.units for image in unit.images]
            with observed.timed(Stage.READ):
                read = _is_read(scorer, pairs, control)
            if not read:
                break
            with observed.timed(Stage.SCORE):
                judgements = judge_once(scorer, pairs)
            observed.count(one.score for one in judgements if one.score is not None)
            hand_over(collect(reading.units, judgements, scorer.fingerprint) + reading.read)
            budget.give_back(len(reading.units), _in_vain(reading.units, judgements))


def _account(scorer: Scorer) -> str:
    return scorer.account() if isinstance(scorer, Accounts) else ""


def _in_vain(units: Iterable[Unit], judgements: Iterable[Judgement]) -> int:
    """Documents of which nothing could be judged, and which the next run tries again."""
    judged = {one.document for one in judgements if one.outcome is not Outcome.FAILED}
    return sum(bool(unit.images) and unit.document.id not in judged for unit in units)


def _is_read(scorer: Scorer, pairs: Iterable[Pair], control: Control) -> bool:
    """Waits until a batch's images are read, and is heard between two of them.

    False after a stop: what was read is remembered, and nothing else is lost.
    """
    if not isinstance(scorer, RemembersImages):
        return True
    for image in dict.fromkeys(pair.image for pair in pairs):
        if control.stopped:
            return False
        scorer.read(image, lambda: control.stopped)
    return not control.stopped


def _readings(
    read: Iterable[Page], budget: Budget, batch_pairs: int, scorer: Scorer
) -> Iterator[Reading]:
    """Pages cut into batches of about `batch_pairs` pairs, whose images are read ahead."""
    for page in read:
        rest = read_of(page)
        left = list(page.work)
        while left and not budget.exhausted():
            taken = budget.take(len(left))
            for work in batches(left[:taken], batch_pairs):
                yield _prefetched(reading(work, rest), scorer)
                rest = Batch({})
            left = left[taken:]
        if rest != Batch({}):
            yield reading([], rest)
        if budget.exhausted():
            return


def _prefetched(one: Reading, scorer: Scorer) -> Reading:
    scorer.prefetch([image for unit in one.units for image in without_copies(unit.images)])
    return one
