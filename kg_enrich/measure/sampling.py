"""Which judged pairs are drawn, and with what chance: pure functions.

A pair has a ticket, a number in [0, 1) that is made of the audit's seed and of the pair as it was
judged. It is drawn when its ticket is below its stratum's chance (Poisson sampling with permanent
random numbers: Ohlsson 1995). So a pair is drawn independently of all others and of the order in
which they are read, with a chance that is known; and those of any set whose tickets are below the
lowest chance in it are, however many they are, a simple random sample of that set.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from heapq import heappush, heappushpop
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from kg_enrich.models import DocumentId, ImageId

# Log-odds are counted by cells of a quarter, from -8 to 12; what lies beyond is in the last cell.
CELL = 0.25
LOWEST = -8.0
CELLS = 80
# Strata begin at these log-odds: scores of 0, 0.5, 2.7, 5.0, 7.3, 8.8 and 9.7.
BOUNDS = (-8.0, -3.0, -1.0, 0.0, 1.0, 2.0, 3.5)
_EVEN = BOUNDS.index(0.0)
# A guess of how many are right in each stratum, from which its share of the answers follows; a
# wrong guess makes a worse sample and no wrong statement.
_GUESSES = (0.05, 0.2, 0.4, 0.6, 0.8, 0.85, 0.9)
# Pairs that every stratum gives, where it has as many.
FLOOR = 10

Floats = NDArray[np.float64]
Hashes = NDArray[np.uint64]


@dataclass(frozen=True, slots=True)
class Judged:
    """One scored pair as a ledger has it."""

    document: DocumentId
    image: ImageId
    score: float
    log_odds: float
    fingerprint: int


@dataclass(frozen=True, slots=True)
class Picked:
    """A pair that was drawn. chance: in (0, 1]. ticket: below the chance."""

    pair: Judged
    stratum: int
    chance: float
    ticket: float

    @property
    def order(self) -> float:
        """Where it comes, in [0, 1): those before a number are a sample with that part of each
        chance."""
        return self.ticket / self.chance


@dataclass(frozen=True, slots=True)
class Draw:
    """What was drawn, in the order in which it is asked, and of what.

    cells: pairs by cell of log-odds, of all that could be drawn. chances: by stratum.
    """

    picked: tuple[Picked, ...]
    cells: tuple[int, ...]
    chances: tuple[float, ...]


def hashes(seed: str, pairs: Sequence[tuple[str, str, int]]) -> Hashes:
    """Three 64-bit numbers a pair (document, image, fingerprint): uint64 (pairs, 3).

    The first is its ticket, the other two are for the frame.
    """
    found = bytearray()
    key = seed.encode()[:64]
    for document, image, fingerprint in pairs:
        text = f"{len(document)}:{document}{len(image)}:{image}{fingerprint}"
        found += blake2b(text.encode(), digest_size=24, key=key).digest()
    return np.frombuffer(bytes(found), np.uint64).reshape(-1, 3)


def tickets(found: Hashes) -> Floats:
    """Tickets in [0, 1), of 53 bits: float64 (pairs,)."""
    return (found[:, 0] >> np.uint64(11)).astype(np.float64) / 2.0**53


def cells_of(log_odds: Floats) -> NDArray[np.int64]:
    """The cell of each pair's log-odds: int64 (pairs,)."""
    return np.clip(np.floor((log_odds - LOWEST) / CELL), 0, CELLS - 1).astype(np.int64)


def stratum_of(cell: int) -> int:
    """The stratum that a cell is part of."""
    return max(n for n, bound in enumerate(BOUNDS) if lower_bound(cell) >= bound)


def lower_bound(cell: int) -> float:
    """The log-odds at which a cell begins."""
    return LOWEST + cell * CELL


_STRATA = np.array([stratum_of(cell) for cell in range(CELLS)])


def pairs_by_stratum(cells: Sequence[int]) -> Floats:
    """How many pairs each stratum has: float64 (strata,)."""
    pairs: Floats = np.bincount(_STRATA, np.asarray(cells), len(BOUNDS)).astype(np.float64)
    return pairs


def chances(cells: Sequence[int], size: int) -> tuple[float, ...]:
    """The chance of a pair of each stratum, so that about `size` pairs are drawn.

    Half of the answers are about pairs that the scorer gives even odds or better, all of one
    chance, because a bound on precision needs that. The other half goes below, by the root of a
    stratum's pairs and its guessed spread (Neyman's rule, damped as by Bankier 1988). No stratum
    gives fewer than FLOOR while it has them.
    """
    pairs = pairs_by_stratum(cells)
    upper = np.arange(len(BOUNDS)) >= _EVEN
    spread = np.array([sqrt(guess * (1 - guess)) for guess in _GUESSES])
    shares = np.where(upper, pairs, np.sqrt(pairs) * spread)
    for half in (upper, ~upper):
        if shares[half].sum():
            shares[half] /= 2 * shares[half].sum()
    # The floors together are half of the sample at most.
    least = np.minimum(pairs, min(FLOOR, max(1, size // (2 * len(BOUNDS)))))

    def allotted(factor: float) -> Floats:
        return np.minimum(pairs, np.maximum(least, factor * shares))

    low, high = 0.0, 2.0 * max(pairs.sum(), 1.0) / max(shares[shares > 0].min(initial=1.0), 1e-12)
    for _ in range(100):
        middle = (low + high) / 2
        low, high = (middle, high) if allotted(middle).sum() < size else (low, middle)
    found = np.divide(allotted(high), pairs, out=np.zeros_like(pairs), where=pairs > 0)
    return tuple(float(min(chance, 1.0)) for chance in found)


@dataclass
class Sampler:
    """Draws about `size` pairs of any number, read once in any order; memory grows with `size`."""

    size: int
    cells: NDArray[np.int64] = field(default_factory=lambda: np.zeros(CELLS, np.int64))
    # By stratum the lowest tickets so far, as heaps of (-ticket, pair).
    _lowest: list[list[tuple[float, Judged]]] = field(default_factory=lambda: [[] for _ in BOUNDS])

    def add(self, pairs: Sequence[Judged], their_tickets: Floats) -> None:
        """Pairs that can be drawn, each once, with their tickets."""
        if not pairs:
            return
        cells = cells_of(np.array([pair.log_odds for pair in pairs]))
        self.cells += np.bincount(cells, minlength=CELLS)
        for pair, stratum, ticket in zip(pairs, _STRATA[cells], their_tickets, strict=True):
            heap = self._lowest[stratum]
            if len(heap) < self._room:
                heappush(heap, (-float(ticket), pair))
            elif ticket < -heap[0][0]:
                heappushpop(heap, (-float(ticket), pair))

    def draw(self) -> Draw:
        """The sample of all that was added."""
        cells = tuple(int(many) for many in self.cells)
        found = list(chances(cells, self.size))
        picked: list[Picked] = []
        for stratum, heap in enumerate(self._lowest):
            if len(heap) == self._room:
                # More would have been drawn than there is room for: that happens to nobody.
                found[stratum] = min(found[stratum], -heap[0][0])
            chance = found[stratum]
            picked += [Picked(pair, stratum, chance, -t) for t, pair in heap if -t < chance]
        picked.sort(key=lambda one: (one.order, one.pair.document, one.pair.image))
        return Draw(tuple(picked), cells, tuple(found))

    @property
    def _room(self) -> int:
        return 2 * self.size + 100
