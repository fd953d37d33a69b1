"""What a protocol is given and gives back. Pure: nothing here opens a connection."""

import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from kg_enrich.images.sending import Picture

# A probability of 0 or 1 is one that was rounded; float32 has no more than this between them.
_LEAST = 1e-8
_CONTROL = re.compile(r"<(?=\||/?(?:image|img|video|tool|think))", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Asked:
    """One question: a document's text, and a picture ready to be sent."""

    text: str
    picture: Picture


@dataclass(frozen=True, slots=True)
class Answer:
    """log_odds: natural logarithm; None: no score, for this reason. abstained: it looked, and
    cannot tell; else the pair has failed. unread: what it wrote has no mark."""

    log_odds: float | None
    reason: str = ""
    abstained: bool = False
    unread: bool = False


@dataclass(frozen=True, slots=True)
class Request:
    """path: below the server's address. fields, files: of a form, where `body` is None; a file is
    its name and its bytes."""

    path: str
    body: Mapping[str, Any] | None = None
    fields: Mapping[str, str] | None = None
    files: Sequence[tuple[str, Picture]] = ()


class ReplyError(Exception):
    """A reply that cannot be read: no pair of its request has an answer."""


class Wire(Protocol):
    """One protocol.

    shared: what the questions of a request have in common. most: questions a request, at most.
    """

    @property
    def shared(self) -> Literal["text", "picture", "both"]: ...

    @property
    def most(self) -> int: ...

    def request(self, asked: Sequence[Asked]) -> Request:
        """The request that asks this."""

    def read(self, reply: Any, asked: Sequence[Asked]) -> dict[int, Answer]:
        """Answers by the place of their question; a place that is missing has none.

        Errors: ReplyError.
        """


def logit(probability: float) -> float:
    """Log-odds of a probability in [0, 1]."""
    bounded = min(max(probability, _LEAST), 1 - _LEAST)
    return math.log(bounded) - math.log1p(-bounded)


def number(value: object, what: str) -> float:
    """A finite number that a reply holds. Errors: ReplyError."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ReplyError(f"{what} is {_short(value)}, which is no number")
    return float(value)


def odds_of(value: object, scale: str) -> Answer:
    """The answer that a rerank server's number means; a failure of its pair where it means none."""
    try:
        found = number(value, "a score")
    except ReplyError as error:
        return Answer(None, str(error))
    if scale == "logit":
        return Answer(found)
    if not 0.0 <= found <= 1.0:
        reason = f"a score of {found:g} is no probability; does KG_ENRICH_REMOTE_SCALE=logit fit?"
        return Answer(None, reason)
    return Answer(logit(found))


def field(reply: Any, name: str, kind: type) -> Any:
    """A part of a reply. Errors: ReplyError when it is missing or of another kind."""
    value = reply.get(name) if isinstance(reply, dict) else None
    if not isinstance(value, kind):
        raise ReplyError(f"the reply has no {name}: {_short(reply)}")
    return value


def by_index(rows: object, name: str, count: int, scale: str) -> dict[int, Answer]:
    """Answers of rows that carry their place in `index` and their score under `name`.

    Errors: ReplyError for a place that nobody asked about, or that comes twice: such a server
    counts otherwise than we do, and then no row can be trusted.
    """
    if not isinstance(rows, list):
        raise ReplyError(f"the reply is no list of results: {_short(rows)}")
    answers: dict[int, Answer] = {}
    for row in rows:
        index = row.get("index") if isinstance(row, dict) else None
        if not isinstance(index, int) or isinstance(index, bool):
            raise ReplyError(f"a result has no index: {_short(row)}")
        if not 0 <= index < count:
            raise ReplyError(f"a result has the index {index}, {count} were asked about")
        if index in answers:
            raise ReplyError(f"two results have the index {index}")
        answers[index] = odds_of(row.get(name), scale)
    return answers


def harmless(text: str) -> str:
    """A text whose control tokens are broken by a space, since servers may read them as such."""
    return _CONTROL.sub("< ", text)


def data_uri(picture: Picture) -> str:
    return f"data:{picture.kind};base64,{picture.base64}"


def _short(value: object) -> str:
    """A value for an error's one line."""
    try:
        text = json.dumps(value, ensure_ascii=False)
    except (TypeError, ValueError):
        text = repr(value)
    return text if len(text) <= 120 else f"{text[:117]}..."
