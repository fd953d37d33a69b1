"""The edge diff of a dry run: what would be added, raised, lowered, renewed and withdrawn."""

from dataclasses import dataclass, field
from enum import StrEnum

from kg_enrich.evidence.models import DocumentState
from kg_enrich.evidence.policy import EdgeChanges
from kg_enrich.models import DocumentId, ImageId

_EXAMPLES = 10
_NUMBERS = ("pairs", "images", "held", "ledgers", "holds", "failures", "touched", "standing",
            "trailing", "rivals")  # fmt: skip


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


def change_of(before: float | None, after: float | None) -> Change | None:
    """What becomes of an edge whose score was and is this; None where there is none at all."""
    if before is None:
        return None if after is None else Change.ADD
    if after is None:
        return Change.WITHDRAW
    if before == after:
        return Change.RENEW
    return Change.RAISE if after > before else Change.LOWER


@dataclass(slots=True)
class Plan:
    """What would change, counted, with the first few edges of each kind.

    pairs: that would be scored; what becomes of them is not known before. images: distinct ones
    that would be read for it. held: pairs that are held back because of a hub. ledgers, holds,
    failures: nodes that would be written or removed.
    standing: edges that the source has now. trailing: pairs that score high enough and are
    not published because they do not lead their document's next image clearly. rivals: images that
    are held back because their best document does not lead their next one clearly.
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
    standing: int = 0
    trailing: int = 0
    rivals: int = 0

    def edge(self, change: Change, edge: EdgeChange) -> None:
        """Counts an edge, and keeps it while there are few."""
        self.counts[change] += 1
        if len(self.examples[change]) < _EXAMPLES:
            self.examples[change].append(edge)

    def count(self, document: DocumentId, changes: EdgeChanges, stored: DocumentState) -> None:
        """Counts a document's changes. stored: what the graph has of it."""
        there = stored.evidence
        for stray in stored.strays.values():
            self.edge(Change.WITHDRAW, EdgeChange(document, stray.image, stray.score, None))
        self.held += len(changes.held)
        self.trailing += len(changes.trailing)
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

    @property
    def numbers(self) -> dict[str, int]:
        """Everything that is not about edges."""
        return {name: getattr(self, name) for name in _NUMBERS}
