"""A document's text for people: in sections whose headings fold, with matched words marked."""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from markupsafe import Markup, escape

_HEADING = re.compile(r"(#{1,6})\s+(.*?)\s*#*")
_MATCHES = re.compile(r"matches: (.+)")
# More than anybody reads on such a page; the rest is said to be there.
_MOST = 60_000
_WORDS = 60


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a text. heading '' is what stands before the first one. marked: words were."""

    heading: Markup
    level: int
    body: Markup
    marked: bool


@dataclass(frozen=True, slots=True)
class Reading:
    """A text to read. cut: characters that were left out at its end."""

    sections: tuple[Section, ...]
    cut: int


def matched_words(reasons: Iterable[str]) -> list[str]:
    """The words that a scorer's reasons name, longest first; none where they name none."""
    words: set[str] = set()
    for reason in reasons:
        if match := _MATCHES.search(reason):
            words |= {word.strip() for word in match[1].split(",")}
    found = sorted((word for word in words if len(word) > 1), key=lambda word: (-len(word), word))
    return found[:_WORDS]


def read(text: str, words: Collection[str]) -> Reading:
    """Splits a text at its headings and marks the words in it. Nothing in it is taken as HTML."""
    shown = text[:_MOST]
    pattern = _pattern(words)
    sections: list[Section] = []
    heading, level, lines = "", 1, list[str]()

    def close() -> None:
        body = "\n".join(lines).strip("\n")
        if heading or body:
            there = pattern is not None and bool(pattern.search(heading + "\n" + body))
            sections.append(Section(_mark(heading, pattern), level, _mark(body, pattern), there))

    for line in shown.splitlines():
        if match := _HEADING.fullmatch(line):
            close()
            heading, level, lines = match[2], len(match[1]), []
        else:
            lines.append(line)
    close()
    return Reading(tuple(sections), len(text) - len(shown))


def _pattern(words: Collection[str]) -> re.Pattern[str] | None:
    if not words:
        return None
    # A word of letters is no part of a longer one; Chinese knows no such bounds.
    return re.compile("|".join(_bounded(word) for word in words), re.IGNORECASE)


def _bounded(word: str) -> str:
    quoted = re.escape(word)
    before = r"(?<![A-Za-z0-9])" if re.match(r"[A-Za-z0-9]", word[0]) else ""
    after = r"(?![A-Za-z0-9])" if re.match(r"[A-Za-z0-9]", word[-1]) else ""
    return f"{before}{quoted}{after}"


def _mark(text: str, pattern: re.Pattern[str] | None) -> Markup:
    if pattern is None:
        return escape(text)
    parts: list[Markup] = []
    at = 0
    for match in pattern.finditer(text):
        word = match.group()
        parts.append(escape(text[at : match.start()]))
        parts.append(Markup('<mark data-word="{}">{}</mark>').format(word.lower(), word))
        at = match.end()
    parts.append(escape(text[at:]))
    return Markup("").join(parts)
