"""Drawing and bounding: pure functions, against formulas, scipy and simulated truth."""

from collections import Counter
from dataclasses import replace
from math import nan
from typing import Any

import numpy as np
import pytest
from scipy.stats import beta, hypergeom

from benchmarks.coverage import answered, cover, judged, population
from kg_enrich.evidence.models import Decision, Word
from kg_enrich.measure.advise import advise, shown_between, table
from kg_enrich.measure.agreement import agreements, kappa
from kg_enrich.measure.answering import answers_of
from kg_enrich.measure.bounds import lower_bound, lower_bound_of, needed, upper_bound
from kg_enrich.measure.frame import Frame
from kg_enrich.measure.sampled import Answers, Design, Sampled
from kg_enrich.measure.sampling import (
    BOUNDS,
    CELLS,
    Judged,
    Sampler,
    cells_of,
    chances,
    hashes,
    pairs_by_stratum,
    stratum_of,
    tickets,
)
from kg_enrich.models import DocumentId, ImageId

ACCEPT, REJECT, UNSURE = Decision.ACCEPT, Decision.REJECT, Decision.UNSURE


def pairs(many: int, seed: int = 0) -> list[Judged]:
    odds = np.random.default_rng(seed).normal(-1, 3, many)
    return [
        Judged(DocumentId(f"d{n // 10}"), ImageId(f"i{n}"), 5.0, float(one), n)
        for n, one in enumerate(odds)
    ]


def named(several: list[Judged]) -> list[tuple[str, str, int]]:
    return [(one.document, one.image, one.fingerprint) for one in several]


def test_a_draw_is_the_same_in_any_order_and_a_larger_one_holds_it() -> None:
    every = pairs(3000)
    found = tickets(hashes("seed", named(every)))
    forwards, backwards, larger = Sampler(200), Sampler(200), Sampler(400)
    forwards.add(every, found)
    for start in range(2900, -1, -100):
        backwards.add(every[start : start + 100], found[start : start + 100])
    larger.add(every, found)
    drawn = forwards.draw()
    assert drawn == backwards.draw()
    kept = {one.pair for one in larger.draw().picked}
    assert {one.pair for one in drawn.picked} <= kept
    assert sum(drawn.cells) == 3000
    assert [one.order for one in drawn.picked] == sorted(one.order for one in drawn.picked)
    other = Sampler(200)
    other.add(every, tickets(hashes("other", named(every))))
    assert other.draw() != drawn


def test_every_pair_is_drawn_with_the_chance_that_it_carries() -> None:
    every = pairs(400)
    draw = np.random.default_rng(5)
    seen: Counter[Judged] = Counter()
    for _ in range(300):
        sampler = Sampler(100)
        sampler.add(every, draw.random(len(every)))
        drawn = sampler.draw()
        seen.update(one.pair for one in drawn.picked)
    strata = {one.pair: one.stratum for one in drawn.picked}
    for stratum in range(len(BOUNDS)):
        some = [pair for pair, at in strata.items() if at == stratum]
        share = np.mean([seen[pair] / 300 for pair in some])
        # Those that were drawn in the last round are not the luckiest of all rounds.
        assert share == pytest.approx(drawn.chances[stratum], abs=0.06)


