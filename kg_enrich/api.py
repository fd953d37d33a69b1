"""What the commands do, a function call each, for orchestrators and other programs.

Every function takes the settings from the environment and `.env` unless it is given some, and
raises a `KgEnrichError` whose message is one line for a person. Worker processes are started
anew, so that a script must call these below `if __name__ == "__main__":`.
"""

import getpass
import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from kg_enrich import compose, flags, pipeline, pruning, publishing, reviews
from kg_enrich import rollback as rollbacks
from kg_enrich.doctor import Check, examine
from kg_enrich.errors import SettingsError
from kg_enrich.estimating import Estimate
from kg_enrich.estimating import estimate as estimate_pending
from kg_enrich.flags import Flag, FlagChanges
from kg_enrich.graph import Graph
from kg_enrich.history import History, RunDetail, read_detail, read_history
from kg_enrich.lease import Lease, renew
from kg_enrich.loading.folder import load_folder
from kg_enrich.loading.records import Loaded
from kg_enrich.models import Counters, Decision, DocumentId, ImageId, RunRecord, Scope
from kg_enrich.ocr import OcrReader
from kg_enrich.pipeline import RunOptions
from kg_enrich.plan import Plan, plan_run
from kg_enrich.preview import Preview, preview
from kg_enrich.reading import ReadImages, count_images
from kg_enrich.reading import read_images as read_all_images
from kg_enrich.reviews import Reviewed
from kg_enrich.runs import Job
from kg_enrich.scoring import Ranking, rank_files
from kg_enrich.settings import Settings, load_settings
from kg_enrich.showing import (
    ImageWithoutEvidence,
    ShownPair,
    read_evidence,
    read_images_without_evidence,
    read_pairs_of,
)
from kg_enrich.sources import PolicySettings, open_source
from kg_enrich.steps import StepOptions, count_documents

Say = Callable[[str], None]
# Called once with the number of documents in question, then with the counts of every batch.
Progress = Callable[[int, Counters], None]

log = logging.getLogger("kg_enrich")


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


def plan(
    scope: Scope | None = None, settings: Settings | None = None, *, say: Say = log.info
) -> Plan:
    """What a run or a backfill over this scope would change of the edges. Writes nothing."""
    settings = settings or load_settings()
    with compose.open_enrichment(settings, scope or Scope(), say, dry=True) as ready:
        pipeline.require_documents(ready.graph)
        job = Job("backfill", ready.source.name, ready.question.scope)
        return plan_run(ready.graph, job, ready.question, ready.roots)


def publish(
    policy: PolicySettings | None = None,
    settings: Settings | None = None,
    *,
    wait: bool = False,
    stop: threading.Event | None = None,
    say: Say = log.info,
    progress: Progress = lambda _, __: None,
) -> RunRecord:
    """Stores a source's policy and applies it everywhere from the ledgers, scoring nothing.

    policy: the parts to change, by the names of `Policy`; they win over those in the settings.
    Errors: LeaseHeldError, GraphError, SettingsError (no such source).
    """
    settings = settings or load_settings()
    given = compose.policy_settings(settings) | dict(policy or {})
    with compose.open_graph(settings, say) as graph:
        documents = count_documents(graph)
        options = _step_options(settings, documents, wait, stop, progress)
        return publishing.publish(graph, compose.source_name(settings), given, options)


def plan_publish(
    policy: PolicySettings | None = None,
    settings: Settings | None = None,
    *,
    say: Say = log.info,
) -> Plan:
    """What `publish` would change. Writes nothing."""
    settings = settings or load_settings()
    given = compose.policy_settings(settings) | dict(policy or {})
    with compose.open_graph(settings, say) as graph:
        return publishing.plan_publish(graph, compose.source_name(settings), given)


