"""Which items a reviewer goes through, and where in them they are: all of it is in the address."""

from dataclasses import asdict, dataclass
from typing import Annotated, Any

from fastapi import Depends, Form, Query

from kg_enrich.api import KnowledgeGraph
from kg_enrich.evidence.shown import Wanted
from kg_enrich.service.rendering import address

QUEUE, ALL = "queue", "all"


@dataclass(frozen=True, slots=True)
class View:
    """What is gone through.

    mode: 'queue' (what people should be asked) or 'all' (all published evidence of a scope).
    source: '' is the settings' one. kind: of the queue. label, minimum: of the scope. again: also
    what somebody has spoken of. after: the place behind the item.
    """

    mode: str = QUEUE
    source: str = ""
    kind: str = ""
    label: str = ""
    minimum: float = 0.0
    again: bool = False
    after: str = ""

    @property
    def wanted(self) -> Wanted:
        """The scope, for what reads evidence."""
        labels = (self.label,) if self.label else ()
        return Wanted(minimum=self.minimum or None, labels=labels, unreviewed=not self.again)

    @property
    def query(self) -> dict[str, Any]:
        """As it stands in an address: only what is not the usual."""
        usual = asdict(View())
        return {
            name: value if not isinstance(value, bool) else 1
            for name, value in asdict(self).items()
            if value != usual[name]
        }

    def item(self, document: object, image: object = None, why: str = "") -> str:
        """The address of one item, to share."""
        return address("/review/item", document=document, image=image, why=why, **self.query)

    def next(self) -> str:
        """The address that leads to the next item."""
        return address("/review", **self.query)


def source_of(view: View, kg: KnowledgeGraph) -> str:
    """The evidence source that a view is of."""
    return view.source or kg.source


def _of_query(
    mode: Annotated[str, Query(pattern="^(queue|all)$")] = QUEUE,
    source: Annotated[str, Query(max_length=200)] = "",
    kind: Annotated[str, Query(max_length=40)] = "",
    label: Annotated[str, Query(max_length=200)] = "",
    minimum: Annotated[float, Query(ge=0, le=1)] = 0.0,
    again: bool = False,
    after: Annotated[str, Query(max_length=2000)] = "",
) -> View:
    return View(mode, source, kind, label, minimum, again, after)


def _of_form(
    mode: Annotated[str, Form(pattern="^(queue|all)$")] = QUEUE,
    source: Annotated[str, Form(max_length=200)] = "",
    kind: Annotated[str, Form(max_length=40)] = "",
    label: Annotated[str, Form(max_length=200)] = "",
    minimum: Annotated[float, Form(ge=0, le=1)] = 0.0,
    again: Annotated[bool, Form()] = False,
    after: Annotated[str, Form(max_length=2000)] = "",
) -> View:
    return View(mode, source, kind, label, minimum, again, after)


FromQuery = Annotated[View, Depends(_of_query)]
FromForm = Annotated[View, Depends(_of_form)]
