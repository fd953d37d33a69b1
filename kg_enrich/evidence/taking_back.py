"""Undoes what somebody said on the pages: what they had said before that is in force again."""

from dataclasses import replace

from kg_enrich.evidence.models import Word
from kg_enrich.evidence.pace import UNDOING, Undoable, read_undoable
from kg_enrich.evidence.reviews import Saying, review
from kg_enrich.evidence.said import read_words
from kg_enrich.graph.connection import Graph
from kg_enrich.models import DocumentId, ImageId


def undo_last(graph: Graph, by: str) -> Undoable | None:
    """Undoes the last thing that `by` said on the pages; None when there is nothing to undo."""
    if not (there := read_undoable(graph, by)):
        return None
    last = there[0]
    for document, image in last.pairs:
        words = read_words(graph.read, [DocumentId(document)])[DocumentId(document)]
        own = sorted(
            (word for word in words if word.image == image and word.by == by),
            key=lambda word: word.order,
        )
        at = next(
            (place for place, word in enumerate(own) if last.batch in (word.batch, word.key)), None
        )
        if at is None:
            continue
        former = own[at - 1] if at else None
        review(graph, DocumentId(document), ImageId(image), _again(former, by, last.batch))
    return last


def _again(former: Word | None, by: str, batch: str) -> Saying:
    if former is None:
        return Saying(None, by, way=UNDOING, batch=batch)
    saying = Saying(former.decision, by, former.reasons, former.note, way=UNDOING, batch=batch)
    return replace(saying, blind=former.blind)
