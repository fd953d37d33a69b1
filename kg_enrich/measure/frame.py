"""Which judged pairs could have been drawn: a Bloom filter (Bloom 1970), 15 bits a pair.

It never takes a pair that was there for one that was not. Of those that were not there it takes
one in 1,300 for one that was, so that it is never drawn; nothing else is wrong with it.
"""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from kg_enrich.measure.sampling import Hashes

_BITS_A_PAIR = 15
_LOOKS = 10
_LEAST = 1024


class Frame:
    """The pairs that a draw was made of, by their hashes."""

    def __init__(self, bits: NDArray[np.uint8]) -> None:
        """bits: uint8 (bytes,), eight bits in each."""
        self._bits = bits

    @classmethod
    def of_size(cls, pairs: int) -> "Frame":
        """An empty one with room for so many pairs."""
        return cls(np.zeros(max(_LEAST, pairs * _BITS_A_PAIR // 8 + 1), np.uint8))

    @classmethod
    def from_bytes(cls, data: bytes) -> "Frame":
        """As `to_bytes` gave it."""
        return cls(np.frombuffer(data, np.uint8).copy())

    def to_bytes(self) -> bytes:
        return self._bits.tobytes()

    def add(self, found: Hashes) -> None:
        """Pairs that can be drawn."""
        places = self._places(found)
        np.bitwise_or.at(self._bits, places >> 3, (1 << (places & 7)).astype(np.uint8))

    def holds(self, found: Hashes) -> NDArray[np.bool_]:
        """Which of these pairs could be drawn: bool (pairs,)."""
        places = self._places(found)
        set_ = (self._bits[places >> 3] >> (places & 7).astype(np.uint8)) & 1
        answer: NDArray[np.bool_] = set_.astype(bool).all(axis=1)
        return answer

    def _places(self, found: Hashes) -> NDArray[np.int64]:
        steps = np.arange(_LOOKS, dtype=np.uint64)
        # An odd step never stands still.
        mixed = found[:, 1, None] + steps * (found[:, 2, None] | np.uint64(1))
        return (mixed % np.uint64(self._bits.size * 8)).astype(np.int64)


def in_any(frames: Iterable[Frame], found: Hashes) -> NDArray[np.bool_]:
    """Which of these pairs could be drawn in one of several draws: bool (pairs,)."""
    answer = np.zeros(len(found), bool)
    for frame in frames:
        answer |= frame.holds(found)
    return answer
