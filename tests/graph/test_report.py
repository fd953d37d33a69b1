"""The report and the card: whole in one file, and nothing of a document is ever markup."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from kg_enrich import api
from kg_enrich.errors import GraphError, SettingsError
from kg_enrich.evidence import asking, flags
from kg_enrich.evidence.hubs import hold
from kg_enrich.graph.connection import Graph
from kg_enrich.models import ImageId
from kg_enrich.settings import load_settings
from tests.support.graphs import SOURCE, TableScorer, ask, begin_source, make, run_table
from tests.support.neo4j_server import Neo4jServer
from tests.support.runner import commands

HOSTILE = "<script>alert(1)</script>\"><img src=x onerror=alert(1)> ](javascript:x) ' & 阀门"
TEXTS: dict[str | int, str] = {"a": "red lamp", "b": "pump"}
CANDIDATES: dict[str | int, list[str | int]] = {"a": ["x", "y"], "b": ["y", "z"]}
SCORES = {("a", "x"): 9.5, ("a", "y"): 2.0, ("b", "y"): 5.2, ("b", "z"): None}

# What a browser would fetch, or carry out.
REFERRING = {"src", "href", "srcset", "action", "data", "poster", "background", "xlink:href"}
HARMLESS = {"html", "head", "meta", "title", "style", "body", "main", "header", "footer", "section",
            "article", "details", "summary", "div", "span", "p", "b", "i", "h1", "h2", "h3", "ul",
            "li", "code", "table", "thead", "tbody", "tr", "th", "td", "img", "svg", "rect", "line",
            "text", "circle", "polyline", "polygon"}  # fmt: skip


class _Page(HTMLParser):
    """All tags, all that refers to something, and all text of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.references: list[str] = []
        self.handlers: list[str] = []
        self.text = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.references += [value or "" for name, value in attrs if name in REFERRING]
        self.handlers += [name for name, _ in attrs if name.startswith("on")]

    def handle_data(self, data: str) -> None:
        self.text += data


def whole(page: str) -> _Page:
    """A page that refers to nothing outside itself, and carries nothing out."""
    read = _Page(page)
    # SVG has a title of its own, and so has the head.
    assert read.tags <= HARMLESS
    assert read.handlers == []
    assert all(one.startswith("data:image/webp;base64,") for one in read.references)
    assert not re.search(r"url\(|@import|https?://", page)
    return read


@pytest.fixture
def judged(graph: Graph, tmp_path: Path) -> Graph:
    make(graph, tmp_path, TEXTS, CANDIDATES)
    ask(graph, "MATCH (d:Document {id: 'a'}) SET d.title = $title", title=HOSTILE)
    ask(graph, "MATCH (i:Image {id: 'x'}) SET i.caption = $title", title=HOSTILE)
    run_table(graph, tmp_path, TableScorer(SCORES))
    ask(graph, "MATCH ()-[r:HAS_EVIDENCE]->() SET r.reason = $title", title=HOSTILE)
    (tmp_path / "z.png").unlink()
    graph.write(lambda tx: hold(tx, SOURCE, "a-run", {ImageId(HOSTILE): 101}))
    flags.update(graph, 0.8, "a-run")
    asking.renew(graph, SOURCE, "a-run", graph.write)
    return graph


def test_report_and_card_are_whole_and_escape_everything(
    judged: Graph, migrated: Neo4jServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    command = commands(migrated, monkeypatch, tmp_path)
    monkeypatch.setenv("KG_ENRICH_IMAGE_ROOTS", str(tmp_path))
    monkeypatch.setenv("KG_ENRICH_CACHE_DIR", str(tmp_path / "cache"))
    assert "Wrote" in command("report", "-o", "r.html", "--source", SOURCE).stdout
    page = (tmp_path / "r.html").read_text(encoding="utf-8")
    report = whole(page)
    assert report.text.count(HOSTILE) > 3
    for told in ("2 documents", "near the minimum score", "z.png", "held back", "101", "(hidden)"):
        assert told in report.text
    assert migrated.password not in page
    # Two pairs that are published, one of which is doubtful, and a flagged image.
    assert len(report.references) == 4
    assert len(list((tmp_path / "cache" / "thumbnails").rglob("*.webp"))) == 2
    command("report", "-o", "few.html", "--source", SOURCE, "--pairs", "0")
    assert len(whole((tmp_path / "few.html").read_text(encoding="utf-8")).references) == 1

    assert command("card", "a", "--format", "html", "-o", "card.html").exception is None
    card = whole((tmp_path / "card.html").read_text(encoding="utf-8"))
    assert HOSTILE in card.text
    assert len(card.references) == 1
    # A file that is called so is meant to be one.
    assert command("card", "a", "-o", "called.html").exception is None
    called = whole((tmp_path / "called.html").read_text(encoding="utf-8"))
    assert called.references == card.references
    assert command("card", "a", "-o", "called.md").exception is None
    assert "(<x.png>)" in (tmp_path / "called.md").read_text(encoding="utf-8")
    markdown = command("card", "a").stdout
    assert "(<x.png>)" in markdown
    assert "score 9.5" in markdown
    assert "<script" not in markdown

    settings = load_settings()
    with api.open(settings) as kg:
        with pytest.raises(GraphError, match="There is no Document nobody"):
            kg.card("nobody")
        with pytest.raises(SettingsError, match="There is no evidence source"):
            kg.report(source="nobody")


def test_a_source_without_anything_has_a_report(
    graph: Graph, migrated: Neo4jServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    begin_source(graph)
    command = commands(migrated, monkeypatch, tmp_path)
    assert command("report", "--source", SOURCE).exception is None
    text = whole((tmp_path / "report.html").read_text(encoding="utf-8")).text
    for told in ("Nothing is published yet.", "Nothing is doubtful.", "No run of this source"):
        assert told in text
