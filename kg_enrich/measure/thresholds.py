"""What a threshold would publish today, and what answers show of it: pure functions."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from kg_enrich.evidence.models import Policy
from kg_enrich.evidence.policy import calibrated
from kg_enrich.measure.advise import Answers, Shown, table
from kg_enrich.measure.recalled import Recalled
from kg_enrich.measure.sampling import BOUNDS, cells_of, lower_bound


@dataclass(frozen=True, slots=True)
class Threshold:
    """What is known of the pairs that reach a score.

    min_score: in [0, 10], as the source publishes. kept: the share of today's evidence that would
    be left; above 1 where there would be more. precision: as all answers estimate it, NaN without
    any; bound: which it exceeds, for all thresholds together at 95 %. answers, right: that the
    bound comes from. reference_recall: the share of people's references that reach it, NaN without
    any.
    """

    min_score: float
    pairs: int
    kept: float
    precision: float
    bound: float
    answers: int
    right: int
    reference_recall: float


@dataclass(frozen=True, slots=True)
class Today:
    """What thresholds are compared with. published: pairs that reach the source's minimum score.
    cells: scored pairs by cell of log-odds."""

    policy: Policy
    published: int
    cells: tuple[int, ...]
    recalled: Recalled

    def threshold(self, shown: Shown) -> Threshold:
        """What is known of the pairs from a cell on."""
        pairs = sum(self.cells[shown.cell :])
        return Threshold(
            score_at(shown.cell, self.policy),
            pairs,
            pairs / self.published if self.published else float("nan"),
            shown.estimate,
            shown.bound,
            shown.answers,
            shown.right,
            self.recalled.share(shown.cell),
        )


def score_at(cell: int, policy: Policy) -> float:
    """The score from which pairs lie in a cell, as a policy publishes."""
    # The lowest cell holds whatever is lower, too.
    return calibrated(lower_bound(cell), policy.slope, policy.intercept) if cell else 0.0


def shown_at_bounds(answers: Answers) -> list[Shown]:
    """What is shown from where strata begin, from the top down, but for the lowest two, of which
    nobody publishes; the bounds hold together."""
    cells = [int(cells_of(np.array([bound]))[0]) for bound in reversed(BOUNDS[2:])]
    return table(answers, [cell for cell in cells if answers.pairs(cell)])


def shown_between(answers: Answers, tested: Sequence[Shown]) -> list[Shown]:
    """What follows for every cell between the lowest and the highest of `tested`, from the top
    down.

    Of the pairs from a cell on, at least as many are right as are shown to be right from a higher
    one on. So these bounds hold together with those of `tested`, whichever cell is looked at.
    """
    found: list[Shown] = []
    cells = [one.cell for one in tested]
    for cell in range(max(cells, default=-1), min(cells, default=0) - 1, -1):
        pairs = answers.pairs(cell)
        # The very same pairs are known as well from a lower one on.
        above = [one for one in tested if one.cell >= cell or one.pairs == pairs]
        best = max(above, key=lambda one: one.bound * one.pairs)
        bound = best.bound * best.pairs / pairs
        estimate = answers.estimate(cell)
        found.append(replace(best, cell=cell, pairs=pairs, bound=bound, estimate=estimate))
    return found
