"""What a document would get: its candidates, where each comes from, and why one is left out."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from kg_enrich.candidates.finders import CandidateOptions, asked_of, read_from
from kg_enrich.documents.reading import read_documents
from kg_enrich.errors import GraphError
from kg_enrich.graph.connection import Graph
from kg_enrich.identity import forms
from kg_enrich.images.catalogue import Catalogue
from kg_enrich.images.failures import Conditions
from kg_enrich.models import DocumentId, ImageId, Scope
from kg_enrich.text import CorpusStatistics


@dataclass(frozen=True, slots=True)
class Candidate:
    """An image that comes into question. skipped: why it would not be judged, or ''."""

    image: ImageId
    sources: tuple[str, ...]
    skipped: str


@dataclass(frozen=True, slots=True)
class Preview:
    """A document's candidates in their order. held: why none of them would be judged, or ''."""

    document: DocumentId
    candidates: tuple[Candidate, ...]
    held: str


def preview(
    graph: Graph,
    document: DocumentId,
    options: CandidateOptions,
    statistics: CorpusStatistics,
    roots: Sequence[Path],
    limit: int,
    conditions: Conditions = frozenset(),
) -> Preview:
    """Asks every source for one document. limit: candidates of a document that is judged.

    conditions: what failures on record may depend on, as it is now.

    Errors: GraphError when there is no such document, several, or one without a text.
    """
    documents, notices = read_documents(graph, forms(document), Scope())
    if notices:
        raise GraphError(f"Document {document!r} gets no candidates: {notices[0].detail}.")
    if not documents:
        label = graph.names.document_label
        raise GraphError(f"There is no {label} with the id {document!r}: look for a typing error.")
    found: defaultdict[ImageId, list[str]] = defaultdict(list)
    asked = asked_of(documents, options, statistics)
    for source in options.sources:
        read = read_from(graph, source, asked, options)
        of_source = [image for owner, images in read if owner == document for image in images]
        for image in dict.fromkeys(of_source):
            found[image].append(source)
    listed = Catalogue(graph, roots, conditions=conditions).look_up(found)
    candidates = tuple(
        Candidate(
            image,
            tuple(sources),
            listed[image].problem if image in listed else "no image has this id",
        )
        for image, sources in found.items()
    )
    held = f"{len(found)} candidates, {limit} allowed" if len(found) > limit else ""
    return Preview(document, candidates, held)
