"""Images that cannot be read now, with why, since when, and the evidence that hangs on them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from heapq import nlargest
from pathlib import Path

from kg_enrich.errors import ImageError
from kg_enrich.graph.connection import Graph, Row
from kg_enrich.graph.paging import id_pages
from kg_enrich.graph.queries import query
from kg_enrich.images.decoding import resolve

PAGE_IMAGES = query("page_images")
READ_IMAGE_TROUBLES = query("read_image_troubles")
COUNT_UNREADABLE_EVIDENCE = query("count_unreadable_evidence")

_PAGE = 500


@dataclass(frozen=True, slots=True)
class UnreadableNow:
    """One image. since: ISO time of the record; None where nothing recorded it yet.

    evidence: how many documents it is published for.
    """

    image: str | int
    path: str | None
    reason: str
    since: str | None
    evidence: int


@dataclass(frozen=True, slots=True)
class UnreadableImages:
    """The images with the most evidence first. total, evidence: of all, listed or not."""

    total: int
    evidence: int
    images: list[UnreadableNow]


def read_unreadable(graph: Graph, roots: Sequence[Path], limit: int) -> UnreadableImages:
    """Images whose files are not there now, or that are on record; `limit` of them are listed.

    Every path is looked up, no file is opened. roots: from `images.image_roots`.
    """
    total = evidence = 0

    def counted() -> Iterator[UnreadableNow]:
        nonlocal total, evidence
        for ids in id_pages(graph, PAGE_IMAGES, _PAGE):
            for row in graph.read(READ_IMAGE_TROUBLES, ids=ids):
                found = _unreadable(row, roots)
                if found is not None:
                    total += 1
                    evidence += found.evidence
                    yield found

    first = nlargest(limit, counted(), key=lambda one: one.evidence)
    return UnreadableImages(total, evidence, first)


def count_recorded(graph: Graph) -> tuple[int, int]:
    """Images on record as unreadable, and the pieces of evidence that hang on them."""
    row = graph.read(COUNT_UNREADABLE_EVIDENCE)[0]
    return row["images"], row["evidence"]


def _unreadable(row: Row, roots: Sequence[Path]) -> UnreadableNow | None:
    failures = sorted(row["failures"], key=lambda one: str(one["at"]))
    reason = _missing(row["path"], roots) or (str(failures[0]["reason"]) if failures else "")
    if not reason:
        return None
    path = row["path"] if isinstance(row["path"], str) else None
    since = failures[0]["at"] if failures else None
    return UnreadableNow(row["image"], path, reason, since, row["evidence"])


def _missing(path: object, roots: Sequence[Path]) -> str:
    if not isinstance(path, str) or not path:
        return "its node has no path"
    try:
        resolve(path, roots)
    except ImageError as error:
        return str(error)
    return ""
