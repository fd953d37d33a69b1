"""What an evaluation came to. It measures finding: what of the right is found, and how soon.

It never measures being right: what nobody referenced or accepted may be right all the same.
"""

from array import array
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import isnan, nan

import numpy as np

from kg_enrich.measure.finding import MEASURES
from kg_enrich.measure.groups import IMAGE_WORDS, MOST_GROUPS, words_groups
from kg_enrich.measure.intervals import Array, Mean, means


@dataclass(frozen=True, slots=True)
class Measured:
    """Means over documents, by the names of MEASURES, with 95 % bootstrap intervals."""

    documents: int
    means: Mapping[str, Mean]


@dataclass(frozen=True, slots=True)
class Group:
    """The same of some documents, or of the references to some images. by: what groups them."""

    by: str
    value: str
    measured: Measured


@dataclass(frozen=True, slots=True)
class SourceEvaluation:
    """How one source finds. near_duplicates: where a near-duplicate of a right image is as good.

    not_judged: documents left out, because the source never judged them although it has candidates
    for them. unjudged: candidates without a judgement, of the documents that count. judged: pairs
    that were judged for this evaluation alone. groups_left_out: smaller ones, not told.
    """

    name: str
    measured: Measured
    near_duplicates: Measured
    groups: tuple[Group, ...]
    not_judged: int
    unjudged: int
    judged: int
    without_look: int
    groups_left_out: int


@dataclass(frozen=True, slots=True)
class Evaluation:
    """How well sources find what is known to be right.

    known: documents that something is known of; documents: those of them that were looked at.
    pairs: right pairs of these. random: images beside each right one, None for the candidates.
    """

    truth: str
    known: int
    documents: int
    pairs: int
    random: int | None
    seed: int
    sources: tuple[SourceEvaluation, ...]


class Rows:
    """One row of measures a document, kept small."""

    def __init__(self) -> None:
        self._values = array("d")

    def add(self, row: Iterable[float]) -> None:
        self._values.extend(row)

    def array(self) -> Array:
        """float64 (documents, measures)."""
        return np.frombuffer(self._values, np.float64).reshape(-1, len(MEASURES))

    def measured(self, seed: int, chosen: Sequence[int] | None = None) -> Measured:
        """Means and intervals of all rows, or of the chosen ones."""
        rows = self.array() if chosen is None else self.array()[list(chosen)]
        found = means(rows, seed)
        return Measured(len(rows), dict(zip(MEASURES, found, strict=True)))


@dataclass(slots=True)
class Tally:
    """What is counted of one source, document by document."""

    name: str
    strict: Rows = field(default_factory=Rows)
    near: Rows = field(default_factory=Rows)
    labels: dict[str, list[str]] = field(default_factory=dict)
    words: dict[str, Rows] = field(default_factory=dict)
    not_judged: int = 0
    unjudged: int = 0
    judged: int = 0
    without_look: int = 0

    def close(self, seed: int) -> SourceEvaluation:
        """The means of what was counted."""
        groups: list[Group] = []
        left_out = 0
        for by, labels in self.labels.items():
            largest = sorted(Counter(labels).items(), key=lambda item: (-item[1], item[0]))
            left_out += max(0, len(largest) - MOST_GROUPS)
            for value, _ in largest[:MOST_GROUPS]:
                chosen = [place for place, label in enumerate(labels) if label == value]
                groups.append(Group(by, value, self.strict.measured(seed, chosen)))
        groups += [
            Group(IMAGE_WORDS, value, self.words[value].measured(seed))
            for value in words_groups()
            if value in self.words
        ]
        return SourceEvaluation(
            self.name,
            self.strict.measured(seed),
            self.near.measured(seed),
            tuple(groups),
            self.not_judged,
            self.unjudged,
            self.judged,
            self.without_look,
            left_out,
        )


def average(rows: Sequence[Sequence[float]]) -> list[float]:
    """The mean of every column; NaN is left out, and is what remains where nothing is known."""
    columns = (
        [value for value in column if not isnan(value)] for column in zip(*rows, strict=True)
    )
    return [sum(column) / len(column) if column else nan for column in columns]
