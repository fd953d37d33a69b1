"""Marks that a model writes: what it is asked, and how its words are read. Pure.

For models that were not trained to rank. The form is `Score: X.X` and one sentence; what has
another form has no mark, and nothing is guessed.
"""

import math
import re
from dataclasses import dataclass

SYSTEM = (
    "You judge whether an image is evidence for a work document. You answer in two lines and add"
    " nothing:\nScore: X.X\none sentence that says why"
)
MOST_TOKENS = 80
# A mark of 0 or 10 is no certainty: the marks have one decimal.
_LEAST = 1e-4
_LONGEST = 600
_FORM = re.compile(
    r"\s*Score: (?P<score>10(?:\.0)?|[0-9](?:\.[0-9])?)(?:[ \t]*\n\s*| +[—–-] +)(?P<sentence>\S.*)",
    re.DOTALL,
)
_ANOTHER = re.compile(r"score\s*[:：=]", re.IGNORECASE)
_CONTROL = re.compile(r"<\|[^<>|]{0,40}\|>|</?(?:think|tool_call)>", re.IGNORECASE)
_REMINDER = (
    "\nThe first line must be exactly the word Score, a colon, a space and a number from 0.0 to"
    " 10.0, such as: Score: 6.5"
)


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
    line = " ".join(sentence.split())
    if not any(letter.isalpha() for letter in line):
        return None
    return Mark(float(found["score"]), line)


def unread(answer: str) -> str:
    """Why an answer has no mark, for a person."""
    shown = " ".join(answer.split())[:80]
    return f"the model wrote no mark in the form asked for: {shown!r}"


def log_odds(score: float) -> float:
    """Log-odds of a mark in [0, 10], its chance being a tenth of it."""
    chance = min(max(score / 10, _LEAST), 1 - _LEAST)
    return math.log(chance) - math.log1p(-chance)
