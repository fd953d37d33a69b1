"""Writing behind: in order, together when it piles up, and never past an error."""

import threading
from queue import Queue
from typing import Any

import pytest

from kg_enrich.enrich import write_behind
from kg_enrich.enrich.write_behind import behind
from kg_enrich.enrich.writer import Batch
from kg_enrich.evidence.models import LedgerEntry
from kg_enrich.models import Counters, DocumentId, ImageId


def batch(number: int, pairs: int = 1) -> Batch:
    entry = LedgerEntry(ImageId("i"), 5.0, 0.0, 1)
    return Batch({DocumentId(f"d{number}"): (entry,) * pairs}, Counters(documents=1))


def documents(written: list[Batch]) -> list[str]:
    return [document for one in written for document in one.entries]


def test_what_piles_up_is_written_together_and_in_order() -> None:
    written: list[Batch] = []
    free = threading.Event()

    def write(one: Batch) -> Counters:
        assert free.wait(30)
        written.append(one)
        return one.counters

    with behind(write) as hand_over:
        for number in range(20):
            hand_over(batch(number))
        free.set()
    assert documents(written) == [f"d{number}" for number in range(20)]
    assert len(written) < 20
    assert sum(one.counters.documents for one in written) == 20


def test_a_transaction_has_its_bounds() -> None:
    written: list[Batch] = []
    free = threading.Event()

    def write(one: Batch) -> Counters:
        assert free.wait(30)
        written.append(one)
        return one.counters

    with behind(write) as hand_over:
        for number in range(12):
            hand_over(batch(number, pairs=1500))
        free.set()
    assert documents(written) == [f"d{number}" for number in range(12)]
    assert max(one.size for one in written) < 6000


def test_an_error_reaches_whoever_hands_over_and_nothing_follows_it() -> None:
    written: list[Batch] = []

    def write(one: Batch) -> Counters:
        if "d3" in one.entries:
            raise OSError("the disk is full")
        written.append(one)
        return one.counters

    with pytest.raises(OSError, match="disk"), behind(write) as hand_over:
        for number in range(1000):
            hand_over(batch(number))
    assert set(documents(written)) <= {"d0", "d1", "d2"}


def test_what_was_handed_over_is_written_although_the_scorer_fails() -> None:
    written: list[Batch] = []

    def write(one: Batch) -> Counters:
        written.append(one)
        return one.counters

    with (
        pytest.raises(ValueError, match="on fire"),
        behind(write) as hand_over,
    ):
        hand_over(batch(0))
        raise ValueError("the model is on fire")
    assert documents(written) == ["d0"]


def test_an_interrupt_does_not_wait_for_what_is_queued(monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[Batch] = []
    begun, free = threading.Event(), threading.Event()

    class Freeing(Queue[Any]):
        """Lets the transaction under way end once nothing more is handed over."""

        def put(self, item: Any, block: bool = True, timeout: float | None = None) -> None:
            super().put(item, block, timeout)
            if item is None:
                free.set()

    monkeypatch.setattr(write_behind, "Queue", Freeing)

    def write(one: Batch) -> Counters:
        begun.set()
        assert free.wait(30)
        written.append(one)
        return one.counters

    with pytest.raises(KeyboardInterrupt), behind(write) as hand_over:
        for number in range(5):
            hand_over(batch(number, pairs=5000))
        assert begun.wait(30)
        raise KeyboardInterrupt
    # Only the transaction that was under way.
    assert documents(written) == ["d0"]