def prune(
    source: str | None = None,
    settings: Settings | None = None,
    *,
    accepted: bool = False,
    wait: bool = False,
    stop: threading.Event | None = None,
    say: Say = log.info,
    progress: Progress = lambda _, __: None,
) -> RunRecord:
    """Removes a retired source; without one, what is about documents and images that are gone.

    accepted: also the evidence that a person accepted. Errors: LeaseHeldError, GraphError.
    """
    settings = settings or load_settings()
    with compose.open_graph(settings, say) as graph:
        documents = count_documents(graph)
        options = _step_options(settings, documents, wait, stop, progress)
        if source is None:
            return pruning.prune_orphans(graph, options)
        return pruning.prune_source(graph, source, accepted, options)


def plan_prune(
    source: str | None = None,
    settings: Settings | None = None,
    *,
    accepted: bool = False,
    say: Say = log.info,
) -> Plan:
    """What `prune` would remove. Writes nothing."""
    with compose.open_graph(settings or load_settings(), say) as graph:
        if source is None:
            return pruning.plan_prune_orphans(graph)
        return pruning.plan_prune_source(graph, source, accepted)


def rollback(
    run: str,
    settings: Settings | None = None,
    *,
    force: bool = False,
    wait: bool = False,
    stop: threading.Event | None = None,
    say: Say = log.info,
    progress: Progress = lambda _, __: None,
) -> RunRecord:
    """Undoes a run: edges and ledgers become what they were before it.

    force: also what a later run or a person changed since, which is an error otherwise.
    progress: called with the number of edges to put back, then with the counts of every step.
    Errors: GraphError, LeaseHeldError.
    """
    settings = settings or load_settings()
    with compose.open_graph(settings, say) as graph:
        edges = rollbacks.count_edges(graph, run)
        options = _step_options(settings, edges, wait, stop, progress)
        return rollbacks.rollback(graph, run, force, options)


def plan_rollback(run: str, settings: Settings | None = None, *, say: Say = log.info) -> Plan:
    """What `rollback` would change. Writes nothing."""
    with compose.open_graph(settings or load_settings(), say) as graph:
        return rollbacks.plan_rollback(graph, run)


def _step_options(
    settings: Settings,
    total: int,
    wait: bool,
    stop: threading.Event | None,
    progress: Progress,
) -> StepOptions:
    return StepOptions(
        settings.lease_seconds,
        wait,
        stop or threading.Event(),
        lambda counters: progress(total, counters),
    )


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


def score(text: str, images: Sequence[Path], settings: Settings | None = None) -> Ranking:
    """Ranks image files for a text without any graph; the caller answers for the paths."""
    settings = settings or load_settings()
    with compose.open_scorer(settings, None) as scorer:
        return rank_files(scorer, text, images)


def show(
    settings: Settings | None = None,
    *,
    identifier: str | None = None,
    limit: int = 200,
    say: Say = log.info,
) -> list[ShownPair]:
    """Published evidence; with an identifier all that this document or image has to do with."""
    with compose.open_graph(settings or load_settings(), say) as graph:
        if identifier is None:
            return read_evidence(graph, limit)
        return read_pairs_of(graph, identifier)


def candidates(document: str, settings: Settings | None = None, *, say: Say = log.info) -> Preview:
    """What a document would be compared with. Errors: GraphError, SettingsError."""
    settings = settings or load_settings()
    with compose.open_graph(settings, say) as graph:
        source = open_source(graph, compose.source_name(settings), {}, say, store=False)
        return preview(
            graph,
            DocumentId(document),
            compose.candidates(settings, graph, say),
            source.statistics,
            compose.roots(settings),
            settings.candidate_limit,
        )


def images_without_evidence(
    settings: Settings | None = None, *, limit: int = 200, say: Say = log.info
) -> list[ImageWithoutEvidence]:
    """Images that are evidence for nothing, with the best that is known of each."""
    with compose.open_graph(settings or load_settings(), say) as graph:
        return read_images_without_evidence(graph, limit)


@contextmanager
def neo4j(settings: Settings | None = None, *, say: Say = log.info) -> Iterator[None]:
    """Keeps an embedded Neo4j running over several calls, which each would start one."""
    with compose.open_graph(settings or load_settings(), say):
        yield


