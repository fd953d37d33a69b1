"""What a person reads of a text: no HTML, no invisible characters, one form of each character."""

import html
import re
import unicodedata
import zlib
from functools import cache

# Elements inside a line, which stand within words; all others end a line.
_INLINE = (
    "a|abbr|b|bdi|bdo|cite|code|del|dfn|em|font|i|ins|kbd|mark|q|s|samp|small|span|strike|strong"
    "|sub|sup|tt|u|var|wbr"
)
_BREAKING = (
    "address|article|aside|audio|blockquote|body|br|button|canvas|caption|center|col|colgroup|dd"
    "|details|dialog|div|dl|dt|fieldset|figcaption|figure|footer|form|h[1-6]|head|header|hr|html"
    "|iframe|img|input|label|legend|li|link|main|menu|meta|nav|noscript|ol|optgroup|option|p"
    "|picture|pre|section|select|source|summary|svg|table|tbody|td|template|textarea|tfoot|th"
    "|thead|tr|track|ul|video"
)
# A tag only where its attributes look like some: "a <b" and "List<String>" are text.
_ATTRIBUTES = r"""(?:\s+[\w:@.-]+(?:\s*=\s*(?:"[^"]*"|'[^']*'|[^\s"'<>=`]+))?)*\s*/?"""
_UNSEEN = re.compile(r"<!--.*?-->|<(script|style)\b[^<>]*>.*?</\1\s*>", re.DOTALL | re.IGNORECASE)
_WITHIN = re.compile(f"</?(?:{_INLINE}){_ATTRIBUTES}>", re.IGNORECASE)
_BETWEEN = re.compile(f"</?(?:{_BREAKING}){_ATTRIBUTES}>", re.IGNORECASE)
_ENTITY = re.compile(r"&(?:#\d{1,7}|#x[0-9a-f]{1,6}|[a-z]\w{1,30});", re.IGNORECASE)

# Marks that are there and not seen: soft hyphens, joiners, directions, zero-width spaces.
_INVISIBLE = dict.fromkeys(
    code
    for code in (0x00AD, 0x034F, *range(0x200B, 0x2010), *range(0x202A, 0x2070), 0xFEFF, 0x180E)
    if unicodedata.category(chr(code)) in ("Cf", "Mn")
)
_HAN = (*range(0x3400, 0x4DC0), *range(0x4E00, 0xA000), *range(0xF900, 0xFB00))


def plain(text: str) -> str:
    """The text without HTML tags, with entities resolved, NFKC, without invisible characters.

    "<code>" and the like are tags; "<name>" and "a < b" are text.
    """
    if "<" in text:
        text = _UNSEEN.sub(" ", text)
        text = _BETWEEN.sub("\n", _WITHIN.sub("", text))
    if "&" in text:
        text = _ENTITY.sub(lambda found: html.unescape(found[0]), text)
    if text.isascii():
        return text
    return unicodedata.normalize("NFKC", text.translate(_INVISIBLE))


def breaks_line(element: str) -> bool:
    """Whether an HTML element, named in lower case, ends a line: "td" does, "code" does not."""
    return re.fullmatch(_BREAKING, element) is not None


def simplified(text: str) -> str:
    """Traditional Chinese characters made simplified, one by one; the length stays."""
    return text if text.isascii() else text.translate(_folding("t2s"))


def traditional(text: str) -> str:
    """Simplified Chinese characters made traditional, each the usual way; the length stays."""
    return text if text.isascii() else text.translate(_folding("s2t"))


@cache
def folding_version() -> int:
    """A number that changes when another dictionary would fold characters in another way."""
    return zlib.crc32(repr(sorted(_folding("t2s").items())).encode())


@cache
def _folding(config: str) -> dict[int, str]:
    # Loaded when the first Chinese text comes: commands that read none start without it.
    from opencc import OpenCC

    characters = [chr(code) for code in _HAN]
    folded = OpenCC(config).convert("\n".join(characters)).split("\n")
    return {
        ord(one): other
        for one, other in zip(characters, folded, strict=True)
        if one != other and len(other) == 1
    }
