"""The guides of docs/ stay true: their examples are carried out."""

import re
from pathlib import Path
from typing import Any

import pytest

from kg_enrich.graph.migrations import parse
from kg_enrich.graph.queries import Query, render
from kg_enrich.models import Document, DocumentId, Image, ImageId, Outcome, Pair
from kg_enrich.names import Names
from kg_enrich.scorers.base import Scorer

DOCS = Path(__file__).parents[2] / "docs"
GUIDES = sorted(DOCS.glob("add-a-*.md"))


def blocks(name: str) -> list[str]:
    text = (DOCS / name).read_text(encoding="utf-8")
    return re.findall(r"^```\w*\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


def test_the_scorer_of_the_guide_is_one() -> None:
    found: dict[str, Any] = {}
    exec(blocks("add-a-scorer.md")[0], found)
    scorer = found["CaptionScorer"]()
    needed = {*Scorer.__annotations__, "prefetch", "score", "close"}
    assert [name for name in needed if not hasattr(scorer, name)] == []
    document = Document(DocumentId("d"), "Pump P-204", "Tighten the bolts.", "1")
    pairs = [
        Pair(document, Image(ImageId(caption), Path("x.png"), "1", caption))
        for caption in ("pump bolts", "tulips", "")
    ]
    high, low, none = scorer.score(pairs)
    assert 10 > high.score > 5 > low.score > 0
    assert none.outcome is Outcome.ABSTAINED
    assert scorer.score(pairs[1:2]) == [low]


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
    assert missing <= {"kg_enrich/scorers/caption.py", "kg_enrich/cli/sources.py"}
