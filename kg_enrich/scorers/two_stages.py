"""Two stages: a cheap scorer decides what an expensive one is shown.

The cut is a score, not a rank, so that a pair's judgement depends on that pair alone.
"""

import threading
from collections.abc import Callable, Sequence
from hashlib import sha256

from kg_enrich.models import Image, Judgement, Outcome, Pair
from kg_enrich.scorers.base import Accounts, RemembersImages, Scorer
from kg_enrich.scorers.judging import judge


class TwoStages:
    """Scores what the first stage does not score under `least`; the rest is abstained on.

    What the first stage abstains on, cannot read or fails on, the second stage sees. The second
    stage is asked in the first one's order, the best first.
    """

    def __init__(self, first: Scorer, second: Scorer, least: float) -> None:
        """least: in [0, 10]."""
        self._first, self._second, self._least = first, second, least
        self.model = second.model
        parts = repr(("two stages", 1, first.fingerprint, second.fingerprint, least))
        self.fingerprint = sha256(parts.encode()).hexdigest()
        self.former_fingerprints: tuple[str, ...] = ()
        self.reads_captions = first.reads_captions or second.reads_captions
        self.conditions = first.conditions | second.conditions
        self._lock = threading.Lock()
        self._seen = self._cut = 0

    def prefetch(self, images: Sequence[Image]) -> None:
        """Starts reading for the first stage; the second reads what is left of them."""
        self._first.prefetch(images)

    def remembers(self, image: Image) -> bool:
        """Whether the first stage has read the image."""
        return isinstance(self._first, RemembersImages) and self._first.remembers(image)

    def read(self, image: Image, stopped: Callable[[], bool]) -> None:
        """Waits for the first stage, where that can be waited for."""
        if isinstance(self._first, RemembersImages):
            self._first.read(image, stopped)

    def score(self, pairs: Sequence[Pair]) -> list[Judgement]:
        """One judgement a pair, in order; see `Scorer.score`."""
        judgements: dict[int, Judgement] = {}
        order: list[tuple[float, int]] = []
        for place, one in enumerate(judge(self._first, pairs)):
            score = one.score if one.outcome is Outcome.SCORED else None
            if score is not None and score < self._least:
                judgements[place] = self._left_out(one, score)
            else:
                order.append((-10.0 if score is None else -score, place))
        shown = [place for _, place in sorted(order)]
        with self._lock:
            self._seen += len(pairs)
            self._cut += len(judgements)
        answers = judge(self._second, [pairs[place] for place in shown])
        judgements.update(zip(shown, answers, strict=True))
        return [judgements[place] for place in range(len(pairs))]

    def account(self) -> str:
        """How many pairs the first stage cut since the last call, and what the stages say."""
        with self._lock:
            seen, cut = self._seen, self._cut
            self._seen = self._cut = 0
        said = [f"{self._first.model} left out {cut} of {seen} pairs"] if seen else []
        stages = (self._first, self._second)
        said += [one.account() for one in stages if isinstance(one, Accounts)]
        return "; ".join(part for part in said if part)

    def close(self) -> None:
        """Closes both stages."""
        self._first.close()
        self._second.close()

    def _left_out(self, one: Judgement, score: float) -> Judgement:
        reason = f"{self._first.model} scores it {score:.2f}, under {self._least:g}: not shown"
        return Judgement(one.document, one.image, Outcome.ABSTAINED, reason=reason)
