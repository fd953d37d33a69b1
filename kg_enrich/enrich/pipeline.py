"""Extractor to scorer to writer: the only loop that scores.

Everything that waits overlaps: pages are read ahead, images are read ahead, batches are written
behind. Bounded queues keep memory constant; an error anywhere ends the run with that error.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from kg_enrich.documents.required import require_documents
from kg_enrich.enrich.enrichment import Enrichment
from kg_enrich.enrich.extractor import Page, pages
from kg_enrich.enrich.ordering import together
from kg_enrich.enrich.read_ahead import ahead
from kg_enrich.enrich.write_behind import behind
from kg_enrich.enrich.writer import Batch, collect, write_batch
from kg_enrich.evidence.edges import Authority
from kg_enrich.evidence.state import read_held
from kg_enrich.graph.connection import Graph
from kg_enrich.graph.queries import query
from kg_enrich.identity import forms
from kg_enrich.jobs import runs
from kg_enrich.jobs.control import Control
from kg_enrich.jobs.fenced import FencedWriter
from kg_enrich.jobs.lease import Lease
from kg_enrich.jobs.runs import Job
from kg_enrich.models import DocumentId, Pair, RunRecord, Unit
from kg_enrich.scorers.base import Scorer

READ_HELD_DOCUMENTS = query("read_held_documents")

# Batches that are read, with their images, before the scorer asks for them.
_AHEAD = 2


@dataclass(frozen=True, slots=True)
class RunOptions:
    """How a run works; none of it changes a score.

    batch_pairs: pairs given to the scorer at once, about; a document is never split.
    settings: what the run's record shows a person; no secrets.
    at_end: called with the lease, when all is written and the lease is still held; not after a
        stop.
    """

    batch_pairs: int = 128
    settings: Mapping[str, Any] = field(default_factory=dict)
    at_end: Callable[[Lease], None] = lambda _: None


@dataclass(frozen=True, slots=True)
class _Reading:
    """Units to score together, and what reading them came to."""

    units: tuple[Unit, ...]
    read: Batch


def run(
    parts: Enrichment, job: Job, control: Control | None = None, options: RunOptions | None = None
) -> RunRecord:
    """Does what is pending for a job, and returns the run's record.

    Errors: LeaseHeldError, Interrupted (stopped while it waited for the lease), GraphError (no
    Document at all), and whatever ended the run, which its record says too. A run that was asked
    to stop is no error: its status says so.
    """
    control, options = control or Control(), options or RunOptions()
    graph, scorer, question = parts.graph, parts.scorer, parts.question
    documents = require_documents(graph)
    lease = runs.start(graph, job, options.settings, control, scorer.model, scorer.fingerprint)
    if question.scope.rescore:
        question = replace(question, judged_before=lease.job_started)
    writer = FencedWriter(graph, lease, control, documents)
    write = partial(write_batch, writer, Authority(question.source, scorer.model, lease.run))

    def work() -> None:
        read = pages(graph, question, parts.catalogue())
        readings = _readings(read, question.scope.limit, options.batch_pairs, scorer)
        _score(readings, scorer, write, control)
        _withdraw_held(graph, question.source, write)
        if not control.stopped:
            options.at_end(lease)

    return runs.carry_out(graph, lease, control, work)


def _score(
    readings: Iterable[_Reading],
    scorer: Scorer,
    write: Callable[[Batch], object],
    control: Control,
) -> None:
    """Scores every reading and writes behind, until all is done or a stop is asked for."""
    made_ahead = ahead(readings, _AHEAD)
    with closing(made_ahead), behind(write) as hand_over:
        for reading in made_ahead:
            if control.stopped:
                break
            pairs = [Pair(unit.document, image) for unit in reading.units for image in unit.images]
            judged = collect(
                reading.units, scorer.score(pairs) if pairs else (), scorer.fingerprint
            )
            hand_over(judged + reading.read)


def _readings(
    read: Iterable[Page], limit: int | None, batch_pairs: int, scorer: Scorer
) -> Iterator[_Reading]:
    """Pages cut into batches of about `batch_pairs` pairs, whose images are read ahead."""
    left = limit
    for page in read:
        work = page.work if left is None else page.work[:left]
        # What reading a page came to is written with its first batch, once.
        rest = Batch({}, page.counters, page.notices, page.unreadable, contents=page.contents)
        units: list[Unit] = []
        pairs = 0
        for one in together(work):
            units.append(one.unit)
            if one.renamed:
                rest += Batch({one.unit.document.id: one.renamed})
            pairs += len(one.unit.images)
            if pairs >= batch_pairs:
                yield _reading(units, rest, scorer)
                units, pairs, rest = [], 0, Batch({})
        if units or rest != Batch({}):
            yield _reading(units, rest, scorer)
        if left is not None:
            left -= len(work)
            if left <= 0:
                return


def _reading(units: list[Unit], read: Batch, scorer: Scorer) -> _Reading:
    scorer.prefetch([image for unit in units for image in unit.images])
    return _Reading(tuple(units), read)


def _withdraw_held(graph: Graph, source: str, write: Callable[[Batch], object]) -> None:
    """Withdraws what was published of an image before it turned out to be a hub."""
    held = read_held(graph.read, source)
    rows = graph.read(
        READ_HELD_DOCUMENTS,
        images=[value for image in sorted(held) for value in forms(image)],
        source=source,
    )
    for row in rows:
        write(Batch({DocumentId(str(row["document"])): ()}))
