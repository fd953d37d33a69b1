"""Who is scored next: requests together, a run's batches between them, nobody for nothing."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from kg_enrich.errors import BusyError, ClosedError, ScorerError
from kg_enrich.models import Image, ImageId, Pair
from kg_enrich.scorers.base import Accounts, RemembersImages, Scorer
from kg_enrich.scorers.turns import Turns, TurnsState
from tests.support.slow import Slow, pairs
from tests.support.workers import until


@pytest.fixture
def slow() -> Slow:
    return Slow()


@pytest.fixture
def turns(slow: Slow) -> Iterator[Turns]:
    turns = Turns(lambda: slow, together=4, most=6)
    yield turns
    slow.let.release(100)
    turns.close()


def ended(slow: Slow) -> None:
    """Lets the batch in hand end, and the next one begin."""
    slow.let.release()
    assert slow.begun.acquire(timeout=60)


def test_requests_that_wait_are_scored_together_and_runs_have_their_turn(
    turns: Turns, slow: Slow
) -> None:
    run = turns.of_run(slow)
    first = turns.ask(pairs("a", "1"))
    assert slow.begun.acquire(timeout=60)
    batches = threading.Thread(target=lambda: [run.score(pairs("run", n)) for n in "xy"])
    batches.start()
    others = [turns.ask(pairs(name, "1", "2")) for name in "bcd"]
    gone = turns.ask(pairs("gone", "1"))
    assert gone.cancel()
    until(lambda: turns._runs)
    ended(slow)
    ended(slow)
    # The run's next batch waits while requests are scored.
    until(lambda: turns._runs)
    ended(slow)
    ended(slow)
    slow.let.release(100)
    assert [one.reason for one in first.result(60)] == ["saw /1"]
    assert [len(one.result(60)) for one in others] == [2, 2, 2]
    batches.join(60)
    # Behind the requests that began, the run; then as many requests as fit together.
    assert slow.batches == [["a1"], ["runx"], ["b1", "b2", "c1", "c2"], ["runy"], ["d1", "d2"]]
    assert len(slow.threads) == 1


def test_the_same_pair_of_two_requests_is_scored_once(turns: Turns, slow: Slow) -> None:
    first = turns.ask(pairs("z", "0"))
    assert slow.begun.acquire(timeout=60)
    again = Pair(pairs("a", "1")[0].document, Image(ImageId("1"), Path("/other"), ""))
    one, other = turns.ask(pairs("a", "1")), turns.ask([again])
    slow.let.release(100)
    assert first.result(60)
    # Each is told of its own file.
    assert one.result(60)[0].reason == "saw /1"
    assert other.result(60)[0].reason == "saw /other"
    assert slow.batches[1:] == [["a1"]]


def test_what_waits_is_bounded(turns: Turns) -> None:
    with turns.admitted(4):
        with turns.admitted(2), pytest.raises(BusyError, match="6 pairs") as refused:
            turns.admitted(1).__enter__()
        assert 1 <= refused.value.seconds <= 60
        with turns.admitted(2):
            pass
    # One that is larger than the bound is served when nothing else is there.
    with turns.admitted(7):
        pass


def test_a_scorer_that_cannot_work_is_an_answer(slow: Slow) -> None:
    def fail() -> Scorer:
        raise ScorerError("no GPU")

    turns = Turns(fail)
    with pytest.raises(ScorerError, match="no GPU"):
        turns.loaded().result(60)
    with pytest.raises(ScorerError, match="no GPU"):
        turns.ask(pairs("a", "1")).result(60)
    assert turns.state is TurnsState.FAILED
    # A run brings its own.
    slow.let.release()
    assert turns.of_run(slow).score(pairs("a", "1"))
    turns.close()
    turns.close()
    with pytest.raises(ClosedError):
        turns.ask(pairs("a", "1"))


def test_what_waits_when_it_ends_is_told(turns: Turns, slow: Slow) -> None:
    first = turns.ask(pairs("a", "1"))
    assert slow.begun.acquire(timeout=60)
    second = turns.ask(pairs("b", "1"))
    closing = threading.Thread(target=turns.close)
    closing.start()
    until(lambda: turns._closed)
    slow.let.release()
    closing.join(60)
    assert first.result(60)
    with pytest.raises(ClosedError):
        second.result(60)


def test_a_run_sees_the_same_scorer(turns: Turns, slow: Slow) -> None:
    @dataclass
    class Remembering(Slow):
        def remembers(self, image: Image) -> bool:
            return image.id == "1"

        def read(self, image: Image, stopped: object) -> None: ...

        def account(self) -> str:
            return "two of three"

    plain, remembering = turns.of_run(slow), turns.of_run(Remembering())
    assert (plain.model, plain.fingerprint) == ("slow", "slow")
    assert not isinstance(plain, RemembersImages)
    assert isinstance(remembering, RemembersImages)
    assert remembering.remembers(pairs("a", "1")[0].image)
    for scorer, account in ((plain, ""), (remembering, "two of three")):
        assert isinstance(scorer, Accounts)
        assert scorer.account() == account
