"""What an audit's answers show of being right, by threshold, and the lowest threshold: pure code.

Two things are looked at, each with half of the chance to be wrong: a table of some thresholds, and
tests from the top down, which come further down with the same answers and can end early. What is
said of any threshold follows from both, so that all of it holds together at LEVEL, and the lowest
threshold that is named is the lowest one whose own bound reaches what is wanted.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import ceil

import numpy as np

from kg_enrich.measure.bounds import LEVEL, needed
from kg_enrich.measure.sampled import Answers, Shown
from kg_enrich.measure.sampling import BOUNDS, cells_of

_HALF = (1 - LEVEL) / 2
# The tests begin anew where this many wrong answers can be borne, so that one wrong answer near the
# top, or a first step that is too low, does not end them all; each beginning has its part of the
# level.
_BEARABLE = (0, 1, 3)


@dataclass(frozen=True, slots=True)
class Advice:
    """What is shown by threshold, and the lowest whose precision is shown to be high enough.

    lowest: what is shown there; None when nothing is. missing: when nothing is shown, how many
    more answers would do if they were all right, at least; 0 when every pair that could show it is
    answered. tested: thresholds tried, from the top. table: where strata begin, from the top, but
    for the lowest two, of which nobody publishes. finer: every cell between what is known, from the
    top.
    """

    minimum: float
    lowest: Shown | None
    missing: int
    tested: tuple[Shown, ...]
    table: tuple[Shown, ...]
    finer: tuple[Shown, ...]


def advise(answers: Answers, minimum: float) -> Advice:
    """What answers show, and the lowest threshold with a precision of at least `minimum`.

    minimum: in (0, 1). Everything in it holds together at LEVEL.
    """
    tested, missing = _tested(answers, minimum)
    rows = table(answers)
    # A test shows that the precision is what is wanted and no more: what it was tested at goes on.
    passed = [replace(one, bound=minimum) for one in tested if one.bound >= minimum]
    finer = shown_between(answers, [*rows, *answers.known(), *passed])
    enough = [one for one in finer if one.bound >= minimum]
    # Cells may be empty: the highest score from which these pairs lie.
    lowest = next((one for one in enough if one.pairs == enough[-1].pairs), None)
    cells = {one.cell for one in rows}
    return Advice(
        minimum,
        lowest,
        0 if lowest else missing,
        tuple(tested),
        tuple(one for one in finer if one.cell in cells),
        tuple(finer),
    )


def table(answers: Answers) -> list[Shown]:
    """What is shown from where strata begin, from the top down, with bounds that hold all together
    (Bonferroni), at half of the chance to be wrong."""
    cells = [int(cells_of(np.array([bound]))[0]) for bound in reversed(BOUNDS[2:])]
    cells = [cell for cell in cells if answers.pairs(cell)]
    return [answers.shown(cell, 1 - _HALF / len(cells)) for cell in cells]


def shown_between(answers: Answers, known: Sequence[Shown]) -> list[Shown]:
    """What follows for every cell between the lowest and the highest of `known`, from the top down.

    Of the pairs from a cell on, at least as many are right as are shown to be right from a higher
    one on. So these bounds hold together with those of `known`, whichever cell is looked at.
    """
    found: list[Shown] = []
    cells = [one.cell for one in known]
    for cell in range(max(cells, default=-1), min(cells, default=0) - 1, -1):
        pairs = answers.pairs(cell)
        # The very same pairs are known as well from a lower one on.
        above = [one for one in known if one.cell >= cell or one.pairs == pairs]
        # What says as much of these pairs themselves comes first.
        best = max(above, key=lambda one: (round(one.bound * one.pairs, 6), one.pairs == pairs))
        bound = best.bound if best.pairs == pairs else best.bound * best.pairs / pairs
        estimate = answers.estimate(cell)
        found.append(replace(best, cell=cell, pairs=pairs, bound=bound, estimate=estimate))
    return found


def _tested(answers: Answers, minimum: float) -> tuple[list[Shown], int]:
    """Thresholds that were tested, with the bounds that they were tested by, and how many answers
    are missing where none passes.

    They are tested from the top down (fixed sequence), at one, two or three beginnings, which
    have equal parts of the level. What a threshold is tested at goes on to the next lower one when
    it passes and is lost when it fails (the fallback procedure: Wiens and Dmitrienko 2005). So the
    chance that one passes that should not is at most half of 1 - LEVEL, however many there are.
    Which ones are tested depends on the design alone, never on an answer or on which pairs were
    drawn.
    """
    steps = list(answers.steps())
    starts, part = _starts(answers, steps, minimum)
    tested: list[Shown] = []
    risk = 0.0
    for cell in steps:
        if cell in starts:
            risk += part
        if risk == 0.0:
            continue
        shown = answers.shown(cell, 1 - risk)
        # Where all are answered their share is known and nothing is tested.
        if shown.answers == shown.pairs:
            continue
        tested.append(shown)
        if shown.bound < minimum:
            risk = 0.0
    if not starts:
        return tested, _missing(answers, steps, needed(0, minimum, 1 - _HALF))
    failed = [one for one in tested if one.cell in starts]
    wanted = [needed(one.answers - one.right, minimum, 1 - part) for one in failed]
    more = (
        _in_all(answers, one.cell, min(many, one.pairs) - one.answers)
        for one, many in zip(failed, wanted, strict=True)
    )
    return tested, min(more, default=0)


def _starts(answers: Answers, steps: Sequence[int], minimum: float) -> tuple[frozenset[int], float]:
    """Cells where the tests begin, and each one's part of the chance to be wrong."""
    expected = {cell: answers.expected(cell) for cell in steps}
    for many in range(len(_BEARABLE), 0, -1):
        part = _HALF / many
        wanted = [needed(wrong, minimum, 1 - part) for wrong in _BEARABLE[:many]]
        found = [next((c for c in steps if expected[c] >= least), None) for least in wanted]
        if None not in found:
            # Two of them may be one cell.
            starts = frozenset(cell for cell in found if cell is not None)
            return starts, _HALF / len(starts)
    return frozenset(), 0.0


def _missing(answers: Answers, steps: Sequence[int], wanted: int) -> int:
    """Answers in all, until somewhere there are `wanted` of one chance."""
    best = max(steps, key=answers.expected, default=None)
    if best is None:
        return wanted
    return _in_all(answers, best, wanted - len(answers.alike(best)))


def _in_all(answers: Answers, cell: int, more: int) -> int:
    """How many answers bring so many more of one chance from a cell on; at least one."""
    there, reached = len(answers.alike(cell)), len(answers.reached)
    share = there / reached if there else 1.0
    return max(1, ceil(max(more, 1) / share))
