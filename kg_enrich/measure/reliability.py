"""Is confidence kept: of pairs with like scores, the share that is right."""

from collections.abc import Iterable
from dataclasses import dataclass

from kg_enrich.evidence.models import Policy
from kg_enrich.evidence.policy import calibrated
from kg_enrich.measure.sampled import Sampled

# Of fewer answers a share says nothing.
_ANSWERS = 5


@dataclass(frozen=True, slots=True)
class Group:
    """Pairs of like scores. confidence: of theirs, the mean in [0, 1]; right: the share that is;
    both weighted by the chances that the pairs were drawn with. answers: how many there are."""

    confidence: float
    right: float
    answers: int


def reliability(answered: Iterable[Sampled], policy: Policy) -> list[Group]:
    """A group for each stratum that has enough answers, the lowest confidence first."""
    strata: dict[int, list[Sampled]] = {}
    for one in answered:
        strata.setdefault(one.stratum, []).append(one)
    groups = []
    for some in strata.values():
        if len(some) < _ANSWERS:
            continue
        total = sum(1 / one.chance for one in some)
        told = sum(
            calibrated(one.log_odds, policy.slope, policy.intercept) / 10 / one.chance
            for one in some
        )
        right = sum((one.right or 0.0) / one.chance for one in some)
        groups.append(Group(told / total, right / total, len(some)))
    return sorted(groups, key=lambda group: group.confidence)
