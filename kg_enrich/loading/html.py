"""HTML inside Markdown, and what MDX makes of it: its words and its images."""

import re
from collections.abc import Mapping
from html import escape
from html.parser import HTMLParser

from kg_enrich.loading.formats import is_like_image
from kg_enrich.plain_text import breaks_line

# Elements whose source is no picture; components of any other name may show one.
_NO_PICTURES = frozenset(
    ("script", "iframe", "embed", "video", "audio", "source", "track", "object", "input")
)
_BRACES = r"\{(?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*\}"
_TAG = re.compile(rf"""<[A-Za-z][\w.]*(?:"[^"]*"|'[^']*'|{_BRACES}|[^<>{{}}"'])*?>""")
_EXPRESSION = re.compile(rf"=\s*({_BRACES})")
_STRING = re.compile(r"""["'`]([^"'`$]+)["'`]""")
_NAME = re.compile(r"[\w$]+")
_PICTURE = re.compile(r"im(?:g|age)|pic|photo|figure|screenshot")
_LINK = re.compile(r"""<a\s[^>]*?href=["']?([^"'\s>]+)""", re.IGNORECASE)


def read_html(
    source: str, imports: Mapping[str, str] | None = None
) -> tuple[str, list[tuple[str, str]]]:
    """The text of a piece of HTML, and (src, alt or title) of its images.

    imports: paths by the names that MDX gave them. An expression that says no path stays one,
    in its braces. A picture that links to another gives both.
    """
    reader = _Reader()
    reader.feed(_TAG.sub(lambda tag: _plain(tag[0], imports or {}), source))
    reader.close()
    return "".join(reader.pieces), [(source, caption) for source, caption in reader.images]


def read_link(tag: str) -> str | None:
    """Where a single opening tag of a link leads, '' for a closing one; None for another tag."""
    if tag.lower().startswith("</a"):
        return ""
    found = _LINK.match(tag)
    return found[1] if found else None


def _plain(tag: str, imports: Mapping[str, str]) -> str:
    """A tag with a string for every expression in it."""
    if "{" not in tag:
        return tag
    return _EXPRESSION.sub(lambda found: f'="{escape(_path(found[1], imports))}"', tag)


def _path(expression: str, imports: Mapping[str, str]) -> str:
    inside = expression[1:-1].strip()
    if inside.startswith("{"):  # a style, not a value
        return ""
    if written := _STRING.search(inside):
        return written[1]
    name = _NAME.match(inside)
    return imports.get(name[0], expression) if name else expression


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.pieces: list[str] = []
        self.images: list[list[str]] = []
        self._larger = ""
        self._caption: list[str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if breaks_line(tag):
            self.pieces.append("\n")
        if tag == "a":
            self._larger = (given.get("href") or "").strip()
        elif tag == "figcaption":
            self._caption = []
        elif tag not in _NO_PICTURES:
            self._picture(tag, given)

    def _picture(self, tag: str, given: Mapping[str, str | None]) -> None:
        source = (given.get("src") or given.get("data-src") or "").strip()
        # A component's source may be anything; what img shows is an image whatever its name.
        pictured = is_like_image(source) or (source.startswith("{") and _PICTURE.search(tag))
        if not source or (tag != "img" and not pictured):
            return
        caption = given.get("alt") or given.get("title") or given.get("caption") or ""
        self.images.append([source, caption.strip()])
        if is_like_image(self._larger) and self._larger != source:
            self.images.append([self._larger, caption.strip()])

    def handle_endtag(self, tag: str) -> None:
        if breaks_line(tag):
            self.pieces.append("\n")
        if tag == "a":
            self._larger = ""
        elif tag == "figcaption" and self._caption is not None:
            caption, self._caption = " ".join("".join(self._caption).split()), None
            if self.images and not self.images[-1][1]:
                self.images[-1][1] = caption

    def handle_data(self, data: str) -> None:
        # Inside script and style the parser gives the source as data.
        if self.cdata_elem is None:
            # A caption describes its image, as its markup does: it is no text of the section.
            (self.pieces if self._caption is None else self._caption).append(data)
