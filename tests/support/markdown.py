"""A small folder of Markdown, and what becomes of it in a graph."""

from collections.abc import Mapping
from pathlib import Path

from PIL import Image as Picture

from kg_enrich.graph.connection import Graph
from kg_enrich.identity import text_hash
from kg_enrich.loading.markdown import load_markdown
from kg_enrich.loading.records import Loaded
from tests.support.graphs import ask

GUIDE = """---
title: not this
---
# Guide

![the rack](img/rack.png "title") stands here.

## Lamps

A *red* lamp: `E42`.

![][lamp]

### Green

<p><img src="../shared/green.png" alt="a green lamp"></p>

## Lamps

Chinese: 红灯报警。![](img/%E7%BA%A2.png?raw=true)

[lamp]: img/lamp.png "a lamp"
"""
FILES = {"docs/guide.md": GUIDE, "docs/other.md": "Only a line.\n"}


def lamps(text: str) -> str:
    """The id of the guide's section of this text under one of its equal headings."""
    return f"docs/guide.md#Lamps ({text_hash('', text)[:8]})"


RED, CHINESE = lamps("A red lamp: E42."), lamps("Chinese: 红灯报警。")
PICTURES = (
    "docs/img/rack.png",
    "docs/img/lamp.png",
    "docs/img/红.png",
    "docs/img/alone.JPG",
    "shared/green.png",
)


def lay_out(root: Path, files: Mapping[str, str], pictures: tuple[str, ...] = ()) -> None:
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
    for number, path in enumerate(pictures):
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        Picture.new("RGB", (8, 8), (number, 0, 0)).save(root / path)


def guide(tmp_path: Path) -> Path:
    """An image root with two folders; the Markdown is in docs."""
    lay_out(tmp_path, FILES, PICTURES)
    return tmp_path


def load(graph: Graph, root: Path, prune: bool = False) -> Loaded:
    return load_markdown(graph, root / "docs", (root,), prune=prune)


def documents(graph: Graph) -> dict[str, tuple[str, str]]:
    rows = ask(graph, "MATCH (d:Document) RETURN d.id AS id, d.title AS title, d.text AS text")
    return {row["id"]: (row["title"], row["text"]) for row in rows}


def images(graph: Graph) -> dict[str, str | None]:
    rows = ask(graph, "MATCH (i:Image) RETURN i.id AS id, i.path AS path, i.caption AS caption")
    assert all(row["id"] == row["path"] for row in rows)
    return {row["id"]: row["caption"] for row in rows}


def references(graph: Graph) -> set[tuple[str, str]]:
    rows = ask(graph, "MATCH (d)-[:REFERENCES]->(i) RETURN d.id AS d, i.id AS i")
    return {(row["d"], row["i"]) for row in rows}
