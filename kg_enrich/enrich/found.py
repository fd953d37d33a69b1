"""Pages of documents with their candidates, read ahead of whoever looks at what is on record.

What is asked of a full-text index is made here while the index is at work on the page before, so
that a night with nothing to do takes little more than the index does.
"""

from collections.abc import Generator, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass

from kg_enrich.candidates.finders import CandidateOptions, asked_of, read_answers
from kg_enrich.documents.reading import read_documents
from kg_enrich.enrich.read_ahead import ahead
from kg_enrich.graph.connection import Graph, Row
from kg_enrich.models import Document, DocumentId, ImageId, RunNotice, Scope
from kg_enrich.text import CorpusStatistics

# Pages that a step is ahead of the next one.
_AHEAD = 1


@dataclass(frozen=True, slots=True)
class Look:
    """How documents are read, and what is asked for their candidates."""

    scope: Scope
    candidates: CandidateOptions
    statistics: CorpusStatistics


@dataclass(frozen=True, slots=True)
class Found:
    """A page. documents: with their ids as the graph has them. notices: what hinders others."""

    documents: Sequence[tuple[Document, str | int]]
    notices: Sequence[RunNotice]
    candidates: dict[DocumentId, list[ImageId]]


def find(graph: Graph, look: Look, ids: Sequence[str | int]) -> Found:
    """The page of these ids."""
    return _answered(graph, look, _asked(graph, look, ids))


def find_ahead(
    graph: Graph, look: Look, pages: Iterable[Sequence[str | int]]
) -> Generator[Found, None, None]:
    """The pages of these ids, in their order. Errors: as reading them raises, in their place."""
    asked = ahead((_asked(graph, look, ids) for ids in pages), _AHEAD)
    found = ahead((_answered(graph, look, one) for one in asked), _AHEAD)
    # The later step ends first: it may be waiting for the earlier one.
    with closing(asked), closing(found):
        yield from found


@dataclass(frozen=True, slots=True)
class _Asked:
    documents: Sequence[tuple[Document, str | int]]
    notices: Sequence[RunNotice]
    rows: list[Row]


def _asked(graph: Graph, look: Look, ids: Sequence[str | int]) -> _Asked:
    documents, notices = read_documents(graph, ids, look.scope)
    return _Asked(documents, notices, asked_of(documents, look.candidates, look.statistics))


def _answered(graph: Graph, look: Look, asked: _Asked) -> Found:
    candidates = read_answers(graph, asked.rows, look.candidates)
    return Found(asked.documents, asked.notices, candidates)
