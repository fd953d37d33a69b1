"""What a threshold would publish today, and what answers show of it: pure functions."""

from dataclasses import dataclass

from kg_enrich.evidence.models import Policy
from kg_enrich.evidence.policy import calibrated
from kg_enrich.measure.recalled import Recalled
from kg_enrich.measure.sampled import Shown
from kg_enrich.measure.sampling import lower_bound


@dataclass(frozen=True, slots=True)
class Threshold:
    """What is known of the pairs that reach a score.

    min_score: in [0, 10], as the source publishes. kept: the share of today's evidence that would
    be left; above 1 where there would be more. precision: as all answers estimate it, NaN without
    any; bound: which it reaches, for all thresholds together at 95 %. answers, right: that the
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
