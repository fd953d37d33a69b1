"""What programs read: evidence and ledgers by the page, and the words on one pair."""

from kg_enrich.api.looking import Looking
from kg_enrich.evidence import paged
from kg_enrich.evidence.heard import Heard, read_heard
from kg_enrich.evidence.paged import PublishedPair, WholeLedger
from kg_enrich.evidence.shown import ALL, Wanted
from kg_enrich.evidence.sources import read_policies
from kg_enrich.given import word
from kg_enrich.models import DocumentId, ImageId


class Programs(Looking):
    """The part of a handle that programs read through."""

    def page_evidence(
        self, *, limit: int = 100, after: str = "", wanted: Wanted = ALL
    ) -> list[PublishedPair]:
        """The next published pairs in order of their keys. after: the last key seen.

        Errors: SettingsError (no such source).
        """
        self._require_known_source(wanted.source)
        return paged.page_evidence(self.graph, wanted, limit, after)

    def page_ledgers(
        self,
        *,
        source: str | None = None,
        document: str | None = None,
        limit: int = 100,
        after: str = "",
    ) -> list[WholeLedger]:
        """The next ledgers in order of their keys: all that was judged, published or not.

        after: the last key seen. Errors: SettingsError (no such source).
        """
        self._require_known_source(source)
        if document is None:
            return paged.page_ledgers(self.graph, source, limit, after)
        sources = read_policies(self.graph) if source is None else [source]
        identifier = DocumentId(word("document", document))
        return paged.ledgers_of(self.graph, identifier, sources, after)[:limit]

    def heard(self, document: str, image: str) -> Heard:
        """What people said of a pair. Errors: NotThereError."""
        return read_heard(
            self.graph, DocumentId(word("document", document)), ImageId(word("image", image))
        )

    def _require_known_source(self, source: str | None) -> None:
        if source is not None:
            self._require_source(source)
