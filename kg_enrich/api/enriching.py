"""Judging pairs: runs, backfills, and what they would do."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import Unpack

from kg_enrich import cluster, compose
from kg_enrich.api.opened import Opened
from kg_enrich.candidates.preview import Preview, preview
from kg_enrich.enrich import pipeline
from kg_enrich.enrich.dry_run import plan_run
from kg_enrich.enrich.enrichment import Enrichment
from kg_enrich.enrich.estimate import Estimate, estimate
from kg_enrich.enrich.extractor import scope_pages
from kg_enrich.enrich.reasons import give_reasons
from kg_enrich.errors import KgEnrichError, ScorerError, SettingsError
from kg_enrich.evidence import asking, flags, references
from kg_enrich.evidence.sources import Refreshed, open_source, refresh
from kg_enrich.evidence.unreadable import count_recorded
from kg_enrich.given import word
from kg_enrich.images.catalogue import Catalogue
from kg_enrich.images.finding import look_up
from kg_enrich.images.named import Looked, Named
from kg_enrich.jobs import shards
from kg_enrich.jobs.control import Control, ControlOptions
from kg_enrich.jobs.fenced import FencedWriter, do_fenced, next_number
from kg_enrich.jobs.lease import Lease, renew
from kg_enrich.jobs.plan import Plan
from kg_enrich.jobs.retention import forget
from kg_enrich.jobs.runs import Job
from kg_enrich.models import DocumentId, RunRecord, Say, Scope
from kg_enrich.scorers.base import Scorer
from kg_enrich.scorers.files import Ranking, rank_files


class Enriching(Opened):
    """The part of a handle that judges."""

    def run(
        self,
        *,
        limit: int | None = None,
        allow_withdrawals: bool = False,
        **control: Unpack[ControlOptions],
    ) -> RunRecord:
        """Does all that is pending, and returns the run's record.

        limit: documents with something to do, at most. allow_withdrawals: a person allows this
        run to withdraw more than the brake would let it (KG_ENRICH_BRAKE_SHARE).
        Errors: LeaseHeldError, BrakeError, GraphError, SettingsError, ScorerError.
        """
        return self._enrich("run", Scope(limit=limit), self.control(control), allow_withdrawals)

    def backfill(
        self,
        scope: Scope,
        *,
        allow_withdrawals: bool = False,
        **control: Unpack[ControlOptions],
    ) -> RunRecord:
        """Like `run`, for the documents of a scope; asked again, it goes on where it stopped.

        Errors: as of `run`.
        """
        return self._enrich("backfill", scope, self.control(control), allow_withdrawals)

    def estimate(self, scope: Scope | None = None) -> Estimate:
        """How much a run over this scope would do, and how long it would take."""
        return estimate(self._parts(scope or Scope(), dry=True))

    def plan(self, scope: Scope | None = None) -> Plan:
        """What a run or a backfill over this scope would change of the edges. Writes nothing."""
        parts = self._parts(scope or Scope(), dry=True)
        return plan_run(parts, Job("backfill", parts.question.source, parts.question.scope))

    def candidates(self, document: str) -> Preview:
        """What a document would be compared with. Errors: GraphError, SettingsError."""
        settings = self.settings
        source = open_source(self.graph, compose.source_name(settings), {}, self.say)
        return preview(
            self.graph,
            DocumentId(word("document", document)),
            compose.candidates(settings, self.graph, self.say),
            source.statistics,
            compose.roots(settings),
            settings.candidate_limit,
            compose.reading_conditions(settings),
        )

    def score(
        self,
        text: str,
        images: Sequence[Path],
        *,
        through: Callable[[Scorer], Scorer] = lambda scorer: scorer,
        done: Callable[[int], None] = lambda _: None,
    ) -> Ranking:
        """Ranks image files for a text; the caller answers for the paths.

        The graph has no part in it: words are weighed as the scorer was shipped. through: what the
        scorer is asked through. done: called with how many images are done since it was called
        last.
        """
        return rank_files(through(self.scorers.get()), text, images, done=done)

    def look_up(self, pictures: Sequence[Named]) -> list[Looked]:
        """Pictures that a caller names by a path within the roots, an id, or a file of its own."""
        roots = compose.roots(self.settings)
        conditions = compose.reading_conditions(self.settings)
        catalogue = Catalogue(
            self.graph,
            roots,
            self.hashes,
            conditions=conditions,
            file_names=self.settings.use_file_name,
        )
        return look_up(pictures, catalogue, roots, self.hashes)

    def refresh_corpus(self) -> Refreshed:
        """Takes the source's word statistics anew. Errors: SettingsError: no such source."""
        return refresh(self.graph, compose.source_name(self.settings))

    def _parts(self, scope: Scope, dry: bool = False) -> Enrichment:
        return compose.enrichment(
            self.settings,
            self.graph,
            self.scorers,
            self.hashes,
            scope,
            self.say,
            dry,
            None if dry else cluster.identify(self.settings),
        )

    def _enrich(self, kind: str, scope: Scope, control: Control, allow: bool) -> RunRecord:
        source, shard = compose.source_name(self.settings), compose.shard(self.settings)
        job = Job(kind, source, scope, shard, self.settings.group or "")
        parts = self._parts(scope)
        parts = replace(parts, scorer=control.through(parts.scorer))

        def at_end(lease: Lease) -> None:
            if shard is None:
                self._close(kind, scope, lease.run, lease, control)
            else:
                closing = partial(self._close, kind, scope, lease.run, control=control)
                shards.close(self.graph, job, lease, control, lambda whole: closing(lease=whole))

        options = pipeline.RunOptions(
            self.settings.batch_pairs,
            self._asked(scope, parts),
            at_end,
            self.settings.brake_share,
            allow,
            cluster.engine(self.settings, scope),
        )
        try:
            return pipeline.run(parts, job, control, options)
        finally:
            self.write_metrics(control.say)

    def write_metrics(self, say: Say) -> None:
        """Writes KG_ENRICH_METRICS_FILE, where it is set; trouble is one line and no failure."""
        if (file := self.settings.metrics_file) is None:
            return
        from kg_enrich.telemetry.metrics import write_textfile

        try:
            write_textfile(self.graph, file)
        except KgEnrichError as error:
            say(f"No metrics were written: {error}")

    def _asked(self, scope: Scope, parts: Enrichment) -> dict[str, object]:
        """What a person needs later to see why a run did what it did; no secrets."""
        settings = self.settings
        return {
            "scope": asdict(scope),
            "policy": asdict(parts.question.policy),
            "candidates": list(settings.candidates),
            "image_roots": [str(root) for root in parts.roots],
            "shard": None if parts.question.shard is None else str(parts.question.shard),
            "file": None if settings.file is None else str(settings.file),
        }

    def _close(self, kind: str, scope: Scope, run: str, lease: Lease, control: Control) -> None:
        """What is done once all is written. lease: the one under which it is."""
        # Before flags look for references: a reload of the nodes may have lost some of ours.
        references.restore_references(self.graph)
        flagged = self._flag(scope, run, lease, control)
        self._queue(scope, run, lease, flagged)
        self._explain(scope, run, lease, control)
        # Only what runs on a schedule tidies up: a backfill is asked for one thing.
        if kind != "run" or not (days := self.settings.keep_days):
            return
        if gone := forget(self.graph, lease, days, control.stop.is_set):
            control.say(
                f"Of runs that ended more than {days} days ago, {gone.records} records, "
                f"{gone.notices} notices and {gone.chunks} undo chunks were removed."
            )

    def _explain(self, scope: Scope, run: str, lease: Lease, control: Control) -> None:
        """Has a sentence written for published pairs that lack one, where that is wanted."""
        if self.settings.reasons == "none":
            return
        parts, number = self._parts(scope), next_number(self.graph, run)
        writer = FencedWriter(self.graph, lease, control, parts.documents, run=run, number=number)
        named = scope.documents or scope.containers
        pages = scope_pages(self.graph, scope) if named else None
        documents = None if pages is None else [str(value) for page in pages for value in page]
        try:
            if (giver := self.scorers.reasons()) is None:
                raise SettingsError(
                    f"the {self.settings.scorer} scorer writes none; name a model that does in "
                    "KG_ENRICH_REASON_MODEL"
                )
            given = give_reasons(parts, writer, giver, documents)
        except (SettingsError, ScorerError) as error:
            # What was judged and published stands without.
            control.say(f"No reasons: {error}")
        else:
            control.say(f"{given.written} reasons were written for {given.asked} published pairs.")

    def _queue(self, scope: Scope, run: str, lease: Lease, flagged: bool) -> None:
        """Writes anew what people should be asked, where anything changed that it depends on."""
        # What a backfill of one document changed is seen to by the next run.
        if scope.documents or scope.containers:
            return
        source = compose.source_name(self.settings)
        if flagged or asking.is_due(self.graph, source, run):
            asking.renew(self.graph, source, run, partial(do_fenced, self.graph, lease))

    def _flag(self, scope: Scope, run: str, lease: Lease, control: Control) -> bool:
        """Brings flags up to date. Gives whether any was raised or resolved."""
        # A backfill of one document has no business with everybody's evidence.
        named = scope.documents or scope.containers
        changes = flags.update(
            self.graph,
            self.settings.flag_min_confidence,
            run,
            lambda transaction: renew(transaction, lease),
            lease.transaction_seconds,
            scope_pages(self.graph, scope) if named else None,
        )
        control.say(
            f"Unreferenced images: {changes.raised} flags raised, {changes.resolved} resolved, "
            f"{changes.open} open."
        )
        images, evidence = count_recorded(self.graph)
        if images:
            control.say(
                f"{images} images are on record as unreadable, with {evidence} pieces of evidence "
                "on them: `kg-enrich unreadable` lists them."
            )
        return bool(changes.raised or changes.resolved)
