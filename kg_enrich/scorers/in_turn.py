"""A scorer whose batches wait for their turn."""

from collections.abc import Callable, Sequence

from kg_enrich.models import Image, Judgement, Pair
from kg_enrich.scorers.base import Accounts, RemembersImages, Scorer


def in_turn(scorer: Scorer, score: Callable[[Scorer, Sequence[Pair]], list[Judgement]]) -> Scorer:
    """The scorer, asked through `score`; it remembers images if the scorer does."""
    kind = RememberingInTurn if isinstance(scorer, RemembersImages) else InTurn
    return kind(scorer, score)


class InTurn:
    """A scorer whose batches wait for their turn."""

    def __init__(
        self, scorer: Scorer, score: Callable[[Scorer, Sequence[Pair]], list[Judgement]]
    ) -> None:
        self.model = scorer.model
        self.fingerprint = scorer.fingerprint
        self.former_fingerprints = scorer.former_fingerprints
        self.reads_captions = scorer.reads_captions
        self.conditions = scorer.conditions
        self._scorer = scorer
        self._score = score

    def prefetch(self, images: Sequence[Image]) -> None:
        """As the scorer's own."""
        self._scorer.prefetch(images)

    def score(self, pairs: Sequence[Pair]) -> list[Judgement]:
        """As the scorer's own, in turn. Errors: ClosedError, too."""
        return self._score(self._scorer, pairs)

    def account(self) -> str:
        """As the scorer's own; '' where it has nothing to say of a run."""
        return self._scorer.account() if isinstance(self._scorer, Accounts) else ""

    def close(self) -> None:
        """Nothing: the scorer belongs to whoever loaded it."""


class RememberingInTurn(InTurn):
    """The same of one that remembers images."""

    def remembers(self, image: Image) -> bool:
        """As the scorer's own."""
        assert isinstance(self._scorer, RemembersImages)
        return self._scorer.remembers(image)

    def read(self, image: Image, stopped: Callable[[], bool]) -> None:
        """As the scorer's own: reading is no scoring, and needs no turn."""
        assert isinstance(self._scorer, RemembersImages)
        self._scorer.read(image, stopped)
