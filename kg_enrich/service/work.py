"""Which item comes next: the first behind the place that nobody else has before them."""

from collections.abc import Iterator
from dataclasses import replace

from kg_enrich.api import KnowledgeGraph
from kg_enrich.service.view import View, source_of

# So many that others have before them, and somebody looks at the same thing twice at worst.
_MOST = 200


def find_next(kg: KnowledgeGraph, view: View, by: str) -> tuple[str, str, View] | None:
    """The next document (and the image in question, or '') with the view behind it, reserved.

    None at the end. What `by` had before is given back.
    """
    source = source_of(view, kg)
    if source not in kg.sources():
        return None
    for number, (document, image, place) in enumerate(_items(kg, view, source)):
        if kg.reserve(document, by) or number >= _MOST:
            kg.release(by, document)
            return document, image, replace(view, after=place)
    return None


def _items(kg: KnowledgeGraph, view: View, source: str) -> Iterator[tuple[str, str, str]]:
    for document, place in kg.documents_after(source, view.after or None, view.wanted):
        yield str(document), "", place
