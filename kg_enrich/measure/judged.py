"""What a source has judged, streamed from its ledgers in constant memory."""

from collections.abc import Iterator, Sequence
from math import isfinite

from kg_enrich.graph.connection import Graph, Row
from kg_enrich.graph.queries import query
from kg_enrich.identity import ledger_key
from kg_enrich.measure.sampling import Judged
from kg_enrich.models import DocumentId, ImageId

PAGE_JUDGED = query("page_judged")
READ_JUDGED_DOCUMENTS = query("read_judged_documents")
READ_LAST_SCORER = query("read_last_scorer")
COUNT_PAIRS = query("count_pairs")

# Ledgers a page; each may hold 1,000 images.
_PAGE = 100


def stream_judged(graph: Graph, source: str) -> Iterator[list[Judged]]:
    """Every scored pair of a source, some at a time."""
    after = ""
    while True:
        rows = graph.read(PAGE_JUDGED, source=source, after=after, limit=_PAGE)
        if pairs := [pair for row in rows for pair in _scored(row)]:
            yield pairs
        if len(rows) < _PAGE:
            return
        after = rows[-1]["key"]


def read_judged(
    graph: Graph, source: str, documents: Sequence[DocumentId]
) -> dict[tuple[DocumentId, ImageId], Judged]:
    """Scored pairs of these documents, by document and image."""
    keys = [ledger_key(document, source) for document in dict.fromkeys(documents)]
    rows = graph.read(READ_JUDGED_DOCUMENTS, keys=keys)
    return {(pair.document, pair.image): pair for row in rows for pair in _scored(row)}


def count_judged(graph: Graph, source: str) -> int:
    """How many pairs a source has on record, abstentions included."""
    pairs: int = graph.read(COUNT_PAIRS, source=source)[0]["pairs"]
    return pairs


def read_scorer(graph: Graph, source: str) -> str | None:
    """Fingerprint of the scorer that a source was judged by last; None before it was judged."""
    rows = graph.read(READ_LAST_SCORER, source=source)
    return rows[0]["fingerprint"] if rows else None


def _scored(row: Row) -> Iterator[Judged]:
    columns = (row[name] for name in ("images", "scores", "logOdds", "fingerprints"))
    for image, score, log_odds, fingerprint in zip(*columns, strict=True):
        if isfinite(score) and isfinite(log_odds):
            yield Judged(DocumentId(row["document"]), ImageId(image), score, log_odds, fingerprint)
