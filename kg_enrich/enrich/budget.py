"""How many documents a run with a limit may still take up."""

import threading

# Documents given back within a run, at most: a scorer that fails everything ends, too.
_GIVEN_BACK = 1000


class Budget:
    """A limit on documents. One of which nothing could be judged is given back.

    Otherwise the same documents, whose pairs fail every time, would use the limit up for ever.
    One thread takes, another gives back.
    """

    def __init__(self, limit: int | None) -> None:
        self._left = limit
        self._in_hand = 0
        self._may_give_back = _GIVEN_BACK
        self._closed = False
        self._changed = threading.Condition()

    def take(self, wanted: int) -> int:
        """How many documents may be taken up now."""
        with self._changed:
            if self._left is None:
                return wanted
            taken = min(self._left, wanted)
            self._left -= taken
            self._in_hand += taken
            return taken

    def exhausted(self) -> bool:
        """Whether the limit is reached. Waits while documents in hand might be given back."""
        with self._changed:
            while self._left == 0 and self._in_hand and not self._closed:
                self._changed.wait()
            return self._left == 0 or self._closed

    def give_back(self, taken: int, in_vain: int) -> None:
        """Says of documents that they are done. in_vain: those of which nothing could be judged."""
        with self._changed:
            if self._left is not None:
                again = min(in_vain, self._may_give_back)
                self._may_give_back -= again
                self._left += again
                self._in_hand -= taken
            self._changed.notify_all()

    def close(self) -> None:
        """Nothing more is taken; nobody waits any longer."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
