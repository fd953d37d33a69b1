"""Documents whose text lies in nodes of its own: chunks in their order."""

from collections.abc import Iterator, Sequence
from typing import Any

from kg_enrich.graph.connection import Graph, Read, Row
from kg_enrich.graph.queries import query
from kg_enrich.names import Names

READ_CHUNKS = query("read_chunks")
READ_DOCUMENT_TEXTS = query("read_document_texts")
READ_CHUNKED_TEXTS = query("read_chunked_texts")


def with_chunks(read: Read, names: Names, rows: list[Row]) -> list[Row]:
    """Rows of id and text, where chunks stand for the text of documents that have some."""
    if names.chunk_label is None:
        return rows
    ids = [row["id"] for row in rows]
    chunks = {row["id"]: row["chunks"] for row in read(READ_CHUNKS, ids=ids)}
    return [{**row, "text": _whole(row["text"], chunks.get(row["id"], ()))} for row in rows]


def stream_texts(graph: Graph) -> Iterator[Row]:
    """Title and text of every document, in constant memory."""
    if graph.names.chunk_label is None:
        yield from graph.stream(READ_DOCUMENT_TEXTS)
        return
    for row in graph.stream(READ_CHUNKED_TEXTS):
        yield {"title": row["title"], "text": _whole(row["text"], row["chunks"])}


def _whole(own: Any, chunks: Sequence[Any]) -> Any:
    """Chunks that are not all strings stay a list, which is no text and is named as such."""
    if chunks and all(isinstance(chunk, str) for chunk in chunks):
        return "\n".join(chunks)
    return chunks or own
