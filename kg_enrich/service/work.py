"""Which item comes next: the first behind the place that nobody else has before them."""

from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import unquote

from starlette.requests import Request

from kg_enrich.api import KnowledgeGraph
from kg_enrich.evidence.queue import Kind
from kg_enrich.service.view import ALL, View, source_of

_PAGE = 20


def beside_of(request: Request) -> str:
    """What is still before a reviewer whose script fetches the next item; '' otherwise."""
    return unquote(request.headers.get("x-beside", ""))


def find_next(
    kg: KnowledgeGraph, view: View, by: str, beside: str = ""
) -> tuple[str, str, View, str] | None:
    """The next document, the image in question, the view behind it, and why it is asked; reserved.

    Image and why are '' where it is about the whole document. None at the end. What `by` had
    before is given back, but for `beside`: the document that is still before them.
    """
    source = source_of(view, kg)
    if source not in kg.sources():
        return None
    if beside:
        kg.reserve(beside, by)
    taken = kg.reserved(by)
    for document, image, place, why in _items(kg, view, source):
        # Somebody may have taken it since.
        if document not in taken and kg.reserve(document, by):
            kg.release(by, document, beside)
            return document, image, replace(view, after=place), why
    return None


def _items(kg: KnowledgeGraph, view: View, source: str) -> Iterator[tuple[str, str, str, str]]:
    if view.mode == ALL:
        for document, place in kg.documents_after(source, view.after or None, view.wanted):
            yield str(document), "", place, ""
        return
    kind = Kind(view.kind) if view.kind in set(Kind) else None
    after: str | None = view.after or None
    while True:
        found = kg.queue(source, kind=kind, limit=_PAGE, after=after)
        for item in found.items:
            yield (
                str(item.document),
                str(item.image),
                f"{item.priority!r}:{item.key}",
                item.kind.value,
            )
        if (after := found.after) is None:
            return
