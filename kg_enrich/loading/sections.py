"""Splits Markdown into sections, without looking at any file.

A section is the plain text between one heading and the next. It keeps code, because a screenshot
shows the commands and messages in it. It drops image markup, because the images' descriptions would
give away which images belong to the text.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from urllib.parse import unquote

from markdown_it import MarkdownIt
from markdown_it.token import Token

from kg_enrich.loading.html import read_html

# Front matter: YAML or TOML between two marks, as site generators and code hosts read it.
_FRONT_MATTER = re.compile(r"\A(---|\+\+\+)[ \t]*\n(?=\s*[\w\"#'-])(.*?^)\1[ \t]*$", re.S | re.M)
_FRONT_FIELD = re.compile(r"^[\w\"'-]+\s*[:=]", re.M)
_FRONT_TITLE = re.compile(r"^title\s*[:=]\s*([\"']?)([^\s>|].*?)\1\s*$", re.M)
# A heading's own anchor, as several site generators write it.
_ANCHOR = re.compile(r"\s*\{#[^{}]*\}\s*$")


@dataclass(frozen=True, slots=True)
class Link:
    """An image that a section shows. target: without percent escapes. line: from 1."""

    target: str
    caption: str
    line: int


@dataclass(frozen=True, slots=True)
class Section:
    """One section of a file.

    anchor: the headings below the file's title, joined by '/' and unique within the file; '' before
    the first heading. title: the file's title and the headings, for a reader.
    """

    anchor: str
    title: str
    text: str
    links: tuple[Link, ...]


def read_sections(text: str, name: str) -> list[Section]:
    """The sections of a file that hold text or images, in order.

    name: the title of a file that has none. A file's title is `title` in its front matter, or its
    first heading.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    front = _FRONT_MATTER.match(text)
    title, first_line = "", 1
    if front and _FRONT_FIELD.search(front[2]):
        first_line += text.count("\n", 0, front.end())
        text = text[front.end() :]
        named = _FRONT_TITLE.search(front[2])
        title = named[2] if named else ""
    outline = _Outline(title or name)
    tokens = _parser().parse(text)
    for before, token in zip([None, *tokens], tokens, strict=False):
        line = first_line + (token.map[0] if token.map else 0)
        if token.type == "inline":
            piece, links = _read_inline(token, line)
            is_heading = before is not None and before.type == "heading_open"
            if is_heading and before is not None and before.level == 0 and piece.strip():
                outline.open(int(before.tag[1]), piece)
                piece = ""
            outline.add(piece, links)
        elif token.type == "html_block":
            piece, images = read_html(token.content)
            outline.add(piece, [Link(unquote(src), alt, line) for src, alt in images])
        elif token.type in ("fence", "code_block"):
            outline.add(token.content, [])
    return list(outline.sections())


@cache
def _parser() -> MarkdownIt:
    # The preset's bound of 20 would drop the content of deeper lists.
    return MarkdownIt("commonmark", {"maxNesting": 100}).enable("table")


def _read_inline(token: Token, line: int) -> tuple[str, list[Link]]:
    """Text and images of a paragraph, a heading or a cell."""
    pieces: list[str] = []
    links: list[Link] = []
    for child in token.children or ():
        if child.type in ("text", "code_inline"):
            pieces.append(child.content)
        elif child.type in ("softbreak", "hardbreak"):
            pieces.append("\n")
        elif child.type == "image":
            described = "".join(one.content for one in child.children or ())
            caption = described or str(child.attrGet("title") or "")
            links.append(Link(unquote(str(child.attrGet("src"))), caption.strip(), line))
        elif child.type == "html_inline":
            piece, images = read_html(child.content)
            pieces.append(piece)
            links += [Link(unquote(src), alt, line) for src, alt in images]
    return "".join(pieces), links


@dataclass
class _Part:
    anchor: str
    title: str
    pieces: list[str] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)


class _Outline:
    """The current place in a file's tree of headings."""

    def __init__(self, title: str) -> None:
        self._title = title
        self._parts = [_Part("", "")]
        self._above: list[tuple[int, _Part]] = []
        # How often each anchor was asked for; anchors made unique are counted, too.
        self._anchors = {"": 1}

    def open(self, level: int, text: str) -> None:
        """Begins the section of a heading. A first heading of level 1 is the file's title."""
        heading = _ANCHOR.sub("", " ".join(text.split())) or text.strip()
        if level == 1 and len(self._parts) == 1:
            self._parts.append(_Part("", ""))
            self._title = heading
            return
        while self._above and self._above[-1][0] >= level:
            self._above.pop()
        above = self._above[-1][1] if self._above else _Part("", "")
        anchor = self._unique(f"{above.anchor}/{heading}".lstrip("/"))
        part = _Part(anchor, f"{above.title} / {heading}")
        self._above.append((level, part))
        self._parts.append(part)

    def _unique(self, wanted: str) -> str:
        anchor = wanted
        while anchor in self._anchors:
            self._anchors[wanted] += 1
            anchor = f"{wanted} ({self._anchors[wanted]})"
        self._anchors[anchor] = 1
        return anchor

    def add(self, piece: str, links: list[Link]) -> None:
        if piece.strip():
            self._parts[-1].pieces.append(piece.strip("\n"))
        self._parts[-1].links.extend(links)

    def sections(self) -> Iterator[Section]:
        """The sections that hold something. Text before the title belongs to the title."""
        parts = self._parts
        if len(parts) > 1 and not parts[1].anchor:
            parts[1].pieces[:0] = parts[0].pieces
            parts[1].links[:0] = parts[0].links
            parts = parts[1:]
        for part in parts:
            if part.pieces or part.links:
                text = "\n".join(part.pieces).strip()
                yield Section(part.anchor, self._title + part.title, text, tuple(part.links))
