"""Looking at what there is: evidence and runs."""

from collections.abc import Iterator

from kg_enrich import compose
from kg_enrich.api.opened import Opened
from kg_enrich.errors import SettingsError
from kg_enrich.evidence.queue import Kind, Queue, read_queue
from kg_enrich.evidence.shown import (
    ALL,
    ImageWithoutEvidence,
    ShownPair,
    Wanted,
    read_evidence,
    read_images_without_evidence,
    read_pairs_of,
    stream_evidence,
)
from kg_enrich.evidence.sources import read_policies
from kg_enrich.evidence.unreadable import UnreadableImages, read_unreadable
from kg_enrich.given import word
from kg_enrich.jobs.history import (
    History,
    PastRun,
    RunDetail,
    page_runs,
    read_detail,
    read_history,
)
from kg_enrich.upkeep.changed import ChangedEdge, page_changed
from kg_enrich.upkeep.publish import unknown_source


class Looking(Opened):
    """The part of a handle that only reads."""

    def show(
        self, *, identifier: str | None = None, limit: int = 200, wanted: Wanted = ALL
    ) -> list[ShownPair]:
        """Published evidence; with an identifier all that this document or image has to do with.

        wanted: which of it. Errors: GraphError (no such id), SettingsError (no such source).
        """
        if wanted.source is not None:
            self._require_source(wanted.source)
        if identifier is None:
            return read_evidence(self.graph, limit, wanted)
        return read_pairs_of(self.graph, word("identifier", identifier), wanted)

    def export(self, *, wanted: Wanted = ALL) -> Iterator[ShownPair]:
        """All published evidence, one by one, in constant memory. wanted: which of it.

        Errors: SettingsError (no such source), at once; GraphError, where it is read on.
        """
        if wanted.source is not None and wanted.source not in read_policies(self.graph):
            raise SettingsError(unknown_source(wanted.source, read_policies(self.graph)))
        return stream_evidence(self.graph, wanted)

    def images_without_evidence(self, *, limit: int = 200) -> list[ImageWithoutEvidence]:
        """Images that are evidence for nothing, with the best that is known of each."""
        return read_images_without_evidence(self.graph, limit)

    def metrics(self) -> bytes:
        """Prometheus metrics of the newest runs and of the graph, in the text format, UTF-8."""
        from kg_enrich.telemetry.metrics import exposition

        return exposition(self.graph)

    def queue(
        self,
        source: str | None = None,
        *,
        kind: Kind | None = None,
        limit: int = 100,
        after: str | None = None,
    ) -> Queue:
        """What people should be asked of a source's evidence, the most urgent first.

        source: the settings' when None. kind: of this kind alone. after: of the page before.
        Errors: SettingsError (no such source, no such place).
        """
        name = compose.source_name(self.settings) if source is None else source
        self._require_source(name)
        return read_queue(self.graph, name, kind, limit, after)

    def unreadable(self, *, limit: int = 200) -> UnreadableImages:
        """Images that cannot be read now, and the evidence that hangs on them."""
        return read_unreadable(self.graph, compose.roots(self.settings), limit)

    def runs(
        self, *, limit: int = 20, after: str | None = None, group: str | None = None
    ) -> History:
        """The runs there have been, the newest first; a running one with its counters so far.

        after: a run's id; those that began before it. group: those of one group alone.
        Errors: GraphError when there is no group of this name.
        """
        return read_history(self.graph, limit, after, group)

    def page_runs(self, *, limit: int = 20, after: str | None = None) -> list[PastRun]:
        """The next runs, the newest first, without counting any. after: a run's id."""
        return page_runs(self.graph, limit, after)

    def run_changes(
        self, run: str, *, limit: int = 50, after: str | None = None
    ) -> tuple[list[ChangedEdge], str | None]:
        """The next edges that a run wrote or withdrew, and the place behind them.

        run: its id. Nothing comes of a run that was rolled back, or whose undo was forgotten.
        """
        return page_changed(self.graph, run, limit, after)

    def run_detail(self, identifier: str, *, limit: int = 20) -> RunDetail:
        """One run with what it met by name. identifier: its id or the beginning of it.

        Errors: GraphError when the id means no run, or several.
        """
        return read_detail(self.graph, identifier, limit)

    def _require_source(self, source: str) -> None:
        if source not in (known := read_policies(self.graph)):
            raise SettingsError(unknown_source(source, known))