def load(
    path: Path,
    settings: Settings | None = None,
    *,
    prune: bool = False,
    moved: bool = False,
    say: Say = log.info,
    progress: Callable[[int, int], None] = lambda _, __: None,
) -> Loaded:
    """Loads a folder of JSONL files, or of Markdown with images.

    prune: remove what was loaded from this folder of Markdown and is gone from it. moved: it was
    loaded before, from another place. progress: called with all, and those just done.
    """
    settings = settings or load_settings()
    roots = compose.roots(settings)
    with compose.open_graph(settings, say) as graph:
        return load_folder(graph, path, roots, prune=prune, moved=moved, say=say, progress=progress)


def read_images(
    settings: Settings | None = None,
    *,
    say: Say = log.info,
    progress: Callable[[int, int], None] = lambda _, __: None,
) -> ReadImages:
    """Keeps the text in images on their nodes. progress: called with all, and those just done."""
    settings = settings or load_settings()
    roots = compose.roots(settings)
    with compose.open_graph(settings, say) as graph:
        images = count_images(graph)
        reader = OcrReader(
            compose.ocr_cache(settings), settings.workers, compose.decode_limits(settings)
        )
        try:
            return read_all_images(graph, reader, roots, lambda done: progress(images, done))
        finally:
            reader.close()


def review(
    document: str,
    image: str,
    decision: Decision | None,
    settings: Settings | None = None,
    *,
    reasons: Sequence[str] = (),
    note: str = "",
    by: str | None = None,
    say: Say = log.info,
) -> Reviewed:
    """Records a person's word on a pair, or takes it back (None); its evidence follows at once.

    by: who says so; the user of this machine's account when None.
    Errors: GraphError when document or image is not there exactly once.
    """
    with compose.open_graph(settings or load_settings(), say) as graph:
        return reviews.review(
            graph,
            DocumentId(document),
            ImageId(image),
            decision,
            reasons,
            note,
            _person() if by is None else by,
        )


@dataclass(frozen=True, slots=True)
class Unreferenced:
    """What flagging came to, and the most confident open flags."""

    changes: FlagChanges
    flags: list[Flag]


def unreferenced(
    settings: Settings | None = None, *, limit: int = 100, say: Say = log.info
) -> Unreferenced:
    """Brings the flags of unreferenced images up to date, as a run does, and gives open ones."""
    settings = settings or load_settings()
    with compose.open_graph(settings, say) as graph:
        changes = flags.update(graph, settings.flag_min_confidence, "unreferenced")
        return Unreferenced(changes, flags.read_open(graph, limit))


def dismiss(
    flag: str,
    reason: str,
    settings: Settings | None = None,
    *,
    by: str | None = None,
    say: Say = log.info,
) -> str | int | None:
    """Dismisses a flag for good and returns its image's id (None: the image is gone).

    flag: its id or the beginning of it. by: who says so; this machine's user when None.
    Errors: GraphError when the id means no flag, or several.
    """
    with compose.open_graph(settings or load_settings(), say) as graph:
        return flags.dismiss(graph, flag, reason, _person() if by is None else by)


def runs(settings: Settings | None = None, *, limit: int = 20, say: Say = log.info) -> History:
    """The runs there have been, the newest first; a running one with its counters so far."""
    with compose.open_graph(settings or load_settings(), say) as graph:
        return read_history(graph, limit)


def run_detail(
    identifier: str, settings: Settings | None = None, *, limit: int = 20, say: Say = log.info
) -> RunDetail:
    """One run with what it met by name. identifier: its id or the beginning of it.

    Errors: GraphError when the id means no run, or several.
    """
    with compose.open_graph(settings or load_settings(), say) as graph:
        return read_detail(graph, identifier, limit)


def doctor(settings: Settings | None = None, *, say: Say = log.info) -> list[Check]:
    """Looks at everything that a run needs; what is wrong is in the list, never an error."""
    return examine(
        lambda given: compose.open_graph(given, say, current=False),
        compose.qwen_vl_options,
        settings,
    )


def _person() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container may run under a number that has no name
        raise SettingsError("This account has no name: say with --by who says so.") from None
