"""Groups of documents and images, by which measures are told apart: pure."""

from collections.abc import Sequence

from kg_enrich.text import is_cjk, words

# Groups that are told of one property, the largest first; a title would have one a document.
MOST_GROUPS = 50
LANGUAGE, IMAGE_WORDS = "language", "image words"
UNKNOWN = "unknown"

_WORDS = ((0, "0"), (4, "1-4"), (19, "5-19"), (99, "20-99"))
_MANY = "100+"
# Of a text's letters: Chinese documents are full of Latin names and codes.
_SHARE = 0.1
_LONGEST = 80


def language_of(text: str) -> str:
    """'zh', 'ja' or 'ko' by the characters of a text; 'other' for all that is written otherwise.

    What is 'other' in a corpus in Chinese and English is English.
    """
    letters = sum(letter.isalpha() for letter in text)
    wide = [letter for letter in text if is_cjk(letter)]
    if not wide or len(wide) <= _SHARE * letters:
        return "other"
    if sum("\u3040" <= letter <= "\u30ff" for letter in wide) > _SHARE * len(wide):
        return "ja"
    korean = sum("\uac00" <= letter <= "\ud7af" for letter in wide)
    return "ko" if 2 * korean > len(wide) else "zh"


def words_group(text: str | None) -> str:
    """A range of numbers of words; None is a text that nobody has read."""
    if text is None:
        return UNKNOWN
    many = len(words(text))
    return next((name for most, name in _WORDS if many <= most), _MANY)


def words_groups() -> tuple[str, ...]:
    """The ranges in their order."""
    return (*(name for _, name in _WORDS), _MANY, UNKNOWN)


def value_group(value: object) -> str:
    """How a property's value is called in a table; a document without one is 'unknown'."""
    if value is None:
        return UNKNOWN
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ", ".join(str(one) for one in value)[:_LONGEST]
    return str(value)[:_LONGEST]
