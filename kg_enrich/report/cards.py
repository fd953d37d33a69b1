"""The picture summary of one document: its best images with captions and reasons."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from urllib.parse import quote

from kg_enrich.errors import GraphError, SettingsError
from kg_enrich.graph.connection import Graph
from kg_enrich.graph.queries import query
from kg_enrich.identity import forms
from kg_enrich.report.rendering import template

READ_CARD = query("read_card")

# What Markdown gives a meaning to.
_MARKS = re.compile(r"([\\`*_\[\]~|])")


@dataclass(frozen=True, slots=True)
class CardImage:
    """One image of a card. picture: a data URI, '' where there is none."""

    image: str | int
    path: str
    caption: str
    score: float
    reason: str
    source: str
    picture: str


@dataclass(frozen=True, slots=True)
class Card:
    """A document with its best images, the best first."""

    document: str | int
    title: str
    images: tuple[CardImage, ...]


def read_card(
    graph: Graph, document: str, limit: int, picture: Callable[[str | None], str]
) -> Card:
    """A document's best `limit` images. Errors: GraphError when it is not there exactly once."""
    rows = graph.read(READ_CARD, ids=forms(document), limit=limit)
    if len(rows) != 1:
        label = graph.names.document_label
        many = f"There is no {label}" if not rows else f"{len(rows)} {label} nodes are called"
        raise GraphError(f"{many} {document}: check the id.")
    images = tuple(
        CardImage(
            one["image"],
            str(one["path"] or ""),
            str(one["caption"] or ""),
            one["score"],
            one["reason"] or "",
            one["source"] or "",
            picture(one["path"]),
        )
        for one in rows[0]["images"]
    )
    return Card(rows[0]["document"], str(rows[0]["title"] or ""), images)


def render_card(card: Card, form: str) -> str:
    """form: 'markdown' or 'html'. Errors: SettingsError for another one."""
    if form == "html":
        return template("card.html").render(card=card)
    if form != "markdown":
        raise SettingsError(f"A card is written as markdown or html, not as {form!r}.")
    lines = [f"# {_plain(card.title or str(card.document))}", ""]
    for one in card.images:
        name = _plain(one.caption or str(one.image))
        lines += [f"![{name}](<{quote(one.path, safe='/')}>)", ""]
        reason = f": {_plain(one.reason)}" if one.reason else ""
        lines += [f"**{_plain(str(one.image))}**, score {one.score:.1f}{reason}", ""]
    if not card.images:
        lines += ["No image is evidence for this document.", ""]
    return "\n".join(lines)


def _plain(text: str) -> str:
    """Text that Markdown shows as it is, on one line."""
    return _MARKS.sub(r"\\\1", escape(" ".join(text.split()), quote=False))
