"""Which item comes next: the first behind the place that nobody else has before them."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from urllib.parse import unquote

from starlette.requests import Request

from kg_enrich.api import KnowledgeGraph
from kg_enrich.evidence.queue import Kind
from kg_enrich.service.view import ALL, View, source_of

_PAGE = 20


@dataclass(frozen=True, slots=True)
class Tab:
    """A page of a reviewer's, as its script names it; without a script both are ''.

    id: the same for all that this tab shows. beside: what is still before them while the next item
    is fetched ahead.
    """

    id: str
    beside: str


def tab_of(request: Request) -> Tab:
    """Which tab a request comes from."""
    headers = request.headers
    return Tab(headers.get("x-tab", "")[:40], unquote(headers.get("x-beside", "")))


def find_next(
    kg: KnowledgeGraph, view: View, by: str, tab: Tab
) -> tuple[str, str, View, str] | None:
    """The next document, the image in question, the view behind it, and why it is asked; reserved.

    Image and why are '' where it is about the whole document. None at the end. What the tab had
    before is given back, but for what is still before the reviewer; what comes without a tab ends
    by itself.
    """
    source = source_of(view, kg)
    if source not in kg.sources():
        return None
    if tab.beside:
        kg.reserve(tab.beside, by, tab.id)
    taken = kg.reserved(by, tab.id)
    found: tuple[str, str, View, str] | None = None
    for document, image, place, why in _items(kg, view, source):
        # Somebody may have taken it since.
        if document not in taken and kg.reserve(document, by, tab.id):
            found = document, image, replace(view, after=place), why
            break
    if tab.id:
        kg.release(by, tab.id, tab.beside, *(found or ())[:1])
    return found


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
