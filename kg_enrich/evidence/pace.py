"""How somebody reviews: how quick, how often yes; and what they can still undo."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from kg_enrich.graph.connection import Graph, Row
from kg_enrich.graph.queries import query

READ_LAST_WORDS = query("read_last_words")

# How words from the pages, and those that take such words back, say how they were said.
WAY = "page"
UNDOING = "page-undo"
UNDOABLE = 10

_HOURS = 12
_READ = 400
# A pause that is longer is no part of an answer.
_PAUSE = 120.0
_MINUTES = 10
# So many answers in a row, each so many seconds after the one before: nobody has looked.
_HASTY_ANSWERS, _HASTY_SECONDS = 20, 2.0


@dataclass(frozen=True, slots=True)
class Pace:
    """How somebody reviewed within the last hours. Answers given together are one.

    seconds: the median between answers, None before there are two. yes: share that accepts, in
    [0, 1], None before there is any. per_minute: answers a minute within the last ten. hasty: the
    last twenty came too quickly for anybody to have looked.
    """

    answers: int
    seconds: float | None
    yes: float | None
    per_minute: float
    hasty: bool


@dataclass(frozen=True, slots=True)
class Undoable:
    """Answers that can be undone together, the last first. pairs: (document, image), as text."""

    batch: str
    pairs: tuple[tuple[str, str], ...]


def read_pace(graph: Graph, by: str, now: float) -> Pace:
    """How `by` reviews. now: seconds of the epoch."""
    return pace_of(_answers(_read(graph, by)), now)


def pace_of(answers: Sequence[Row], now: float) -> Pace:
    """answers: rows of at and decision, the latest first."""
    times = [row["at"] for row in answers]
    gaps = [later - earlier for later, earlier in pairwise(times)]
    sensible = [gap for gap in gaps if gap <= _PAUSE]
    decided = [row for row in answers if row["decision"] in ("accept", "reject")]
    recent = sum(now - at <= _MINUTES * 60 for at in times)
    last = gaps[: _HASTY_ANSWERS - 1]
    return Pace(
        len(answers),
        median(sensible) if sensible else None,
        sum(row["decision"] == "accept" for row in decided) / len(decided) if decided else None,
        recent / _MINUTES,
        len(last) == _HASTY_ANSWERS - 1 and all(gap < _HASTY_SECONDS for gap in last),
    )


def read_undoable(graph: Graph, by: str) -> list[Undoable]:
    """What `by` can still undo, the last first, ten at most."""
    return undoable(_read(graph, by))


def undoable(rows: Sequence[Row]) -> list[Undoable]:
    """rows: of words, the latest first, with key, document, image, way and batch."""
    undone = {row["batch"] for row in rows if row["way"] == UNDOING}
    found: dict[str, list[tuple[str, str]]] = {}
    for row in rows:
        batch = row["batch"] or row["key"]
        if row["way"] == WAY and batch not in undone:
            found.setdefault(batch, []).append((row["document"], row["image"]))
    return [Undoable(batch, tuple(pairs)) for batch, pairs in found.items()][:UNDOABLE]


def _read(graph: Graph, by: str) -> list[Row]:
    return graph.read(READ_LAST_WORDS, by=by, since=_HOURS, limit=_READ)


def _answers(rows: Sequence[Row]) -> list[Row]:
    """One row for what was said together; nothing that was taken back."""
    seen: set[str] = set()
    answers = []
    for row in rows:
        batch = row["batch"] or row["key"]
        if row["way"] == WAY and row["decision"] != "none" and batch not in seen:
            seen.add(batch)
            answers.append(row)
    return answers
