"""Reasons in the words of a chat server: asked as it is asked for scores, by the same client."""

from collections.abc import Callable, Sequence

from kg_enrich import identity
from kg_enrich.models import Judgement, Pair
from kg_enrich.scorers import reasons
from kg_enrich.scorers.remote.chat import Explained
from kg_enrich.scorers.remote.options import RemoteOptions
from kg_enrich.scorers.remote.scorer import RemoteScorer, drawn_pairs


class Explainer:
    """Asks a remote scorer's server for reasons; safe beside its scoring."""

    def __init__(self, scorer: RemoteScorer, test: bool) -> None:
        """test: ask it about drawn pictures first.

        Errors: NoReasonsError when it gives no reasons for them; ScorerError.
        """
        # The scorer's connections are its own to close.
        self.close: Callable[[], None] = lambda: None
        self._scorer = scorer
        self._wire = Explained(scorer.options.model)
        if test:
            with drawn_pairs() as rows:
                own = [row[place] for place, row in enumerate(rows)]
                reasons.require_reasons(scorer.model, self.explain(own))

    def explain(self, asked: Sequence[Pair]) -> list[str | None]:
        """As `reasons.Explainer`. Errors: ScorerError, as of `RemoteScorer.score`."""
        answers = self._scorer.ask(asked, self._wire)
        return [
            None if isinstance(one, Judgement) or one.log_odds is None else one.reason
            for one in answers
        ]


def reason_version(options: RemoteOptions) -> int:
    """Of all that a reason depends on beside its pair."""
    form = f"{reasons.VERSION} {reasons.SYSTEM} {reasons.QUESTION}"
    return identity.reason_version(f"chat {options.model} {options.revision}", form)
