"""Marks that a model writes: what it is asked, and how its words are read.

For models that were not trained to rank. The form is `Score: X.X` and one sentence; what has
another form has no mark, and nothing is guessed.
"""

import math
import re
import threading
import unicodedata
from dataclasses import dataclass

from kg_enrich.errors import ScorerError

SYSTEM = (
    "You judge whether an image is evidence for a work document. You answer in two lines and add"
    " nothing:\nScore: X.X\none sentence that says why"
)
MOST_TOKENS = 80
# A mark of 0 or 10 is no certainty: the marks have one decimal.
_LEAST = 1e-4
_LONGEST = 600
_FORM = re.compile(
    r"\s*Score: (?P<score>10(?:\.0)?|[0-9](?:\.[0-9])?)"
    r"(?:[ \t]*\r?\n\s*| +[—–-] +)(?P<sentence>\S.*)",
    re.DOTALL,
)
_ANOTHER = re.compile(r"score\s*[:：=]", re.IGNORECASE)
_CONTROL = re.compile(r"<\|[^<>|]{0,40}\|>|</?(?:think|tool_call)>", re.IGNORECASE)
_REMINDER = (
    "\nThe first line must be exactly the word Score, a colon, a space and a number from 0.0 to"
    " 10.0, such as: Score: 6.5"
)


# The form of question and answer; part of the fingerprint.
VERSION = 1
# Of a run's first pairs so many must have a mark, or the run stops.
_FIRST, _SHARE = 200, 0.99


class ParseRate:
    """How many answers had a mark. Safe to share between threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.asked = self.read = 0

    def count(self, read: bool) -> None:
        """Counts a pair. Errors: ScorerError once under 99 % of the first 200 can have a mark."""
        with self._lock:
            self.asked += 1
            self.read += read
            asked, missing = self.asked, self.asked - self.read
        if not read and asked <= _FIRST and missing > round(_FIRST * (1 - _SHARE)):
            raise ScorerError(
                f"of the first {asked} answers {missing} had no mark in the form `Score: X.X` and a"
                f" sentence, so that less than {_SHARE:.0%} of the first {_FIRST} pairs can have"
                " one: it does not keep to the form; use another model, or KG_ENRICH_SCORING=logits"
            )

    def take(self) -> str:
        """The rate since it was last taken, for the run's record; '' when nothing was asked."""
        with self._lock:
            asked, read = self.asked, self.read
            self.asked = self.read = 0
        if not asked:
            return ""
        return f"{read} of {asked} answers had a mark ({read / asked:.1%})"


@dataclass(frozen=True, slots=True)
class Mark:
    """score: in [0, 10]. sentence: what the model says of it, on one line."""

    score: float
    sentence: str


def question(instruction: str, text: str, again: bool = False) -> str:
    """What stands beside the image. again: the first answer had another form."""
    return (
        f"{instruction}.\n\nDocument:\n{text}\n\n"
        "How far is the image evidence for this document? 0.0: not at all; 5.0: as likely as not;"
        " 10.0: beyond doubt. Answer with a line `Score: X.X` and then one sentence in the"
        f" document's language that says why.{_REMINDER if again else ''}"
    )


def parse(answer: str) -> Mark | None:
    """The mark and the sentence of an answer; None when it has another form.

    Exactly one mark, at the very beginning, in the form that was asked for and in [0, 10], and
    a sentence behind it, which also shows that the number was not cut short.
    """
    found = _FORM.fullmatch(answer)
    if found is None or len(answer) > _LONGEST:
        return None
    sentence = found["sentence"]
    if _ANOTHER.search(sentence) or _CONTROL.search(sentence):
        return None
    line = one_line(sentence)
    if not any(letter.isalpha() for letter in line):
        return None
    return Mark(float(found["score"]), line)


def one_line(text: str) -> str:
    """Words on one line, without the characters that direct terminals or the eye."""
    seen = "".join(" " if unicodedata.category(one)[0] == "C" else one for one in text)
    return " ".join(seen.split())


def unread(answer: str) -> str:
    """Why an answer has no mark, for a person."""
    shown = one_line(answer)[:80]
    return f"the model wrote no mark in the form asked for: {shown!r}"


def log_odds(score: float) -> float:
    """Log-odds of a mark in [0, 10], its chance being a tenth of it."""
    chance = min(max(score / 10, _LEAST), 1 - _LEAST)
    return math.log(chance) - math.log1p(-chance)
