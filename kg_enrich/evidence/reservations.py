"""Which item is before whom, so that two people are never asked the same thing at once.

An item is a document, or a pair of an audit under a name of its own (`audit_item`).

A reservation ends by itself: who closes the page, or the laptop, keeps nothing from anybody. It
knows which of its reviewer's tabs hold it, so that one tab gives back nothing of another's.
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


def reserve(
    graph: Graph, document: DocumentId, by: str, tab: str = "", seconds: int = SECONDS
) -> bool:
    """Reserves a document for a reviewer, or renews that; False when it is with somebody else.

    tab: which of their pages holds it; '' where that is not known.
    """
    given = {"document": document, "by": by, "tab": tab, "seconds": seconds}
    return bool(graph.execute(RESERVE_REVIEW, key=reservation_key(document), **given))


def read_reserved(graph: Graph, by: str, tab: str = "") -> set[str]:
    """What is before other reviewers than `by` right now, or before them in another tab."""
    return {row["document"] for row in graph.read(READ_RESERVATIONS, by=by, tab=tab)}


def audit_item(key: str) -> DocumentId:
    """The name under which a pair of an audit is reserved."""
    return DocumentId(f"audit {key}")


def release(graph: Graph, by: str, tab: str, kept: Iterable[DocumentId] = ()) -> None:
    """Gives back what one of a reviewer's tabs has reserved, all but `kept`."""
    graph.execute(RELEASE_REVIEWS, by=by, tab=tab, kept=[reservation_key(one) for one in kept])
