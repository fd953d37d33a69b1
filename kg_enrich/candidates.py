"""Which images come into question for a document: named Cypher files, chosen by settings.

A file takes `$documents` (rows of id and full-text query) and returns rows `document, image`.
An image is an id or a list of ids; lists are quicker, because every record has its cost.
"""

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from kg_enrich.errors import SettingsError
from kg_enrich.graph import Graph
from kg_enrich.models import Document, DocumentId, ImageId
from kg_enrich.queries import query
from kg_enrich.text import CorpusStatistics, rarest_terms

SOURCES = {
    "fulltext": query("read_candidates_fulltext"),
    "explicit": query("read_candidates_explicit"),
}

# Lucene refuses more than 1,024 clauses; a hundred rare terms find what all terms find, and the
# cost of a query grows with their number.
_TERMS = 100

# Every character that Lucene's query syntax gives a meaning.
_SYNTAX = re.compile(r'([+\-&|!(){}\[\]^"~*?:\\/])')


@dataclass(frozen=True, slots=True)
class CandidateOptions:
    """sources: names from SOURCES. limit: images a document gets from the full-text index."""

    sources: tuple[str, ...] = ("fulltext",)
    fulltext_limit: int = 20
    fulltext_index: str = ""

    def __post_init__(self) -> None:
        for name in self.sources:
            if name not in SOURCES:
                raise SettingsError(
                    f"KG_ENRICH_CANDIDATES: there is no source {name!r}; choose from "
                    f"{', '.join(SOURCES)}."
                )


def fulltext_query(document: Document, statistics: CorpusStatistics) -> str:
    """A Lucene query of the document's rarest terms, all syntax neutralised.

    Terms are in lower case, so that AND, OR and NOT are words.
    """
    terms = rarest_terms(f"{document.title}\n{document.text}", statistics, _TERMS)
    return " ".join(_SYNTAX.sub(r"\\\1", term) for term in terms)


def read_candidates(
    graph: Graph,
    documents: Sequence[tuple[Document, str | int]],
    options: CandidateOptions,
    statistics: CorpusStatistics,
) -> dict[DocumentId, list[ImageId]]:
    """Each document's candidates, the sources' in their order, each image once.

    documents: with their ids as the graph has them.
    """
    found: defaultdict[DocumentId, dict[ImageId, None]] = defaultdict(dict)
    for name in options.sources:
        rows: list[dict[str, str | int]] = [{"id": native} for _, native in documents]
        if name == "fulltext":
            rows = _with_queries(documents, statistics)
        for row in graph.stream(
            SOURCES[name],
            documents=rows,
            index=options.fulltext_index,
            limit=options.fulltext_limit,
        ):
            images = row["image"] if isinstance(row["image"], list) else [row["image"]]
            found[DocumentId(str(row["document"]))].update(
                (ImageId(str(image)), None) for image in images
            )
    return {document: list(images) for document, images in found.items()}


def _with_queries(
    documents: Sequence[tuple[Document, str | int]], statistics: CorpusStatistics
) -> list[dict[str, str | int]]:
    queries = [(native, fulltext_query(document, statistics)) for document, native in documents]
    # A document without a single term has no query; an empty one is an error.
    return [{"id": native, "query": text} for native, text in queries if text]
