"""How well two people agree (Cohen 1960): pure functions."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import combinations
from math import nan

from kg_enrich.evidence.models import Decision


@dataclass(frozen=True, slots=True)
class Agreement:
    """Two people who answered the same pairs.

    kappa: 1 is full agreement, 0 as much as by chance; NaN where both said one thing alone.
    """

    people: tuple[str, str]
    pairs: int
    agreed: int
    kappa: float


def agreements(answers: Iterable[Mapping[str, Decision]]) -> list[Agreement]:
    """Of every two people who answered a pair both. answers: of one pair each, by person."""
    shared: dict[tuple[str, str], list[tuple[Decision, Decision]]] = {}
    for said in answers:
        for one, other in combinations(sorted(said), 2):
            shared.setdefault((one, other), []).append((said[one], said[other]))
    return [
        Agreement(people, len(both), sum(a is b for a, b in both), kappa(both))
        for people, both in sorted(shared.items())
    ]


def kappa(both: Iterable[tuple[Decision, Decision]]) -> float:
    """Cohen's kappa of two people's decisions; NaN where it is undefined."""
    pairs = list(both)
    if not pairs:
        return nan
    agreed = sum(a is b for a, b in pairs) / len(pairs)
    first, second = Counter(a for a, _ in pairs), Counter(b for _, b in pairs)
    by_chance = sum(first[one] * second[one] for one in Decision) / len(pairs) ** 2
    return nan if by_chance == 1 else (agreed - by_chance) / (1 - by_chance)
