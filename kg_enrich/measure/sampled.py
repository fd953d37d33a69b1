"""Answers to a sample whose design is known, and what they show from a threshold on: pure code.

Pairs are drawn with different chances, and a bound that is exact needs one chance. So each
threshold is looked at through those pairs alone whose tickets are below the lowest chance among
the strata above it: whatever their number, they are a simple random sample of all pairs above the
threshold, and the exact bound of such a sample holds. Answers that were not come to yet leave the
first part of every stratum in the audit's order, which is the same with smaller chances.

What was skipped, what somebody is unsure of and what people differ in counts as wrong.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import nan

from kg_enrich.measure.bounds import LEVEL, lower_bound_of
from kg_enrich.measure.sampling import CELLS, stratum_of
from kg_enrich.models import DocumentId

# A threshold is tested when so many more pairs are above it than above the one before.
_GROWTH = 1.1


@dataclass(frozen=True, slots=True)
class Sampled:
    """A drawn pair, as far as it is answered.

    draw: which one it comes from. cell: of its log-odds. right: 1.0 accepted, 0.0 rejected, 0.5
    unsure or disputed, None not answered.
    """

    document: DocumentId
    draw: int
    stratum: int
    cell: int
    log_odds: float
    chance: float
    ticket: float
    right: float | None

    @property
    def order(self) -> float:
        return self.ticket / self.chance


@dataclass(frozen=True, slots=True)
class Design:
    """How a draw was made. cells: pairs by cell of log-odds. chances: by stratum."""

    cells: tuple[int, ...]
    chances: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Shown:
    """What the answers say of all pairs from a threshold on.

    cell: where the threshold is. pairs: all of them, drawn or not. answers: of one chance; right:
    those accepted. bound: on the share that is right, at the level that was asked for.
    estimate: from all answers, weighted; NaN without any.
    """

    cell: int
    pairs: int
    answers: int
    right: int
    bound: float
    estimate: float


class Answers:
    """The answers of an audit with the design that they come from."""

    def __init__(self, sampled: Sequence[Sampled], designs: Sequence[Design]) -> None:
        """designs: by the number of the draw.

        The first draw counts as far as people have come; a later one when it is answered whole,
        for half an extension says little of anything.
        """
        self._designs = designs
        reached = [_reached([one for one in sampled if one.draw == n]) for n in range(len(designs))]
        self._reached = [
            part if number == 0 or part == 1.0 else 0.0 for number, part in enumerate(reached)
        ]
        # As far as people have come; what is open among these was passed over.
        self.reached = [one for one in sampled if one.order < self._reached[one.draw]]
        self.draws = [number for number, part in enumerate(self._reached) if part > 0]

    @property
    def answered(self) -> list[Sampled]:
        """The answers that count."""
        return [one for one in self.reached if one.right is not None]

    def pairs(self, cell: int) -> int:
        """All pairs from a cell on that the draws stand for."""
        return sum(sum(self._designs[n].cells[cell:]) for n in self.draws)

    def chance(self, cell: int) -> float:
        """The lowest chance among the pairs from a cell on; 0 where there are none."""
        return min(
            (
                self._designs[n].chances[stratum_of(at)] * self._reached[n]
                for n in self.draws
                for at in range(cell, CELLS)
                if self._designs[n].cells[at]
            ),
            default=0.0,
        )

    def alike(self, cell: int) -> list[Sampled]:
        """Those of one chance from a cell on: a simple random sample."""
        chance = self.chance(cell)
        return [one for one in self.reached if one.cell >= cell and one.ticket < chance]

    def shown(self, cell: int, level: float = LEVEL) -> Shown:
        """What they say of all pairs from a cell on."""
        sample = self.alike(cell)
        right = sum(one.right == 1.0 for one in sample)
        # Renaming apart, no more can be drawn than there were.
        pairs = max(self.pairs(cell), len(sample))
        bound = lower_bound_of(right, len(sample), pairs, level) if sample else 0.0
        return Shown(cell, pairs, len(sample), right, bound, self.estimate(cell))

    def known(self) -> list[Shown]:
        """Thresholds above which every pair is answered, so that the share itself is known."""
        all_ = (self.shown(cell) for cell in range(CELLS) if self.pairs(cell))
        return [one for one in all_ if one.answers == one.pairs]

    def estimate(self, cell: int) -> float:
        """The share that is right from a cell on, as all answers estimate it; NaN without any."""
        return precision(self.answered, cell)

    def steps(self) -> Iterator[int]:
        """Cells from the top down, each with clearly more pairs; the answers have no say in it."""
        before = 0
        for cell in range(CELLS - 1, -1, -1):
            pairs = self.pairs(cell)
            if pairs > before * _GROWTH:
                before = pairs
                yield cell

    def expected(self, cell: int) -> float:
        """How many of one chance there should be; what was drawn has no say in it."""
        return self.chance(cell) * self.pairs(cell)


def precision(answered: Iterable[Sampled], cell: int) -> float:
    """The share that is right of the pairs from a cell on, as weighted answers estimate it."""
    weights = [(1 / one.chance, one.right) for one in answered if one.cell >= cell]
    total = sum(weight for weight, _ in weights)
    return sum(w * (right or 0.0) for w, right in weights) / total if total else nan


def _reached(sampled: Sequence[Sampled]) -> float:
    """How far people have come in a draw, in [0, 1]: all before it were at least looked at."""
    ordered = sorted(one.order for one in sampled)
    last = max((one.order for one in sampled if one.right is not None), default=None)
    if last is None:
        return 0.0
    return next((order for order in ordered if order > last), 1.0)
