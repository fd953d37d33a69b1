"""The records of the loaders, and their way into the graph: idempotent, in batches."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import islice
from typing import TypeVar

from kg_enrich.graph.connection import Graph, Row, Transaction
from kg_enrich.graph.queries import Query, query

LOAD_DOCUMENTS = query("load_documents")
LOAD_IMAGES = query("load_images")
LOAD_REFERENCES = query("load_references")

T = TypeVar("T")

_BATCH = 1000


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a load wrote, counted even where it was there before. problems: one line each.

    Of Markdown only new and changed files are opened, the rest is unchanged; removed: nodes;
    gone: nodes whose file or section is gone and that were left where they are. notes: a line each
    on what was left out on purpose.
    """

    documents: int
    images: int
    references: int
    problems: tuple[str, ...]
    kind: str = "JSONL"
    opened: int = 0
    unchanged: int = 0
    removed: int = 0
    gone: int = 0
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DocumentRecord:
    id: str | int
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class ImageRecord:
    """An image to load. path: from `roots.recorded_path`. caption: None when not known."""

    id: str | int
    path: str
    caption: str | None


@dataclass(frozen=True, slots=True)
class ReferenceRecord:
    """A reference to load. number: its line, to report a reference that leads nowhere."""

    number: int
    document: str | int
    image: str | int


def load_documents(
    graph: Graph, records: Iterable[DocumentRecord], done: Callable[[int], None]
) -> int:
    """Loads documents, and returns how many. done: called with the size of each batch."""
    return _load(graph, LOAD_DOCUMENTS, records, done)


def load_images(graph: Graph, records: Iterable[ImageRecord], done: Callable[[int], None]) -> int:
    """Loads images, and returns how many."""
    return _load(graph, LOAD_IMAGES, records, done)


def load_references(
    graph: Graph, records: Iterable[ReferenceRecord], done: Callable[[int], None]
) -> tuple[int, list[ReferenceRecord]]:
    """Loads references. Returns how many, and those whose document or image is not there."""
    loaded, lost = 0, []
    for batch in _batches(records):
        rows = graph.execute(LOAD_REFERENCES, rows=[asdict(record) for record in batch])
        found = {row["number"] for row in rows}
        lost += [record for record in batch if record.number not in found]
        loaded += len(found)
        done(len(batch))
    return loaded, lost


def write_documents(transaction: Transaction, rows: Sequence[Row]) -> None:
    """Loads documents. rows: of id, title, text."""
    transaction.run(LOAD_DOCUMENTS, rows=rows)


def write_images(transaction: Transaction, rows: Sequence[Row]) -> None:
    """Loads images. rows: of id, path, caption."""
    transaction.run(LOAD_IMAGES, rows=rows)


def write_references(transaction: Transaction, rows: Sequence[Row]) -> None:
    """Loads references. rows: of number, document, image."""
    transaction.run(LOAD_REFERENCES, rows=rows)


def _load(
    graph: Graph,
    query: Query,
    records: Iterable[DocumentRecord | ImageRecord],
    done: Callable[[int], None],
) -> int:
    loaded = 0
    for batch in _batches(records):
        graph.execute(query, rows=[asdict(record) for record in batch])
        loaded += len(batch)
        done(len(batch))
    return loaded


def _batches(records: Iterable[T]) -> Iterator[list[T]]:
    rest = iter(records)
    while batch := list(islice(rest, _BATCH)):
        yield batch