@pytest.mark.parametrize("size", [30, 100, 300, 5000])
def test_chances_spend_the_size_and_leave_no_stratum_out(size: int) -> None:
    cells = np.bincount(cells_of(np.array([p.log_odds for p in pairs(3000)])), minlength=CELLS)
    found = np.array(chances(list(cells), size))
    many = pairs_by_stratum(list(cells))
    assert (found * many).sum() == pytest.approx(min(size, 3000), rel=0.02)
    assert (found * many >= np.minimum(many, max(1, min(10, size // 14))) - 1e-9).all()
    # Those from even odds on have one chance, but for floors.
    assert len({round(chance, 6) for chance in found[3:]}) <= 2
    assert chances([0] * CELLS, size) == (0.0,) * len(BOUNDS)


def test_a_frame_knows_what_was_in_it() -> None:
    inside, outside = pairs(20_000), pairs(20_000, seed=1)
    frame = Frame.of_size(20_000)
    frame.add(hashes("s", named(inside)))
    frame = Frame.from_bytes(frame.to_bytes())
    assert frame.holds(hashes("s", named(inside))).all()
    others = [Judged(p.document, p.image, 5.0, 0.0, p.fingerprint + 10**9) for p in outside]
    assert frame.holds(hashes("s", named(others))).mean() < 0.003


@pytest.mark.parametrize(("right", "answers"), [(29, 29), (0, 5), (45, 46), (3, 40), (700, 1000)])
def test_bounds_are_those_of_scipy(right: int, answers: int) -> None:
    low = beta.ppf(0.05, right, answers - right + 1) if right else 0.0
    assert lower_bound(right, answers) == pytest.approx(low, abs=1e-9)
    high = beta.ppf(0.95, right + 1, answers - right) if right < answers else 1.0
    assert upper_bound(right, answers) == pytest.approx(high, abs=1e-9)


@pytest.mark.parametrize(
    ("right", "answers", "pairs"), [(29, 29, 40), (20, 29, 400), (0, 5, 9), (94, 100, 10_000)]
)
def test_a_sample_of_few_pairs_has_an_exact_bound(right: int, answers: int, pairs: int) -> None:
    found = lower_bound_of(right, answers, pairs)
    yes = round(found * pairs)
    # So many may be right, and one fewer may not.
    assert hypergeom.sf(right - 1, pairs, yes, answers) > 0.05
    assert yes == right or hypergeom.sf(right - 1, pairs, yes - 1, answers) <= 0.05
    assert found >= lower_bound(right, answers) - 1 / pairs
    assert lower_bound_of(right, answers, answers) == right / answers


def test_how_many_answers_show_nine_of_ten() -> None:
    assert [needed(wrong, 0.9) for wrong in (0, 1, 3, 5)] == [29, 46, 76, 103]


def sampled(odds: float, right: float | None, ticket: float = 0.0, draw: int = 0) -> Sampled:
    cell = int(cells_of(np.array([odds]))[0])
    return Sampled(DocumentId("d"), draw, len(BOUNDS) - 1, cell, odds, 1.0, ticket, right)


def whole(many: int, chance: float = 1.0) -> Design:
    """So many pairs at log-odds of 5, drawn with a chance."""
    cells = [0] * CELLS
    cells[int(cells_of(np.array([5.0]))[0])] = many
    return Design(tuple(cells), (chance,) * len(BOUNDS))


def test_too_few_answers_say_how_many_are_missing() -> None:
    # Half of the chance to be wrong is the table's, so that it takes more than 29 of them.
    for many, missing in ((0, 36), (20, 16), (34, 2), (36, 0)):
        several = [sampled(5.0, 1.0, n / 10_000) for n in range(many)]
        advice = advise(Answers(several, [whole(10_000, 0.00361)]), 0.9)
        assert (advice.missing, advice.lowest is None) == (missing, missing > 0)
    # Of few pairs that are all answered the share is known.
    for wrong, shown in ((2, True), (3, False)):
        every = [sampled(5.0, float(n >= wrong), n / 100) for n in range(20)]
        advice = advise(Answers(every, [whole(20)]), 0.9)
        assert (advice.lowest is not None) == shown


def test_unsure_disputed_and_skipped_count_as_wrong_in_a_bound() -> None:
    answered = [sampled(5.0, 1.0, n / 100) for n in range(60)]
    assert Answers(answered, [whole(60)]).shown(0).right == 60
    for doubt in (0.5, None):
        some = [*answered[:10], sampled(5.0, doubt, 0.105), *answered[11:]]
        shown = Answers(some, [whole(60)]).shown(0)
        assert (shown.answers, shown.right) == (60, 59)
    # What nobody came to yet is no part of the sample.
    reached = Answers([*answered[:40], sampled(5.0, None, 0.5)], [whole(60)])
    assert (reached.shown(0).answers, len(reached.reached)) == (40, 40)


def test_an_extension_counts_once_it_is_answered_whole() -> None:
    first = [sampled(5.0, 1.0, n / 100) for n in range(40)]
    half = [sampled(5.0, 1.0 if n < 5 else None, n / 100, draw=1) for n in range(10)]
    assert Answers(first + half, [whole(40), whole(10)]).pairs(0) == 40
    every = [sampled(5.0, 1.0, n / 100, draw=1) for n in range(10)]
    assert Answers(first + every, [whole(40), whole(10)]).pairs(0) == 50


def test_what_is_said_of_precision_holds() -> None:
    """A short form of benchmarks/coverage.py."""
    found = cover(population(1, 2000), 120, 250, seed=2)
    assert found.said > 40
    assert found.held >= 0.935 * found.rounds
    assert found.all_held >= 0.935 * found.rounds
    assert abs(found.bias) < 0.02
    erring = cover(population(1, 2000), 40, 250, seed=2, error=0.05)
    assert -0.08 < erring.bias < -0.01


def test_without_one_chance_a_bound_would_not_hold() -> None:
    """All answers taken alike say too much: likely pairs are drawn more often."""
    of = population(1, 2000)
    draw, pairs_ = np.random.default_rng(4), judged(of)
    cell = int(cells_of(np.array([-3.0]))[0])
    true, alike, one_chance = of.precision(cell), 0, 0
    for _ in range(60):
        answers = answered(of, pairs_, 250, draw, 0.0, 1.0)
        every = [one for one in answers.answered if one.cell >= cell]
        alike += lower_bound(sum(one.right == 1.0 for one in every), len(every)) <= true
        one_chance += answers.shown(cell).bound <= true
    assert one_chance >= 54
    assert alike < 54


def test_cohens_kappa() -> None:
    # The example of Cohen's paper in its usual form: 20 + 15 of 50 alike.
    both = [(ACCEPT, ACCEPT)] * 20 + [(ACCEPT, REJECT)] * 5 + [(REJECT, ACCEPT)] * 10
    assert kappa(both + [(REJECT, REJECT)] * 15) == pytest.approx(0.4)
    assert kappa([(ACCEPT, ACCEPT)] * 9) is not None
    assert str(kappa([(ACCEPT, ACCEPT)] * 9)) == str(nan)
    found = agreements(
        [{"lin": ACCEPT, "wu": ACCEPT}, {"lin": REJECT}, {"wu": UNSURE, "lin": ACCEPT}]
    )
    assert [(one.people, one.pairs, one.agreed) for one in found] == [(("lin", "wu"), 2, 1)]


def word(key: str, by: str, said: Decision | None, order: int, **more: Any) -> Word:
    known: dict[str, Any] = {"text_hash": "t", "image_hash": "i", "way": "audit", "blind": True}
    return Word(key, DocumentId("d"), ImageId("i"), said, by, order, **(known | more))


def test_the_lowest_threshold_is_where_the_bounds_say() -> None:
    # Five of five are right at the top; a dip ends every test; of all from 0 on 98 % are right.
    cells, found = [0] * CELLS, []
    for odds, pairs, many, wrong, chance in (
        (5.0, 5, 5, 0, 1.0), (2.25, 800, 120, 18, 0.15), (0.25, 6_000, 900, 3, 0.15),
    ):  # fmt: skip
        cells[int(cells_of(np.array([odds]))[0])] = pairs
        found += [
            replace(
                sampled(odds, float(n >= wrong), chance * n / many),
                chance=chance,
                stratum=stratum_of(int(cells_of(np.array([odds]))[0])),
            )
            for n in range(many)
        ]
    chances = [1.0 if bound > 3 else 0.15 for bound in BOUNDS]
    answers = Answers(found, [Design(tuple(cells), tuple(chances))])
    advice = advise(answers, 0.9)
    assert not any(one.bound >= 0.9 for one in advice.tested)
    assert advice.lowest is not None
    assert (advice.lowest.pairs, advice.lowest.bound > 0.95) == (6_805, True)
    # Of any answers: what is named is the lowest whose bound is shown to be enough.
    of, draw = population(1, 2000), np.random.default_rng(5)
    named = 0
    for share in (1.0, 0.6, 0.3) * 4:
        advice = advise(answered(of, judged(of), 250, draw, 0.0, share), 0.9)
        enough = {one.pairs for one in (*advice.table, *advice.finer) if one.bound >= 0.9}
        assert max(enough, default=None) == (advice.lowest and advice.lowest.pairs)
        named += advice.lowest is not None
    assert named > 3


def test_which_words_are_answers() -> None:
    def answers(*words: Word) -> dict[str, Decision]:
        return answers_of(words, "t", "i")

    blind = word("1", "lin", ACCEPT, 1)
    assert answers(blind) == {"lin": ACCEPT}
    assert answers(word("1", "lin", ACCEPT, 1, blind=False, way="cli")) == {}
    assert answers(word("1", "lin", ACCEPT, 1, way="page")) == {}
    assert answers(word("1", "lin", ACCEPT, 1, text_hash="other")) == {}
    assert answers(word("1", "lin", ACCEPT, 1, image_hash="other")) == {}
    assert answers(word("1", "lin", ACCEPT, 1, image_hash=None)) == {"lin": ACCEPT}
    # The later answer of one person, and none that was taken back.
    assert answers(blind, word("2", "lin", REJECT, 2)) == {"lin": REJECT}
    assert answers(blind, word("2", "lin", None, 2, way="cli", blind=False)) == {}
    # What was said in view of the score changes no answer, but settles what people differ in.
    seen = word("3", "lin", REJECT, 3, way="cli", blind=False)
    assert answers(blind, seen) == {"lin": ACCEPT}
    differing = word("2", "wu", REJECT, 2)
    assert answers(blind, differing) == {"lin": ACCEPT, "wu": REJECT}
    settled = word("4", "wu", REJECT, 4, way="cli", blind=False, settles=("1",))
    assert answers(blind, differing, settled) == {"wu": REJECT}


def test_bounds_between_thresholds_follow_from_those_that_are_tested() -> None:
    cells = [0] * CELLS
    answered = []
    # All are answered, so that shares are known: 1.0 from 3.5 on, 0.9 from 2 on, 0.7 from 0 on.
    for odds, right, many in ((5.0, 50, 50), (2.25, 40, 50), (0.75, 20, 50), (0.25, 30, 50)):
        cells[int(cells_of(np.array([odds]))[0])] += many
        answered += [sampled(odds, float(n < right), n / 100) for n in range(many)]
    answers = Answers(answered, [Design(tuple(cells), (1.0,) * len(BOUNDS))])
    tested = table(answers)
    assert [(one.pairs, one.bound) for one in tested] == [
        (50, 1.0), (100, 0.9), (100, 0.9), (200, 0.7), (200, 0.7),
    ]  # fmt: skip
    between = shown_between(answers, tested)
    # From 0.75 on 110 of 150 are right; 90 of them are shown to be.
    known = {one.pairs: (one.bound, round(one.estimate, 3)) for one in between}
    assert known == {50: (1.0, 1.0), 100: (0.9, 0.9), 150: (0.6, 0.733), 200: (0.7, 0.7)}
    # One for each cell, from 3.5 down to -1.
    assert [one.cell for one in between] == list(range(tested[0].cell, tested[0].cell - 19, -1))
    assert shown_between(answers, []) == []
