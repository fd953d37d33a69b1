"""What is known to be right: references that people made, or reviews that accept a pair.

Both are positives only: an image that nobody referenced or accepted may be right all the same.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from enum import StrEnum
from hashlib import blake2b
from heapq import nsmallest

from kg_enrich.evidence.models import Decision
from kg_enrich.evidence.settle import plan_reviews
from kg_enrich.graph.connection import Graph
from kg_enrich.graph.paging import id_pages
from kg_enrich.graph.queries import query
from kg_enrich.identity import forms
from kg_enrich.models import DocumentId, ImageId

PAGE_REFERENCING_DOCUMENTS = query("page_referencing_documents")
PAGE_ACCEPTED_DOCUMENTS = query("page_accepted_documents")
READ_MADE_REFERENCES = query("read_made_references")

# What `madeBy` says of a reference that somebody made through us: it follows what we proposed.
OURS = "kg-enrich"

_PAGE = 1000


class Truth(StrEnum):
    """Where what is right comes from."""

    REFERENCES = "references"
    REVIEWS = "reviews"


def documents_with(graph: Graph, truth: Truth) -> Iterator[DocumentId]:
    """Documents that something is known of, each once; in keyset pages."""
    pages: Iterator[Sequence[str | int]]
    if truth is Truth.REFERENCES:
        pages = id_pages(graph, PAGE_REFERENCING_DOCUMENTS, _PAGE, ours=OURS)
    else:
        pages = _accepted_pages(graph)
    for ids in pages:
        for value in ids:
            yield DocumentId(str(value))


def read_truth(
    graph: Graph, truth: Truth, documents: Sequence[DocumentId]
) -> dict[DocumentId, set[ImageId]]:
    """The images that are right for these documents, those with any.

    A review counts while it is in force: not taken back, contradicted, or about other contents.
    """
    found: dict[DocumentId, set[ImageId]] = {}
    if truth is Truth.REFERENCES:
        ids = [value for document in documents for value in forms(document)]
        for row in graph.read(READ_MADE_REFERENCES, ids=ids, ours=OURS):
            found.setdefault(DocumentId(str(row["document"])), set()).add(
                ImageId(str(row["image"]))
            )
        return found
    for (document, image), decision in plan_reviews(graph.read, graph.names, documents).items():
        if decision is Decision.ACCEPT:
            found.setdefault(document, set()).add(image)
    return found


def sample(documents: Iterator[DocumentId], most: int, seed: int) -> tuple[list[DocumentId], int]:
    """At most so many of the documents, drawn by the seed alone, and how many there are.

    A document is in the sample or not whatever the others' order: asked again, it is the same one.
    """
    seen: Counter[str] = Counter()

    def counted() -> Iterator[DocumentId]:
        for document in documents:
            seen["documents"] += 1
            yield document

    drawn = nsmallest(most, counted(), key=lambda document: lot(seed, document))
    return sorted(drawn), seen["documents"]


def lot(seed: int, *names: str) -> bytes:
    """A name's place in a random order, by the seed."""
    return blake2b(repr((seed, names)).encode(), digest_size=16).digest()


def _accepted_pages(graph: Graph) -> Iterator[list[str]]:
    after = ""
    while rows := graph.read(PAGE_ACCEPTED_DOCUMENTS, after=after, limit=_PAGE):
        yield [row["id"] for row in rows]
        after = rows[-1]["id"]
