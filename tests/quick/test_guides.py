"""The guides of docs/ stay true: their examples are carried out."""

import math
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from kg_enrich import testing
from kg_enrich.compose import plugin_options, source_name
from kg_enrich.errors import SettingsError
from kg_enrich.graph.migrations import parse
from kg_enrich.graph.queries import Query, render
from kg_enrich.models import Document, DocumentId, Image, ImageId, Judgement, Outcome, Pair
from kg_enrich.names import Names
from kg_enrich.scorers.plugins import open_plugin
from kg_enrich.settings import load_settings

DOCS = Path(__file__).parents[2] / "docs"
GUIDES = sorted(DOCS.glob("add-a-*.md"))


def blocks(name: str) -> list[str]:
    text = (DOCS / name).read_text(encoding="utf-8")
    return re.findall(r"^```\w*\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


def test_the_scorer_of_the_guide_is_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Installed as another package is, opened by its name, and passing its own test."""
    code, entry, test = blocks("add-a-scorer.md")[:3]
    lines = [line for line in code.splitlines() if line and " import " not in f" {line}"]
    assert len(lines) <= 20
    (tmp_path / "caption_scorer.py").write_text(code)
    (tmp_path / "test_promises.py").write_text(test)
    info = tmp_path / "caption_scorer-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Name: caption-scorer\nVersion: 1\n")
    points = entry.replace("project.entry-points.", "").replace('"', "")
    (info / "entry_points.txt").write_text(points)
    monkeypatch.syspath_prepend(tmp_path)
    settings = load_settings(scorer="caption")
    scorer = open_plugin("caption", plugin_options(settings))
    assert (scorer.model, source_name(settings)) == ("caption", "caption")
    found: dict[str, Any] = {}
    exec(test, found)
    found["test_the_promises"]()


def test_a_scorer_that_nobody_brings_is_refused_with_the_list() -> None:
    with pytest.raises(SettingsError, match=r"KG_ENRICH_SCORER: .*there are ocr, qwen-vl, http"):
        load_settings(scorer="capton")


class Broken:
    """A scorer that breaks every promise."""

    model = "broken"
    former_fingerprints: tuple[str, ...] = ()
    reads_captions = False
    conditions: frozenset[str] = frozenset()

    def __init__(self) -> None:
        self.asked = 0
        self.fingerprint = str(id(self))

    def prefetch(self, images: Sequence[Image]) -> None:
        """Nothing."""

    def score(self, pairs: Sequence[Pair]) -> list[Judgement]:
        self.asked += len(pairs)
        return [
            Judgement(
                pair.document.id,
                pair.image.id,
                Outcome.SCORED,
                score=10 / (1 + math.exp(-self.asked - place)),
                log_odds=float(self.asked + place),
            )
            for place, pair in enumerate(pairs)
        ]

    def close(self) -> None:
        """Nothing."""


def test_the_kit_finds_what_is_broken() -> None:
    document = Document(DocumentId("d"), "", "text", "1")
    pairs = [Pair(document, Image(ImageId(name), Path("x.png"), "1")) for name in "ab"]
    scorer, kept = Broken(), [Broken(), Broken()]
    for check in (testing.scores_are_repeatable, testing.scores_are_independent):
        with pytest.raises(AssertionError, match="log-odds differ"):
            check(scorer, pairs)
    with pytest.raises(AssertionError, match="scored"):
        testing.abstains_on(scorer, pairs)
    with pytest.raises(AssertionError, match="cannot be judged"):
        testing.fails_alone(scorer, pairs[:1], pairs[1:])
    made = iter(kept)
    with pytest.raises(AssertionError, match="made alike"):
        testing.fingerprint_is_stable(lambda: next(made))
    with pytest.raises(AssertionError, match="one fingerprint"):
        testing.fingerprint_changes_with(lambda: scorer, lambda: scorer)


def test_the_query_of_the_guide_takes_the_users_names() -> None:
    text = blocks("add-a-candidate-finder.md")[0]
    assert all(f"\n// {part}: " in f"\n{text}" for part in ("Purpose", "Parameters", "Columns"))
    sent = render(Query("guide", text), Names(document_label="Doc", reference_type="SHOWS"))
    assert "(d:`Doc`)" in sent
    assert "-[:`SHOWS`]->" in sent


def test_the_migration_of_the_guide_is_one_of_schema() -> None:
    text = blocks("add-a-migration.md")[0]
    migration = parse("V9999__flag_status.cypher", text)
    assert migration.is_schema
    assert all(" IF NOT EXISTS" in statement for statement in migration.executable)


@pytest.mark.parametrize("guide", GUIDES, ids=lambda guide: guide.stem)
def test_what_a_guide_names_is_there(guide: Path) -> None:
    """All but the files that the reader is to write."""
    named = set(
        re.findall(r"`((?:kg_enrich|tests|scripts|docs)/[\w/.-]+)`", guide.read_text("utf-8"))
    )
    missing = {name for name in named if not (DOCS.parent / name).exists()}
    assert missing <= {"kg_enrich/cli/sources.py"}
