"""Which images come into question for a document: named Cypher files, chosen by settings.

A file takes `$documents` (rows of id; for full-text also of query) and returns rows `document,
image`. An image is an id or a list of ids; lists are quicker, because every record has its cost.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from kg_enrich.errors import GraphError, SettingsError
from kg_enrich.graph.connection import Graph, Row
from kg_enrich.graph.queries import Query, query
from kg_enrich.models import Document, DocumentId, ImageId
from kg_enrich.plain_text import traditional
from kg_enrich.text import CorpusStatistics, rarest_terms, words

SOURCES = {
    "fulltext": query("read_candidates_fulltext"),
    "explicit": query("read_candidates_explicit"),
    "container": query("read_candidates_container"),
    "vector": query("read_candidates_vector"),
    "all": query("read_candidates_all"),
}

# A hundred rare terms find what all terms find, and the cost of a query grows with their number.
_TERMS = 100
# Lucene refuses more than 1,024 clauses: one for each word, so several for "err-42" and for a word
# that is cut because it is overlong, and all of that for each property that the index is over.
_WORDS = 200
_LONGEST = 100
# Times the limit: so many images the index is asked for, and cut by score and id.
_MORE = 2

# Every character that Lucene's query syntax gives a meaning.
_SYNTAX = re.compile(r'([+\-&|!(){}\[\]^"~*?:\\/])')


@dataclass(frozen=True, slots=True)
class CandidateOptions:
    """Where candidates come from.

    sources: names from SOURCES and of files in `own`. fulltext_limit, vector_limit: images that
    a document gets from that index, at most. own: the user's queries by the names of their files.
    """

    sources: tuple[str, ...] = ("fulltext",)
    fulltext_limit: int = 20
    fulltext_index: str = ""
    vector_limit: int = 20
    vector_index: str = ""
    own: Mapping[str, Query] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in self.sources:
            if name not in SOURCES and name not in self.own:
                raise SettingsError(
                    f"KG_ENRICH_CANDIDATES: there is no source {name!r}; choose from "
                    f"{', '.join(SOURCES)}, or name a file that ends in .cypher."
                )


def fulltext_query(document: Document, statistics: CorpusStatistics) -> str:
    """A Lucene query of the document's rarest terms, all syntax neutralised.

    Terms are in lower case, so that AND, OR and NOT are words. The index keeps Chinese as it was
    written, so that its terms are asked for in both scripts.
    """
    left = _WORDS
    terms = []
    for term in rarest_terms(f"{document.title}\n{document.text}", statistics, _TERMS):
        if len(term) > _LONGEST:
            continue
        # Nearly every term is one plain word.
        if term.isascii() and term.isalnum():
            if left:
                left -= 1
                terms.append(term)
            continue
        for spelling, cost in _spellings(term):
            if cost <= left:
                left -= cost
                terms.append(spelling)
    return " ".join(terms)


@lru_cache(maxsize=50_000)
def _spellings(term: str) -> tuple[tuple[str, int], ...]:
    """How a term is written in a query, in each script, and how many words of it that takes."""
    return tuple(
        (_SYNTAX.sub(r"\\\1", spelling), len(words(spelling)))
        for spelling in dict.fromkeys((term, traditional(term)))
    )


def asked_of(
    documents: Sequence[tuple[Document, str | int]],
    options: CandidateOptions,
    statistics: CorpusStatistics,
) -> list[Row]:
    """What the sources are asked: rows of id, as the graph has it, and query ('' where no source
    reads any). documents: with their ids as the graph has them."""
    texts = any(name == "fulltext" or name in options.own for name in options.sources)
    return [
        {"id": native, "query": fulltext_query(document, statistics) if texts else ""}
        for document, native in documents
    ]


def read_candidates(
    graph: Graph,
    documents: Sequence[tuple[Document, str | int]],
    options: CandidateOptions,
    statistics: CorpusStatistics,
) -> dict[DocumentId, list[ImageId]]:
    """Each document's candidates, the sources' in their order, each image once.

    documents: with their ids as the graph has them.
    """
    return read_answers(graph, asked_of(documents, options, statistics), options)


def read_answers(
    graph: Graph, asked: Sequence[Row], options: CandidateOptions
) -> dict[DocumentId, list[ImageId]]:
    """As `read_candidates`, where `asked_of` came before."""
    found: defaultdict[DocumentId, dict[ImageId, None]] = defaultdict(dict)
    for name in options.sources:
        for document, images in read_from(graph, name, asked, options):
            found[document].update(dict.fromkeys(images))
    return {document: list(images) for document, images in found.items()}


def read_from(
    graph: Graph, name: str, asked: Sequence[Row], options: CandidateOptions
) -> Iterator[tuple[DocumentId, list[ImageId]]]:
    """What one source has for the documents asked for; one of them may come several times.

    Errors: GraphError when a query of the user's gives something else than ids.
    """
    own = options.own.get(name)
    if name == "fulltext" and own is None:
        # A document without a single term has no full-text query; an empty one is an error there.
        rows = [row for row in asked if row["query"]]
    else:
        rows = [row if own else {"id": row["id"], "query": ""} for row in asked]
    # A page's rows fit into memory, and one broken connection must not end a long run.
    for row in graph.read(
        own or SOURCES[name],
        documents=rows,
        index=options.fulltext_index,
        limit=options.fulltext_limit,
        asked=_MORE * options.fulltext_limit,
        vectorIndex=options.vector_index,
        vectorLimit=options.vector_limit,
    ):
        images = row["image"] if isinstance(row["image"], list) else [row["image"]]
        if own is not None:
            _require_ids(name, [row["document"], *images])
        yield DocumentId(str(row["document"])), [ImageId(str(image)) for image in images]


def _require_ids(name: str, values: Sequence[Any]) -> None:
    for value in values:
        if not isinstance(value, str | int):
            raise GraphError(
                f"{name} returns {type(value).__name__} where an id belongs: return strings or "
                "integers as document, and those or lists of them as image."
            )
