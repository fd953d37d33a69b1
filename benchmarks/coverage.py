"""How often an audit's statements hold: pure code, people who answer by the truth or err.

python -m benchmarks.coverage [--rounds 1000] [--only small]

A population of pairs is fixed; each round draws an audit, answers it, and looks whether what is
said of precision is true of the whole population. `share of rounds in which it holds` is the
coverage; 95 % is promised.
"""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kg_enrich.measure.advise import advise
from kg_enrich.measure.sampled import Answers, Design, Sampled
from kg_enrich.measure.sampling import Judged, Sampler, cells_of
from kg_enrich.models import DocumentId, ImageId

MINIMUM = 0.9


@dataclass(frozen=True)
class Population:
    """Pairs with what is true of them: float64 and bool (pairs,)."""

    log_odds: NDArray[np.float64]
    right: NDArray[np.bool_]

    def precision(self, cell: int) -> float:
        return float(self.right[cells_of(self.log_odds) >= cell].mean())


@dataclass(frozen=True)
class Coverage:
    """What came of the rounds.

    said: rounds in which a lowest threshold was named. held: rounds in which it was right, or none
    was named. all_held: rounds in which every bound was right, of all thresholds. bias: mean of the
    estimated precision at even odds, less the true one.
    """

    rounds: int
    said: int
    held: int
    all_held: int
    bias: float


def population(seed: int, pairs: int = 8_000, top: float = 1.3, shift: float = -1.0) -> Population:
    """Many pairs that are nothing, few that are likely; true odds are top * log-odds + shift."""
    draw = np.random.default_rng(seed)
    few = pairs // 8
    log_odds = np.concatenate([draw.normal(-4, 1.5, pairs - few), draw.normal(2.5, 2.0, few)])
    right = draw.random(pairs) < 1 / (1 + np.exp(-(top * log_odds + shift)))
    return Population(log_odds, right)


def judged(of: Population) -> list[Judged]:
    """The pairs as a ledger has them; the fingerprint is the place in the population."""
    return [
        Judged(DocumentId(str(n // 20)), ImageId(str(n)), 5.0, float(odds), n)
        for n, odds in enumerate(of.log_odds)
    ]


def cover(
    of: Population, rounds: int, size: int, seed: int, error: float = 0.0, share: float = 1.0
) -> Coverage:
    """Draws, answers and looks, `rounds` times.

    error: the chance that an answer is wrong. share: of the drawn pairs that are answered, in
    their order.
    """
    draw = np.random.default_rng(seed)
    pairs = judged(of)
    even = int(cells_of(np.zeros(1))[0])
    true = {cell: of.precision(cell) for cell in range(80) if (cells_of(of.log_odds) >= cell).any()}
    said = held = all_held = 0
    estimates: list[float] = []
    for _ in range(rounds):
        answers = answered(of, pairs, size, draw, error, share)
        advice = advise(answers, MINIMUM)
        lowest = advice.lowest
        said += lowest is not None
        held += lowest is None or true[lowest.cell] >= MINIMUM
        all_held += all(true[one.cell] >= one.bound for one in advice.finer if one.cell in true)
        estimates.append(answers.estimate(even))
    bias = float(np.nanmean(estimates)) - true[even]
    return Coverage(rounds, said, held, all_held, bias)


def answered(
    of: Population,
    pairs: Sequence[Judged],
    size: int,
    draw: np.random.Generator,
    error: float,
    share: float,
) -> Answers:
    """A draw, answered; error, share: as of `cover`."""
    sampler = Sampler(size)
    sampler.add(pairs, draw.random(len(pairs)))
    drawn = sampler.draw()
    wrong = draw.random(len(drawn.picked)) < error
    many = round(share * len(drawn.picked))
    cells = cells_of(np.array([one.pair.log_odds for one in drawn.picked]))
    sampled = [
        Sampled(
            one.pair.document,
            0,
            one.stratum,
            int(cell),
            one.pair.log_odds,
            one.chance,
            one.ticket,
            float(of.right[one.pair.fingerprint] != err) if place < many else None,
        )
        for place, (one, cell, err) in enumerate(zip(drawn.picked, cells, wrong, strict=True))
    ]
    return Answers(sampled, [Design(drawn.cells, drawn.chances)])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=1000)
    parser.add_argument("--only", metavar="PAIRS", help="one kind of pairs, as the table names it")
    given = parser.parse_args()
    worlds = {
        "as ocr": population(1),
        "all near 0.9": Population(
            population(2).log_odds, np.random.default_rng(3).random(8_000) < 0.9
        ),
        "just below 0.9": _just_below(population(4)),
        "small": population(5, 800),
    }
    print("| pairs | size | answered | errors | said | it holds | all holds | bias at 5.0 |")
    print("|---|---|---|---|---|---|---|---|")
    for name, world in worlds.items():
        if given.only not in (None, name):
            continue
        for size, share, error in ((300, 1.0, 0.0), (300, 0.5, 0.0), (300, 1.0, 0.05)):
            found = cover(world, given.rounds, size, 7, error, share)
            print(
                f"| {name} | {size} | {share:.0%} | {error:.0%} | {found.said / found.rounds:.1%} "
                f"| {found.held / found.rounds:.1%} | {found.all_held / found.rounds:.1%} "
                f"| {found.bias:+.3f} |",
                flush=True,
            )


def _just_below(of: Population) -> Population:
    """The hardest case: from every threshold on, a little fewer than nine of ten are right."""
    draw = np.random.default_rng(6)
    return Population(of.log_odds, draw.random(len(of.log_odds)) < MINIMUM - 0.003)


if __name__ == "__main__":
    main()
