"""Exact bounds on a share, by Clopper and Pearson (1934): pure functions."""

from math import exp, lgamma, log

LEVEL = 0.95


def lower_bound(right: int, answers: int, level: float = LEVEL) -> float:
    """The share that is exceeded at this level, where so many of the answers say right.

    One-sided: whatever the true share is, the bound is above it in at most 1 - level of samples.
    Of samples without replacement it holds all the more (Hoeffding 1963).
    """
    if not 0 <= right <= answers:
        raise ValueError(f"{right} of {answers}")
    if right == 0:
        return 0.0
    low, high = 0.0, right / answers
    for _ in range(60):
        middle = (low + high) / 2
        # How likely as many as that are when the share is `middle`.
        if at_least(right, answers, middle) > 1 - level:
            high = middle
        else:
            low = middle
    return low


def lower_bound_of(right: int, answers: int, pairs: int, level: float = LEVEL) -> float:
    """As `lower_bound`, of a simple random sample of so many pairs: exact (hypergeometric).

    Once all pairs are answered it is the share itself.
    """
    if not 0 <= right <= answers <= pairs:
        raise ValueError(f"{right} of {answers} of {pairs}")
    low, high = right, pairs - (answers - right)
    while low < high:
        middle = (low + high) // 2
        # How likely as many as that are when so many of all pairs are right.
        if _at_least_of(right, answers, middle, pairs) > 1 - level:
            high = middle
        else:
            low = middle + 1
    return low / pairs if pairs else 0.0


def upper_bound(right: int, answers: int, level: float = LEVEL) -> float:
    """The share that is not reached at this level."""
    return 1 - lower_bound(answers - right, answers, level)


def needed(wrong: int, share: float, level: float = LEVEL) -> int:
    """How many answers show a share, when so many of them are wrong. share: in (0, 1)."""
    answers = wrong + 1
    step = 1
    while lower_bound(answers + step - wrong, answers + step, level) < share:
        step *= 2
    low, high = answers, answers + step
    while low < high:
        middle = (low + high) // 2
        if lower_bound(middle - wrong, middle, level) >= share:
            high = middle
        else:
            low = middle + 1
    return low


def at_least(right: int, answers: int, share: float) -> float:
    """The chance that at least so many of the answers say right, where each does with `share`."""
    if right <= 0:
        return 1.0
    if share <= 0.0:
        return 0.0
    if share >= 1.0:
        return 1.0
    one, other = log(share), log(1 - share)
    terms = (
        exp(
            lgamma(answers + 1)
            - lgamma(k + 1)
            - lgamma(answers - k + 1)
            + k * one
            + (answers - k) * other
        )
        for k in range(right, answers + 1)
    )
    return min(1.0, sum(terms))


def _at_least_of(right: int, answers: int, yes: int, pairs: int) -> float:
    """The chance that a sample has at least so many of the `yes` pairs that are right."""
    first, last = max(right, answers - (pairs - yes)), min(answers, yes)
    every = _choices(pairs, answers)
    terms = (
        exp(_choices(yes, k) + _choices(pairs - yes, answers - k) - every)
        for k in range(first, last + 1)
    )
    return min(1.0, sum(terms))


def _choices(of: int, some: int) -> float:
    """The logarithm of the binomial coefficient."""
    return lgamma(of + 1) - lgamma(some + 1) - lgamma(of - some + 1)
