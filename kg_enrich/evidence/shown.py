"""Evidence as a person wants to see it: with confidence, reasons, references and reviews."""

from dataclasses import dataclass

from kg_enrich.errors import GraphError
from kg_enrich.evidence.state import ledger_entries
from kg_enrich.graph.connection import Graph, Row
from kg_enrich.graph.queries import query
from kg_enrich.identity import forms

READ_EVIDENCE = query("read_evidence")
READ_PAIRS_OF_DOCUMENT = query("read_pairs_of_document")
READ_PAIRS_OF_IMAGE = query("read_pairs_of_image")
READ_IMAGES_WITHOUT_EVIDENCE = query("read_images_without_evidence")
READ_LEDGERS = query("read_ledgers")


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
    reviews: what each person said last.
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


@dataclass(frozen=True, slots=True)
class ImageWithoutEvidence:
    """An image that nothing is published of, and the best that is known of it.

    score: float in [0, 10], the best that any document gave it; None when there is none.
    """

    image: str | int
    path: str | None
    score: float | None
    reason: str


def read_evidence(graph: Graph, limit: int) -> list[ShownPair]:
    """Published evidence by document, the best first."""
    return [_shown(row) for row in graph.read(READ_EVIDENCE, limit=limit)]


def read_pairs_of(graph: Graph, identifier: str) -> list[ShownPair]:
    """What a document, else an image, of this id has to do with.

    Errors: GraphError when nothing of this id has evidence, references or reviews.
    """
    for query_of in (READ_PAIRS_OF_DOCUMENT, READ_PAIRS_OF_IMAGE):
        rows = graph.read(query_of, ids=forms(identifier))
        if rows:
            return [_shown(row) for row in rows]
    names = graph.names
    raise GraphError(
        f"No {names.document_label} or {names.image_label} {identifier!r} has evidence, a "
        "reference or a review; `kg-enrich show` lists all evidence."
    )


def read_images_without_evidence(graph: Graph, limit: int) -> list[ImageWithoutEvidence]:
    """Images that are evidence for nothing, by id, with the ledgers' best word on each."""
    rows = graph.read(READ_IMAGES_WITHOUT_EVIDENCE, limit=limit)
    best: dict[str, tuple[float | None, str]] = {}
    wanted = {str(row["image"]) for row in rows}
    for ledger in graph.stream(READ_LEDGERS):
        for image, entry in ledger_entries(ledger).items():
            known = best.get(image)
            if image in wanted and (known is None or (entry.score or -1) > (known[0] or -1)):
                best[image] = (entry.score, entry.reason)
    return [_without_evidence(row, *best.get(str(row["image"]), (None, ""))) for row in rows]


def _shown(row: Row) -> ShownPair:
    said = sorted((ShownReview(**one) for one in row["reviews"]), key=lambda one: one.by)
    return ShownPair(**{**row, "reviews": tuple(said)})


def _without_evidence(row: Row, score: float | None, reason: str) -> ImageWithoutEvidence:
    if score is None and not reason:
        reason = row["failure"] or "no document has it as a candidate"
    return ImageWithoutEvidence(row["image"], row["path"], score, reason)
