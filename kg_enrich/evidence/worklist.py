"""Documents with published evidence, one page after the other: what there is to look through."""

from collections.abc import Iterator
from math import inf

from kg_enrich.evidence.shown import Wanted
from kg_enrich.graph.connection import Graph
from kg_enrich.graph.queries import query

PAGE_DOCUMENTS_TO_REVIEW = query("page_documents_to_review")

_PAGE = 20


def documents_after(
    graph: Graph, source: str, after: str | None, wanted: Wanted
) -> Iterator[tuple[str | int, str]]:
    """Documents in order of their ids, strings first, each with the place behind it.

    after: a place, None for the beginning; what is none is taken for it.
    """
    kind, _, last = (after or "s:").partition(":")
    starts: list[str | float] = [last, -inf]
    if kind == "n":
        starts = [int(last)] if last.lstrip("-").isdigit() else []
    for start in starts:
        at: str | float | int = start
        while True:
            rows = graph.read(
                PAGE_DOCUMENTS_TO_REVIEW,
                after=at,
                limit=_PAGE,
                source=source,
                minimum=wanted.minimum,
                labels=list(wanted.labels),
                unreviewed=wanted.unreviewed,
            )
            for row in rows:
                at = row["id"]
                if isinstance(at, str | int):
                    yield at, f"{'s' if isinstance(at, str) else 'n'}:{at}"
            if len(rows) < _PAGE:
                break
