"""Evidence and ledgers for programs: a page at a time, in order of keys, in constant memory."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from math import isnan

from kg_enrich.evidence.shown import ShownReview, Wanted
from kg_enrich.graph.connection import Graph, Row
from kg_enrich.graph.queries import query
from kg_enrich.identity import ledger_key
from kg_enrich.models import DocumentId

PAGE_EVIDENCE = query("page_evidence")
PAGE_WHOLE_LEDGERS = query("page_whole_ledgers")
READ_WHOLE_LEDGERS = query("read_whole_ledgers")


@dataclass(frozen=True, slots=True)
class PublishedPair:
    """An edge of HAS_EVIDENCE. Ids as the graph has them, times as ISO text; confidence in [0, 1],
    score in [0, 10]. reviews: what each person said last. run: that made or changed it last."""

    key: str
    document: str | int
    title: str | None
    image: str | int
    path: str | None
    source: str
    confidence: float
    score: float
    reason: str | None
    referenced: bool
    reviews: tuple[ShownReview, ...]
    run: str | None
    updated: str | None


@dataclass(frozen=True, slots=True)
class Judged:
    """An image of a ledger. score and log_odds are None for an abstention."""

    image: str
    score: float | None
    log_odds: float | None
    reason: str


@dataclass(frozen=True, slots=True)
class WholeLedger:
    """All that a source judged of a document. judged: of its oldest entry, ISO time."""

    key: str
    document: str
    source: str
    model: str
    run: str | None
    judged: str | None
    entries: tuple[Judged, ...]


def page_evidence(graph: Graph, wanted: Wanted, limit: int, after: str = "") -> list[PublishedPair]:
    """The next published pairs in order of their keys. after: the last key seen."""
    rows = graph.read(PAGE_EVIDENCE, after=after, limit=limit, **asdict(wanted))
    return [_published(row) for row in rows]


def page_ledgers(
    graph: Graph, source: str | None, limit: int, after: str = ""
) -> list[WholeLedger]:
    """The next ledgers in order of their keys. source: None for all. after: the last key seen."""
    rows = graph.read(PAGE_WHOLE_LEDGERS, after=after, limit=limit, source=source)
    return [_ledger(row) for row in rows]


def ledgers_of(
    graph: Graph, document: DocumentId, sources: Iterable[str], after: str = ""
) -> list[WholeLedger]:
    """A document's ledgers of these sources in order of their keys. after: the last key seen."""
    keys = [key for source in sources if (key := ledger_key(document, source)) > after]
    return [_ledger(row) for row in graph.read(READ_WHOLE_LEDGERS, keys=keys)]


def _published(row: Row) -> PublishedPair:
    said = sorted((ShownReview(**one) for one in row["reviews"]), key=lambda one: one.by)
    return PublishedPair(**{**row, "reviews": tuple(said)})


def _ledger(row: Row) -> WholeLedger:
    columns = (row.pop(name) for name in ("images", "scores", "logOdds", "reasons"))
    entries = tuple(
        Judged(image, _known(score), _known(log_odds), reason)
        for image, score, log_odds, reason in zip(*columns, strict=True)
    )
    return WholeLedger(**row, entries=entries)


def _known(value: float) -> float | None:
    return None if isnan(value) else value
