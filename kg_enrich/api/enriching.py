"""Judging pairs: runs, backfills, and what they would do."""

import threading
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from kg_enrich import compose
from kg_enrich.api.common import Progress, Say, log
from kg_enrich.candidates.preview import Preview, preview
from kg_enrich.enrich import pipeline
from kg_enrich.enrich.dry_run import plan_run
from kg_enrich.enrich.estimate import Estimate
from kg_enrich.enrich.estimate import estimate as estimate_pending
from kg_enrich.enrich.pipeline import RunOptions
from kg_enrich.evidence import flags
from kg_enrich.evidence.sources import Refreshed, open_source, refresh
from kg_enrich.graph.connection import Graph
from kg_enrich.jobs.lease import Lease, renew
from kg_enrich.jobs.plan import Plan
from kg_enrich.jobs.runs import Job
from kg_enrich.models import DocumentId, RunRecord, Scope
from kg_enrich.scorers.files import Ranking, rank_files
from kg_enrich.settings import Settings, load_settings


def run(
    settings: Settings | None = None,
    *,
    limit: int | None = None,
    wait: bool = False,
    stop: threading.Event | None = None,
    say: Say = log.info,
    progress: Progress = lambda _, __: None,
) -> RunRecord:
    """Does all that is pending, and returns the run's record.

    limit: documents with something to do, at most. wait: for the lease, when another run holds
    it. stop: set it to end the run after the batch in hand; the record then says interrupted.
    Errors: LeaseHeldError, GraphError, SettingsError, ScorerError.
    """
    return _enrich("run", Scope(limit=limit), settings, wait, stop, say, progress)


def backfill(
    scope: Scope,
    settings: Settings | None = None,
    *,
    wait: bool = False,
    stop: threading.Event | None = None,
    say: Say = log.info,
    progress: Progress = lambda _, __: None,
) -> RunRecord:
    """Like `run`, for the documents of a scope; asked again, it goes on where it stopped.

    Errors: as of `run`.
    """
    return _enrich("backfill", scope, settings, wait, stop, say, progress)


def estimate(
    scope: Scope | None = None, settings: Settings | None = None, *, say: Say = log.info
) -> Estimate:
    """How much a run over this scope would do, and how long it would take."""
    settings = settings or load_settings()
    with compose.open_enrichment(settings, scope or Scope(), say, dry=True) as ready:
        pipeline.require_documents(ready.graph)
        return estimate_pending(ready.graph, ready.question, ready.scorer, ready.roots)


def plan(
    scope: Scope | None = None, settings: Settings | None = None, *, say: Say = log.info
) -> Plan:
    """What a run or a backfill over this scope would change of the edges. Writes nothing."""
    settings = settings or load_settings()
    with compose.open_enrichment(settings, scope or Scope(), say, dry=True) as ready:
        pipeline.require_documents(ready.graph)
        job = Job("backfill", ready.source.name, ready.question.scope)
        return plan_run(ready.graph, job, ready.question, ready.roots)


def score(text: str, images: Sequence[Path], settings: Settings | None = None) -> Ranking:
    """Ranks image files for a text without any graph; the caller answers for the paths."""
    settings = settings or load_settings()
    with compose.open_scorer(settings, None) as scorer:
        return rank_files(scorer, text, images)


def candidates(document: str, settings: Settings | None = None, *, say: Say = log.info) -> Preview:
    """What a document would be compared with. Errors: GraphError, SettingsError."""
    settings = settings or load_settings()
    with compose.open_graph(settings, say) as graph:
        source = open_source(graph, compose.source_name(settings), {}, say)
        return preview(
            graph,
            DocumentId(document),
            compose.candidates(settings, graph, say),
            source.statistics,
            compose.roots(settings),
            settings.candidate_limit,
        )


def _enrich(
    kind: str,
    scope: Scope,
    settings: Settings | None,
    wait: bool,
    stop: threading.Event | None,
    say: Say,
    progress: Progress,
) -> RunRecord:
    settings = settings or load_settings()
    job = Job(kind, compose.source_name(settings), scope)
    with compose.open_enrichment(settings, scope, say) as ready:
        documents = pipeline.require_documents(ready.graph)
        options = RunOptions(
            settings.lease_seconds,
            settings.batch_pairs,
            wait,
            {"scope": asdict(scope), "policy": asdict(ready.source.policy)},
            stop or threading.Event(),
            lambda counters: progress(documents, counters),
            lambda lease: _flag(ready.graph, settings.flag_min_confidence, lease, say),
        )
        return pipeline.run(ready.graph, job, ready.question, ready.scorer, ready.roots, options)


def _flag(graph: Graph, min_confidence: float, lease: Lease, say: Say) -> None:
    changes = flags.update(
        graph,
        min_confidence,
        lease.run,
        lambda transaction: renew(transaction, lease),
        lease.transaction_seconds,
    )
    say(
        f"Unreferenced images: {changes.raised} flags raised, {changes.resolved} resolved, "
        f"{changes.open} open."
    )


def refresh_corpus(settings: Settings | None = None, *, say: Say = log.info) -> Refreshed:
    """Takes the source's word statistics anew. Errors: SettingsError when there is no source."""
    settings = settings or load_settings()
    with compose.open_graph(settings, say) as graph:
        return refresh(graph, compose.source_name(settings))
