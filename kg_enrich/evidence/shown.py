"""Evidence as a person wants to see it: with confidence, reasons, references and reviews."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from math import isnan

from kg_enrich.errors import NotThereError
from kg_enrich.evidence.copies import group, groups
from kg_enrich.graph.connection import Graph, Row
from kg_enrich.graph.paging import id_pages
from kg_enrich.graph.queries import query
from kg_enrich.identity import forms

READ_EVIDENCE = query("read_evidence")
READ_EVIDENCE_OF = query("read_evidence_of")
PAGE_DOCUMENTS = query("page_documents")
READ_PAIRS_OF_DOCUMENT = query("read_pairs_of_document")
READ_PAIRS_OF_IMAGE = query("read_pairs_of_image")
READ_IMAGES_WITHOUT_EVIDENCE = query("read_images_without_evidence")
READ_LEDGER_ENTRIES = query("read_ledger_entries")

# Documents that are read at a time.
_PAGE = 500


@dataclass(frozen=True, slots=True)
class ShownReview:
    """What a person last said. at: ISO time. stale: text or image changed since."""

    decision: str
    by: str
    at: str | None
    stale: bool


@dataclass(frozen=True, slots=True)
class ShownPair:
    """A document and an image that have to do with each other.

    confidence: float in [0, 1], None where the image is no evidence; score: float in [0, 10].
    reviews: what each person said last. copies: other images of the very same bytes, of which the
    same holds for this document.
    """

    document: str | int
    title: str | None
    image: str | int
    path: str | None
    source: str | None
    confidence: float | None
    score: float | None
    reason: str | None
    referenced: bool
    reviews: tuple[ShownReview, ...]
    copies: tuple[str | int, ...] = ()


@dataclass(frozen=True, slots=True)
class ImageWithoutEvidence:
    """An image that nothing is published of, and the best that is known of it.

    score: float in [0, 10], the best that any document gave it; None when there is none. copies:
    other images of the very same bytes, of which the same holds.
    """

    image: str | int
    path: str | None
    score: float | None
    reason: str
    copies: tuple[str | int, ...] = ()


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which pairs are shown. None or empty: all.

    minimum: confidence, in [0, 1]. labels: of the document, all of them. unreviewed: only what no
    person spoke of.
    """

    source: str | None = None
    minimum: float | None = None
    labels: tuple[str, ...] = ()
    unreviewed: bool = False


ALL = Wanted()


def read_evidence(graph: Graph, limit: int, wanted: Wanted = ALL) -> list[ShownPair]:
    """Published evidence by document, the best first; copies of one picture are one row."""
    return groups(
        lambda many: graph.read(READ_EVIDENCE, limit=many, **asdict(wanted)), _shown_group, limit
    )


def stream_evidence(graph: Graph, wanted: Wanted = ALL) -> Iterator[ShownPair]:
    """All published evidence, by document, in constant memory; as `read_evidence` has it.

    A page of documents is read at a time: what changes meanwhile is there before or after.
    """
    for ids in id_pages(graph, PAGE_DOCUMENTS, _PAGE):
        yield from _shown_group(graph.read(READ_EVIDENCE_OF, ids=ids, **asdict(wanted)))


def read_pairs_of(graph: Graph, identifier: str, wanted: Wanted = ALL) -> list[ShownPair]:
    """What a document, else an image, of this id has to do with; copies are one row.

    Errors: NotThereError when nothing of this id has evidence, references or reviews.
    """
    for query_of in (READ_PAIRS_OF_DOCUMENT, READ_PAIRS_OF_IMAGE):
        if graph.read(query_of, ids=forms(identifier), **asdict(ALL)):
            rows = graph.read(query_of, ids=forms(identifier), **asdict(wanted))
            return _shown_group(rows)
    names = graph.names
    raise NotThereError(
        f"No {names.document_label} or {names.image_label} {identifier!r} has evidence, a "
        "reference or a review; `kg-enrich show` lists all evidence."
    )


def read_images_without_evidence(graph: Graph, limit: int) -> list[ImageWithoutEvidence]:
    """Images that are evidence for nothing, by id, with the ledgers' best word on each."""

    def judged(rows: list[Row]) -> list[ImageWithoutEvidence]:
        best = _best(graph, [str(row["image"]) for row in rows])
        told = [_without_evidence(row, *best.get(str(row["image"]), (None, ""))) for row in rows]
        keyed = [{**asdict(one), "hash": row["hash"]} for one, row in zip(told, rows, strict=True)]
        return [ImageWithoutEvidence(**row) for row in group(keyed, "score", "reason")]

    return groups(lambda many: graph.read(READ_IMAGES_WITHOUT_EVIDENCE, limit=many), judged, limit)


def _shown_group(rows: list[Row]) -> list[ShownPair]:
    same = ("document", "source", "confidence", "referenced", "reviews")
    return [_shown(row) for row in group(rows, *same)]


def _best(graph: Graph, images: list[str]) -> dict[str, tuple[float | None, str]]:
    """The best score of each image in any ledger, with its reason; None is an abstention."""
    best: dict[str, tuple[float | None, str]] = {}
    for row in graph.stream(READ_LEDGER_ENTRIES, images=images):
        score = None if isnan(row["score"]) else row["score"]
        known = best.get(row["image"])
        if known is None or (score or -1) > (known[0] or -1):
            best[row["image"]] = (score, row["reason"])
    return best


def _shown(row: Row) -> ShownPair:
    said = sorted((ShownReview(**one) for one in row["reviews"]), key=lambda one: one.by)
    return ShownPair(**{**row, "reviews": tuple(said)})


def _without_evidence(row: Row, score: float | None, reason: str) -> ImageWithoutEvidence:
    if score is None and not reason:
        reason = row["failure"] or "no document has it as a candidate"
    return ImageWithoutEvidence(row["image"], row["path"], score, reason)
