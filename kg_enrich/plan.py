"""The edge diff of a dry run: what would be added, raised, lowered, renewed and withdrawn."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

from kg_enrich.catalogue import Catalogue
from kg_enrich.extractor import Question, pages
from kg_enrich.graph import Graph
from kg_enrich.models import DocumentId, ImageId
from kg_enrich.policy import EdgeChanges
from kg_enrich.queries import query
from kg_enrich.runs import Job
from kg_enrich.states import StoredState

READ_JOB_START = query("read_job_start")

_EXAMPLES = 10
_NUMBERS = ("pairs", "images", "held", "ledgers", "holds", "failures", "touched")


class Change(StrEnum):
    """What may become of an edge."""

    ADD = "add"
    RAISE = "raise"
    LOWER = "lower"
    RENEW = "renew"  # same score, from a changed judgement
    WITHDRAW = "withdraw"


@dataclass(frozen=True, slots=True)
class EdgeChange:
    """One edge that would change: its score before and after, None where there is no edge."""

    document: DocumentId
    image: ImageId
    before: float | None
    after: float | None

    def as_row(self) -> dict[str, object]:
        return {
            "document": self.document,
            "image": self.image,
            "from": self.before,
            "to": self.after,
        }


@dataclass(slots=True)
class Plan:
    """What would change, counted, with the first few edges of each kind.

    pairs: that would be scored; what becomes of them is not known before. images: distinct ones
    that would be read for it. held: pairs that are held back because of a hub. ledgers, holds,
    failures: nodes that would be written or removed.
    touched: edges and ledgers that somebody changed since the run that is to be rolled back.
    """

    counts: dict[Change, int] = field(default_factory=lambda: dict.fromkeys(Change, 0))
    examples: dict[Change, list[EdgeChange]] = field(
        default_factory=lambda: {change: [] for change in Change}
    )
    pairs: int = 0
    images: int = 0
    held: int = 0
    ledgers: int = 0
    holds: int = 0
    failures: int = 0
    touched: int = 0

    def edge(self, change: Change, edge: EdgeChange) -> None:
        """Counts an edge, and keeps it while there are few."""
        self.counts[change] += 1
        if len(self.examples[change]) < _EXAMPLES:
            self.examples[change].append(edge)

    def count(self, document: DocumentId, changes: EdgeChanges, stored: StoredState) -> None:
        """Counts a document's changes. stored: what the graph has of it."""
        there = stored.evidence
        for stray in stored.strays.values():
            self.edge(Change.WITHDRAW, EdgeChange(document, stray.image, stray.score, None))
        self.held += len(changes.held)
        for change, edges in (
            (Change.ADD, changes.add),
            (Change.RAISE, changes.raised),
            (Change.LOWER, changes.lowered),
            (Change.RENEW, changes.renewed),
            (Change.WITHDRAW, changes.withdraw),
        ):
            for edge in edges:
                before = there[edge.image].score if edge.image in there else None
                after = None if change is Change.WITHDRAW else edge.score
                self.edge(change, EdgeChange(document, edge.image, before, after))

    def as_json(self) -> dict[str, Any]:
        """For machines: every kind of change with its count and examples, then the numbers."""
        edges = {
            change.value: {
                "count": many,
                "examples": [edge.as_row() for edge in self.examples[change]],
            }
            for change, many in self.counts.items()
        }
        return edges | self.numbers

    @property
    def numbers(self) -> dict[str, int]:
        """Everything that is not about edges."""
        return {name: getattr(self, name) for name in _NUMBERS}


def plan_run(graph: Graph, job: Job, question: Question, roots: Sequence[Path]) -> Plan:
    """What a run of this job would change before anything is scored. Writes nothing.

    Memory grows with the number of images to read.
    """
    plan = Plan()
    if question.scope.rescore:
        rows = graph.read(READ_JOB_START, job=job.id)
        # Whatever was judged until now, where the job never started.
        started = rows[0]["started"] if rows else sys.maxsize
        question = replace(question, judged_before=started)
    left = question.scope.limit
    images: set[ImageId] = set()
    for page in pages(graph, question, Catalogue(graph, roots)):
        work = page.work if left is None else page.work[:left]
        for one in work:
            plan.count(one.unit.document.id, one.changes, one.stored)
            plan.pairs += len(one.unit.images)
            images.update(image.id for image in one.unit.images)
        if left is not None:
            left -= len(work)
            if left <= 0:
                break
    plan.images = len(images)
    return plan
