"""Which item comes next: the first behind the place that nobody else has before them."""

from collections.abc import Iterator
from dataclasses import replace

from kg_enrich.api import KnowledgeGraph
from kg_enrich.evidence.queue import Kind
from kg_enrich.service.view import ALL, View, source_of

# So many that others have before them, and somebody looks at the same thing twice at worst.
_MOST = 200
_PAGE = 20


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
    for number, (document, image, place, why) in enumerate(_items(kg, view, source)):
        if kg.reserve(document, by) or number >= _MOST:
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
