"""A cache bounded by bytes that lets go of what was used longest ago."""

from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, Protocol, TypeVar


class Sized(Protocol):
    @property
    def nbytes(self) -> int: ...


K = TypeVar("K", bound=Hashable)
V = TypeVar("V", bound=Sized)


class ByteLru(Generic[K, V]):
    """Holds at most `limit` bytes of values; one that is larger than that is not kept at all."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.nbytes = 0
        self._entries: OrderedDict[K, V] = OrderedDict()

    def __contains__(self, key: K) -> bool:
        return key in self._entries

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, key: K) -> V | None:
        value = self._entries.get(key)
        if value is not None:
            self._entries.move_to_end(key)
        return value

    def put(self, key: K, value: V) -> None:
        old = self._entries.pop(key, None)
        if old is not None:
            self.nbytes -= old.nbytes
        if value.nbytes > self.limit:
            return
        self._entries[key] = value
        self.nbytes += value.nbytes
        while self.nbytes > self.limit:
            _, oldest = self._entries.popitem(last=False)
            self.nbytes -= oldest.nbytes

    def clear(self) -> None:
        self._entries.clear()
        self.nbytes = 0
