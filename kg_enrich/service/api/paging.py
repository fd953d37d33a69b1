"""What lists take: where a page begins, how long it is, and which pairs are wanted."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Query

from kg_enrich.evidence.shown import Wanted

Limit = Annotated[int, Query(ge=1, le=1000, description="Items of a page, at most.")]
After = Annotated[
    str, Query(max_length=200, description="`after` of the page before; empty begins.")
]
Word = Annotated[str, Query(min_length=1, max_length=4096)]


@dataclass(frozen=True, slots=True)
class Filters:
    """Which published pairs are wanted."""

    source: Annotated[str | None, Query(max_length=1000, description="Of this source.")] = None
    min_confidence: Annotated[
        float | None, Query(ge=0, le=1, description="Of at least this confidence.")
    ] = None
    label: Annotated[
        tuple[str, ...], Query(description="A label that the document must have; repeatable.")
    ] = ()
    unreviewed: Annotated[bool, Query(description="Only what no person spoke of.")] = False

    @property
    def wanted(self) -> Wanted:
        return Wanted(self.source, self.min_confidence, tuple(self.label), self.unreviewed)


Filtered = Annotated[Filters, Depends(Filters)]
