"""Reasons for what is published: one sentence a pair, written once the scores stand.

A reason never takes part in a score. What a model writes is cleaned here; what is no sentence
after that is no reason.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from kg_enrich.errors import NoReasonsError, ScorerError
from kg_enrich.models import Pair
from kg_enrich.scorers.drawings import pairs as drawn
from kg_enrich.scorers.generated import one_line

# The form of question and answer; part of a reason's version.
VERSION = 1
SYSTEM = (
    "You say in one sentence why an image is evidence for a work document. You write in the"
    " document's language and add nothing."
)
QUESTION = (
    "What that is seen in the image does the document speak of? Answer with one sentence of at most"
    " 25 words in the document's language."
)
MOST_TOKENS = 48
# What stands at the end of words that were cut off.
CUT = "…"
_LONGEST = 240
_FEWEST_LETTERS = 6
_THOUGHT = re.compile(r"<think>.*?(?:</think>|$)", re.DOTALL | re.IGNORECASE)
_CONTROL = re.compile(r"<\|[^<>|]{0,40}\|>|</?[a-z_]{1,20}>", re.IGNORECASE)
_LABEL = re.compile(r"(?:reason|answer|score: *[\d.]+|yes|no)\s*[:,—–-]\s+", re.IGNORECASE)
# A full stop ends a sentence before a capital or at the end, so that "approx. 3 mm" is one.
_END = re.compile(r"[.!?…](?=\s+[^\W\d_a-z])|[。！？]")
_COLOURS = ("red", "blue", "green")


class Explainer(Protocol):
    """Says in a sentence why a pair belongs together."""

    def explain(self, asked: Sequence[Pair]) -> list[str | None]:
        """A sentence a pair, in their order; '' where the model writes none, None where it could
        not be asked now."""

    @property
    def close(self) -> Callable[[], None]:
        """Gives back what only reasons need."""


@dataclass(frozen=True, slots=True)
class Giver:
    """Who gives reasons, before anything is loaded or asked.

    version: of its reasons. trial: of all that the outcome of its start test depends on. open: asks
    it about drawn pictures first, where that is wanted; NoReasonsError when it gives none.
    """

    version: int
    trial: str
    open: Callable[[], Explainer]


def sentence(words: str) -> str:
    """The first sentence of what a model wrote, on one line, at most 240 characters; '' for none.

    Control tokens, thoughts and characters that direct terminals or the eye are taken out.
    """
    text = one_line(_CONTROL.sub(" ", _THOUGHT.sub(" ", words))).replace("\ufffd", "")
    text = _LABEL.sub("", text.strip("\"'` "), count=1) if _LABEL.match(text) else text
    if end := _END.search(text):
        text = text[: end.end()]
    if text.endswith(CUT) or len(text) > _LONGEST:
        text = _whole_words(text[: _LONGEST - 1].removesuffix(CUT)) + CUT
    text = text.strip("\"'` ")
    return text if sum(letter.isalpha() for letter in text) >= _FEWEST_LETTERS else ""


def _whole_words(text: str) -> str:
    """Without the last word, which may be cut; scripts without spaces keep all."""
    head, _, tail = text.rpartition(" ")
    return head if head and len(tail) < 40 else text


def require_reasons(model: str, sentences: Sequence[str | None]) -> None:
    """Whether what a model says of the drawn pictures, each with its own text, are reasons.

    Errors: NoReasonsError when they are not; ScorerError when it could not be asked.
    """
    if None in sentences:
        raise ScorerError(f"{model} could not be asked for reasons about drawn pictures")
    if not sees(sentences):
        raise NoReasonsError(
            f"{model} gives no reasons: of a drawn red lamp it says"
            f" {(sentences[0] or '')[:60]!r}; name a model that writes in KG_ENRICH_REASON_MODEL"
            " (such as Qwen/Qwen2.5-VL-3B-Instruct)"
        )


def sees(sentences: Sequence[str | None]) -> bool:
    """Whether all but one at most name the colour that is drawn and no other."""
    right = 0
    for (text, _), said in zip(drawn(), sentences, strict=True):
        named = {colour for colour in _COLOURS if re.search(rf"\b{colour}\b", said or "", re.I)}
        right += named == {colour for colour in _COLOURS if colour in text}
    return right >= len(drawn()) - 1
