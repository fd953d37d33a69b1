"""What the pipeline asks of a scorer."""

from collections.abc import Callable, Sequence
from typing import Protocol, runtime_checkable

from kg_enrich.models import Image, Judgement, Pair


class Scorer(Protocol):
    """Judges pairs. A judgement depends on its pair and on the scorer's frozen state alone.

    model: what a person calls the model ("lychee-rerank-mm").
    fingerprint: hash of everything but the pair that a score depends on (model, revision, prompt
        version, limits, frozen state), so that a changed scorer judges again.
    former_fingerprints: those under which older releases gave the very same scores.
    reads_captions: captions take part in the score, so that an edited one is judged again.
    conditions: what its failures to read an image may depend on, as it is now (limits, plugins
        that are missing, 'scorer=NAME' for its own demands): a failure on record stands while
        what it depends on is among them.
    """

    model: str
    fingerprint: str
    former_fingerprints: tuple[str, ...]
    reads_captions: bool
    conditions: frozenset[str]

    def prefetch(self, images: Sequence[Image]) -> None:
        """Start reading these images ahead; returns at once, may be called from any thread."""

    def score(self, pairs: Sequence[Pair]) -> list[Judgement]:
        """One judgement a pair, keyed by the pair's ids, in the order of `pairs`.

        A pair that cannot be scored is an UNREADABLE or FAILED judgement of its own.

        Errors: ScorerError when no pair can be scored at all.
        """

    def close(self) -> None:
        """Give back workers and memory."""


@runtime_checkable
class RemembersImages(Protocol):
    """A scorer that reads an image's file once, and remembers what it saw from run to run."""

    def remembers(self, image: Image) -> bool:
        """Whether the image's file need not be opened any more; quick, opens nothing."""

    def read(self, image: Image, stopped: Callable[[], bool]) -> None:
        """Waits until the image is read, or `stopped`. What is wrong with it, `score` says."""


@runtime_checkable
class Accounts(Protocol):
    """A scorer that has something to say of a run as a whole."""

    def account(self) -> str:
        """What the run's record should say of all since the last call; '' for nothing."""
