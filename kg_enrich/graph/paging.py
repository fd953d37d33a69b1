"""Keyset pages over ids, in constant memory."""

from collections.abc import Iterator
from math import inf
from typing import Any

from kg_enrich.graph.connection import Graph
from kg_enrich.graph.queries import Query


def id_pages(graph: Graph, page: Query, size: int, **parameters: Any) -> Iterator[list[str | int]]:
    """Every string and integer id in order and once, in pages of at most `size`.

    page: a query that takes `after`, `limit` and `parameters`, and returns `ids` from `after` on.
    """
    # Cypher compares only strings with strings and numbers with numbers, so there are two passes.
    for start in ("", -inf):
        after: str | int | float = start
        while True:
            (row,) = graph.read(page, after=after, limit=size, **parameters)
            # Each page begins with the last id of the page before, so that '' is not left out.
            found = [value for value in row["ids"] if value != after or after == ""]
            if ids := [value for value in found if isinstance(value, str | int)]:
                yield ids
            if found:
                after = found[-1]
            if len(row["ids"]) < size:
                break
