"""The documents of a run in parts that can be read anywhere."""

from collections.abc import Iterator
from dataclasses import dataclass

from kg_enrich.enrich.extractor import Question, shard_pages
from kg_enrich.graph.connection import Graph
from kg_enrich.graph.paging import id_pages
from kg_enrich.graph.queries import query
from kg_enrich.identity import shard_number

PAGE_DOCUMENTS = query("page_documents")
PAGE_DOCUMENTS_UNTIL = query("page_documents_until")

# Documents of a part, and ids that are looked at at once to find where parts end.
_FEW, _MANY = 10, 200
_IDS = 5000


@dataclass(frozen=True, slots=True)
class Part:
    """A range of ids, or the ids themselves where a scope names them.

    first, last: of the range. documents: how many there were when it was cut.
    """

    first: str | int | None
    last: str | int | None
    documents: int
    ids: tuple[str | int, ...] = ()


def split(graph: Graph, question: Question, size: int) -> Iterator[Part]:
    """The question's documents in parts of so many, as they are counted now.

    size: wanted; 10 to 200 are given, for each part costs a dozen queries.
    """
    size = min(max(size, _FEW), _MANY)
    scope, shard = question.scope, question.shard
    if scope.documents or scope.containers:
        for ids in shard_pages(graph, scope, shard):
            yield Part(None, None, len(ids), tuple(ids))
        return
    first: str | int | None = None
    last: str | int | None = None
    many = 0
    for ids in id_pages(graph, PAGE_DOCUMENTS, _IDS):
        for value in ids:
            # A range holds strings or numbers, never both.
            if first is not None and (
                many == size or isinstance(value, str) != isinstance(first, str)
            ):
                yield Part(first, last, many)
                first, many = None, 0
            first, last = value if first is None else first, value
            many += shard is None or shard_number(str(value), shard.of) == shard.number
    if first is not None:
        yield Part(first, last, many)


def ids_of(graph: Graph, question: Question, part: Part) -> list[str | int]:
    """The ids of a part as they are now; what came in between is read with it."""
    if part.ids:
        return list(part.ids)
    found: list[str | int] = []
    first = part.first
    while True:
        rows = graph.read(PAGE_DOCUMENTS_UNTIL, first=first, last=part.last, limit=_IDS)
        new = [row["id"] for row in rows if row["id"] != first or not found]
        found += [value for value in new if isinstance(value, str | int)]
        if len(rows) < _IDS:
            break
        first = found[-1]
    shard = question.shard
    if shard is None:
        return found
    return [value for value in found if shard_number(str(value), shard.of) == shard.number]
