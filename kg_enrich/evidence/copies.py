"""Copies of one picture: images of the very same bytes, which people want to see once."""

from collections.abc import Callable, Iterable
from typing import TypeVar

from kg_enrich.graph.connection import Row

T = TypeVar("T")


def group(rows: Iterable[Row], *same: str) -> list[Row]:
    """The rows in their order, without those of copies that say the same.

    Each row has `image` and `hash` (of the image's bytes; None where nobody knows, which is no
    copy of anything) and gets `copies` for it: the ids of the images that are left out. same:
    columns in which two rows must agree.
    """
    first: dict[str, Row] = {}
    kept: list[Row] = []
    for row in rows:
        content = row.pop("hash")
        key = repr((content, [row[name] for name in same]))
        if content is not None and key in first:
            first[key]["copies"] += (row["image"],)
            continue
        row["copies"] = ()
        kept.append(row)
        if content is not None:
            first[key] = row
    return kept


def groups(
    read: Callable[[int], list[Row]], grouped: Callable[[list[Row]], list[T]], limit: int
) -> list[T]:
    """`limit` groups of rows, or all there are; how many rows that takes, nobody knows before."""
    many = limit
    while True:
        rows = read(many)
        found = grouped(rows)
        if len(found) >= limit or len(rows) < many:
            return found[:limit]
        many *= 4
