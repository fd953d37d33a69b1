"""Splits Markdown into sections, without looking at any file.

A section is the plain text between one heading and the next. It keeps code, because a screenshot
shows the commands and messages in it. It drops image markup, because the images' descriptions would
give away which images belong to the text.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cache

from markdown_it import MarkdownIt
from markdown_it.token import Token

from kg_enrich.identity import text_hash
from kg_enrich.loading.dialects import extend, read_directive
from kg_enrich.loading.formats import is_like_image
from kg_enrich.loading.html import read_html, read_link

# Front matter: YAML or TOML between two marks, as site generators and code hosts read it.
_FRONT_MATTER = re.compile(r"\A(---|\+\+\+)[ \t]*\n(?=\s*[\w\"#'-])(.*?^)\1[ \t]*$", re.S | re.M)
_FRONT_FIELD = re.compile(r"^[\w\"'-]+\s*[:=]", re.M)
_FRONT_TITLE = re.compile(r"^title\s*[:=]\s*([\"']?)([^\s>|].*?)\1\s*$", re.M)
# A heading's own anchor, as several site generators write it.
_ANCHOR = re.compile(r"\s*\{#[^{}]*\}\s*$")
# What MDX imports at the left margin; a picture is then shown by its name.
_IMPORT = re.compile(r"""import\s+(?:([\w$]+)\s+from\s+|[^'"]*?from\s+|)(["'])([^"'\n]+)\2;?\s*""")


@dataclass(frozen=True, slots=True)
class Link:
    """An image that a section shows. target: as written, `[[name]]` for a wiki's; line: from 1."""

    target: str
    caption: str
    line: int


@dataclass(frozen=True, slots=True)
class Section:
    """One section of a file.

    anchor: the headings below the file's title, joined by '/'; '' before the first heading. Where
    several sections of the file have the same headings, 8 hexadecimal digits of its text follow,
    so that it is called the same whatever stands above it. title: the file's title and the
    headings, for a reader. former: the anchor that release 0.1.0 gave it, which counted.
    """

    anchor: str
    title: str
    text: str
    links: tuple[Link, ...]
    former: str = field(default="", compare=False)


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
    imports: dict[str, str] = {}
    tokens = _parser().parse(text)
    for before, token in zip([None, *tokens], tokens, strict=False):
        line = first_line + (token.map[0] if token.map else 0)
        if token.type == "inline":
            if before is not None and before.level == 0 and _read_imports(token.content, imports):
                continue
            piece, links = _read_inline(token.children or (), line, imports)
            is_heading = before is not None and before.type == "heading_open"
            if is_heading and before is not None and before.level == 0 and piece.strip():
                outline.open(int(before.tag[1]), piece)
                piece = ""
            outline.add(piece, links)
        elif token.type == "html_block":
            outline.add(*_read_html(token.content, line, imports))
        elif token.type in ("fence", "code_block"):
            outline.add(*_read_fence(token, line, imports))
    return list(outline.sections())


@cache
def _parser() -> MarkdownIt:
    # The preset's own bound of 20 drops what lists of lists hold further down.
    return extend(MarkdownIt("commonmark", {"maxNesting": 100}).enable("table"))


def _read_imports(text: str, imports: dict[str, str]) -> bool:
    """Whether a paragraph is nothing but imports; `imports` gets the names of pictures."""
    found = list(_IMPORT.finditer(text))
    if not found or "".join(one[0] for one in found) != text:
        return False
    imports.update((one[1], one[3]) for one in found if one[1])
    return True


def _read_fence(token: Token, line: int, imports: dict[str, str]) -> tuple[str, list[Link]]:
    """Code is text; the figures that MyST writes as code are images."""
    figure = read_directive(token.info, token.content) if token.type == "fence" else None
    if figure is None:
        return token.content, []
    path, caption = figure
    if path:
        return "", [Link(path, caption, line)]
    links = [
        link
        for inner in _parser().parse(token.content)
        if inner.type == "inline"
        for link in _read_inline(inner.children or (), line, imports)[1]
    ]
    return "", links


def _read_html(source: str, line: int, imports: dict[str, str]) -> tuple[str, list[Link]]:
    text, images = read_html(source, imports)
    return text, [Link(src, alt, line) for src, alt in images]


def _read_inline(
    children: Sequence[Token], line: int, imports: dict[str, str]
) -> tuple[str, list[Link]]:
    """Text and images of a paragraph, a heading or a cell."""
    pieces: list[str] = []
    links: list[Link] = []
    larger, captioning = "", False
    for child in children:
        if child.type in ("text", "code_inline"):
            if not captioning:
                pieces.append(child.content)
            elif links and not links[-1].caption:
                links[-1] = replace(links[-1], caption=child.content.strip())
        elif child.type in ("softbreak", "hardbreak"):
            pieces.append("\n")
        elif child.type in ("link_open", "link_close"):
            larger = str(child.attrGet("href") or "")
        elif child.type == "image":
            described = "".join(one.content for one in child.children or ())
            described = described or str(child.meta.get("caption") or child.attrGet("title") or "")
            shown = Link(str(child.attrGet("src")), described.strip(), line)
            links += _with_larger([shown], larger)
        elif child.type == "html_inline":
            tag = child.content.lower()
            captioning = not tag.startswith("</figcaption") and (
                captioning or tag.startswith("<figcaption")
            )
            leads = read_link(child.content)
            larger = larger if leads is None else leads
            text, images = _read_html(child.content, line, imports)
            pieces.append(text)
            links += _with_larger(images, larger)
    return "".join(pieces), links


def _with_larger(shown: list[Link], larger: str) -> list[Link]:
    """The images, and after each the larger one that it links to."""
    if not is_like_image(larger):
        return shown
    both = ((link, replace(link, target=larger)) for link in shown)
    return list(dict.fromkeys(link for pair in both for link in pair))


@dataclass
class _Part:
    anchor: str
    former: str
    title: str
    pieces: list[str] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "\n".join(self.pieces).strip()


class _Outline:
    """The current place in a file's tree of headings."""

    def __init__(self, title: str) -> None:
        self._title = title
        self._parts = [_Part("", "", "")]
        self._above: list[tuple[int, _Part]] = []
        # How often each former anchor was asked for; those made unique are counted, too.
        self._formers = {"": 1}

    def open(self, level: int, text: str) -> None:
        """Begins the section of a heading. A first heading of level 1 is the file's title."""
        heading = _ANCHOR.sub("", " ".join(text.split())) or text.strip()
        if level == 1 and len(self._parts) == 1:
            self._parts.append(_Part("", "", ""))
            self._title = heading
            return
        while self._above and self._above[-1][0] >= level:
            self._above.pop()
        above = self._above[-1][1] if self._above else _Part("", "", "")
        part = _Part(
            f"{above.anchor}/{heading}".lstrip("/"),
            self._count(f"{above.former}/{heading}".lstrip("/")),
            f"{above.title} / {heading}",
        )
        self._above.append((level, part))
        self._parts.append(part)

    def _count(self, wanted: str) -> str:
        former = wanted
        while former in self._formers:
            self._formers[wanted] += 1
            former = f"{wanted} ({self._formers[wanted]})"
        self._formers[former] = 1
        return former

    def add(self, piece: str, links: list[Link]) -> None:
        if piece.strip():
            self._parts[-1].pieces.append(piece.strip("\n"))
        self._parts[-1].links.extend(links)

    def sections(self) -> Iterator[Section]:
        """The sections that hold something. Text before the title belongs to the title."""
        parts = self._parts
        if len(parts) > 1 and not parts[1].former:
            parts[1].pieces[:0] = parts[0].pieces
            parts[1].links[:0] = parts[0].links
            parts = parts[1:]
        parts = [part for part in parts if part.pieces or part.links]
        for part, anchor in zip(parts, _anchors(parts), strict=True):
            title = self._title + part.title
            yield Section(anchor, title, part.text, tuple(part.links), part.former)


def _anchors(parts: Sequence[_Part]) -> list[str]:
    """Anchors of their own for all parts. Only equal texts under equal headings are counted."""
    often = Counter(part.anchor for part in parts)
    # Only what stands before all headings has no name; a heading may be a mere slash.
    plain = [not part.former or (often[part.anchor] == 1 and part.anchor != "") for part in parts]
    taken = {part.anchor for part, keeps in zip(parts, plain, strict=True) if keeps}
    anchors = []
    for part, keeps in zip(parts, plain, strict=True):
        anchor = part.anchor
        if not keeps:
            named = f"{part.anchor} ({text_hash('', part.text)[:8]})".strip()
            anchor, number = named, 1
            while anchor in taken:
                number += 1
                anchor = f"{named} ({number})"
            taken.add(anchor)
        anchors.append(anchor)
    return anchors
