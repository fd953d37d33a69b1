"""Documents one page after the other, with what is published of each; no page counts them all."""

from dataclasses import dataclass
from math import inf

from kg_enrich.graph.connection import Graph
from kg_enrich.graph.queries import query

PAGE_DOCUMENT_ROWS = query("page_document_rows")


@dataclass(frozen=True, slots=True)
class DocumentRow:
    """A document in a list. evidence, referenced: images. best: confidence, in [0, 1]."""

    id: str | int
    title: str
    evidence: int
    best: float | None
    referenced: int


def page_documents(
    graph: Graph, limit: int, after: str | None = None
) -> tuple[list[DocumentRow], str | None]:
    """The next documents in order of their ids, strings first, and the place behind them.

    after: a place that the page before gave; None, and what is none, begins. A page where the
    strings end may be short.
    """
    kind, _, last = (after or "s:").partition(":")
    start: str | int | float = last
    if kind == "n":
        start = int(last) if last.lstrip("-").isdigit() else -inf
    rows = graph.read(PAGE_DOCUMENT_ROWS, after=start, limit=limit)
    found = [
        DocumentRow(
            row["id"], str(row["title"] or ""), row["evidence"], row["best"], row["referenced"]
        )
        for row in rows
        if isinstance(row["id"], str | int)
    ]
    if len(rows) == limit:
        return found, f"{kind if kind == 'n' else 's'}:{rows[-1]['id']}"
    if kind != "n" and graph.read(PAGE_DOCUMENT_ROWS, after=-inf, limit=1):
        return found, "n:"
    return found, None
