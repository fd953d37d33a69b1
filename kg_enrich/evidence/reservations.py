"""Which item is before whom, so that two people are never asked the same thing at once.

An item is a document, or a pair of an audit under a name of its own (`audit_item`).

A reservation ends by itself: who closes the page, or the laptop, keeps nothing from anybody.
"""

from collections.abc import Iterable

from kg_enrich.graph.connection import Graph
from kg_enrich.graph.queries import query
from kg_enrich.identity import named_key
from kg_enrich.models import DocumentId

RESERVE_REVIEW = query("reserve_review")
RELEASE_REVIEWS = query("release_reviews")
READ_RESERVATIONS = query("read_reservations")

SECONDS = 300


def reservation_key(document: DocumentId) -> str:
    """Key of a document's ReviewReservation node."""
    return named_key("reservation", document)


def reserve(graph: Graph, document: DocumentId, by: str, seconds: int = SECONDS) -> bool:
    """Reserves a document for a reviewer, or renews that; False when it is with somebody else."""
    key = reservation_key(document)
    return bool(graph.execute(RESERVE_REVIEW, key=key, document=document, by=by, seconds=seconds))


def read_reserved(graph: Graph, by: str) -> set[str]:
    """What is before other reviewers than `by` right now."""
    return {row["document"] for row in graph.read(READ_RESERVATIONS, by=by)}


def audit_item(key: str) -> DocumentId:
    """The name under which a pair of an audit is reserved."""
    return DocumentId(f"audit {key}")


def release(graph: Graph, by: str, kept: Iterable[DocumentId] = ()) -> None:
    """Gives back what a reviewer has reserved, all but `kept`."""
    graph.execute(RELEASE_REVIEWS, by=by, kept=[reservation_key(one) for one in kept])
