"""A cheap scorer decides what an expensive one is shown."""

import math
from collections.abc import Sequence
from pathlib import Path

import pytest

from kg_enrich import testing
from kg_enrich.compose import Scorers
from kg_enrich.errors import SettingsError
from kg_enrich.models import Document, DocumentId, Image, ImageId, Judgement, Outcome, Pair
from kg_enrich.scorers.two_stages import TwoStages
from kg_enrich.settings import load_settings

DOCUMENT = Document(DocumentId("d"), "", "text", "1")


class Table:
    """Scores by an image's name: its number, or an outcome without one."""

    former_fingerprints: tuple[str, ...] = ()
    reads_captions = False
    conditions: frozenset[str] = frozenset()

    def __init__(self, model: str, odds: dict[str, float | Outcome]) -> None:
        self.model = self.fingerprint = model
        self.odds = odds
        self.asked: list[str] = []

    def prefetch(self, images: Sequence[Image]) -> None:
        """Nothing."""

    def score(self, pairs: Sequence[Pair]) -> list[Judgement]:
        self.asked += [pair.image.id for pair in pairs]
        return [self._judge(pair) for pair in pairs]

    def close(self) -> None:
        """Nothing."""

    def _judge(self, pair: Pair) -> Judgement:
        odds = self.odds[pair.image.id]
        if isinstance(odds, Outcome):
            return Judgement(pair.document.id, pair.image.id, odds, reason="cannot tell")
        score = 10 / (1 + math.exp(-odds))
        return Judgement(pair.document.id, pair.image.id, Outcome.SCORED, score, odds)


CHEAP: dict[str, float | Outcome] = {
    "low": -6.0,
    "fair": -1.0,
    "high": 3.0,
    "photo": Outcome.ABSTAINED,
    "broken": Outcome.UNREADABLE,
    "failed": Outcome.FAILED,
}
PAIRS = [Pair(DOCUMENT, Image(ImageId(name), Path("x.png"), "1")) for name in CHEAP]


def stages(least: float = 0.5) -> tuple[TwoStages, Table]:
    second = Table("dear", dict.fromkeys(CHEAP, 1.0))
    return TwoStages(Table("cheap", CHEAP), second, least), second


def test_only_what_is_scored_low_is_hidden_and_the_best_are_asked_first() -> None:
    scorer, second = stages()
    judged = {str(one.image): one for one in scorer.score(PAIRS)}
    assert second.asked == ["photo", "broken", "failed", "high", "fair"]
    assert judged["low"].outcome is Outcome.ABSTAINED
    assert judged["low"].reason == "cheap scores it 0.02, under 0.5: not shown"
    others = {name: one.log_odds for name, one in judged.items() if name != "low"}
    assert others == dict.fromkeys(CHEAP.keys() - {"low"}, 1.0)
    assert scorer.account() == "cheap left out 1 of 6 pairs"
    assert scorer.account() == ""


def test_it_keeps_what_a_scorer_promises() -> None:
    scorer, _ = stages()
    testing.scores_are_repeatable(scorer, PAIRS)
    testing.scores_are_independent(scorer, PAIRS)
    testing.fingerprint_is_stable(lambda: stages()[0])
    testing.fingerprint_changes_with(lambda: stages()[0], lambda: stages(1.0)[0])
    testing.closes_twice(lambda: stages()[0], PAIRS)


def test_settings_put_a_cheap_scorer_before_a_remote_one(tmp_path: Path) -> None:
    """Named for a dry run without asking the server, and with the same fingerprint as open."""
    given = {
        "scorer": "http",
        "remote_url": "http://127.0.0.1:9",
        "model_revision": "1",
        "self_test": False,
        "cache_dir": tmp_path,
    }
    both = Scorers(load_settings(prefilter="ocr", **given))
    alone = Scorers(load_settings(**given))
    try:
        assert both.named().fingerprint == both.get().fingerprint
        assert both.get().fingerprint != alone.get().fingerprint
        assert isinstance(both.get(), TwoStages)
    finally:
        both.close()
        alone.close()
    dear = Scorers(load_settings(prefilter="http", **given))
    with pytest.raises(SettingsError, match="KG_ENRICH_PREFILTER=http is not cheaper"):
        dear.get()
    dear.close()
