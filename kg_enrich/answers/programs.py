"""Answers that programs get a page at a time, and those about runs that they begin."""

from typing import TYPE_CHECKING

from kg_enrich.answers.evidence import Flag, ShownReview, Word
from kg_enrich.answers.runs import PastRun
from kg_enrich.answers.shape import Confidence, Id, Score, Shape, Text, Time
from kg_enrich.evidence.models import Decision

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from kg_enrich.evidence import flags as found_flags
    from kg_enrich.evidence import paged
    from kg_enrich.evidence.heard import Heard as FoundHeard


class PublishedPair(Shape):
    """A published pair: an edge of HAS_EVIDENCE."""

    key: str
    """The edge's key. Pages are in its order."""
    document: Id
    title: Text | None
    image: Id
    path: Text | None
    source: Text
    confidence: Confidence
    score: Score
    reason: Text | None
    referenced: bool
    """Whether the document references the image."""
    reviews: list[ShownReview]
    run: Text | None
    """The run that made or changed it last; `review` where a person's word did."""
    updated: Time | None


class PublishedPairs(Shape):
    """Published evidence, in order of keys."""

    pairs: list[PublishedPair]
    after: str | None
    """Where the next ones begin; null at the end."""


class LedgerEntry(Shape):
    """An image that was judged for a document."""

    image: Text
    """Its id as text."""
    score: Score | None
    """null for an abstention."""
    log_odds: float | None
    reason: Text


class Ledger(Shape):
    """All that a source judged of a document, published or not."""

    key: str
    document: Text
    """Its id as text."""
    source: Text
    model: Text
    run: Text | None
    judged: Time | None
    """When the oldest entry was judged."""
    entries: list[LedgerEntry]


class Ledgers(Shape):
    """Ledgers, in order of keys."""

    ledgers: list[Ledger]
    after: str | None
    """Where the next ones begin; null at the end."""


class Flags(Shape):
    """Open flags, the most confident first."""

    flags: list[Flag]
    after: str | None
    """Where the next ones begin; null at the end."""


class RunsPage(Shape):
    """Runs, the newest first."""

    runs: list[PastRun]
    after: str | None
    """Where older ones begin; null at the end."""


class Heard(Shape):
    """What people said of a pair."""

    document: Id
    image: Id
    decision: Decision | None
    """In force; null where people differ or nobody decided."""
    conflict: bool
    """Whether people differ: nothing is published before somebody settles it."""
    words: list[Word]
    """What each person said last."""


class BegunRun(Shape):
    """A run that was begun."""

    run: str
    """Its id."""
    events: str
    """Where it can be followed by server-sent events."""


class StoppedRun(Shape):
    """A run that was asked to stop; it ends after the batch in hand."""

    run: str


def published(pairs: "Sequence[paged.PublishedPair]", limit: int) -> PublishedPairs:
    """A page of published pairs."""
    return PublishedPairs(
        pairs=[PublishedPair.model_validate(pair) for pair in pairs],
        after=pairs[-1].key if len(pairs) == limit else None,
    )


def ledgers(found: "Sequence[paged.WholeLedger]", limit: int) -> Ledgers:
    """A page of ledgers."""
    return Ledgers(
        ledgers=[Ledger.model_validate(one) for one in found],
        after=found[-1].key if len(found) == limit else None,
    )


def flags(found: "Iterable[found_flags.Flag]", after: str | None) -> Flags:
    """A page of flags."""
    return Flags(flags=[Flag.model_validate(one) for one in found], after=after)


def heard(found: "FoundHeard") -> Heard:
    """The words on a pair."""
    return Heard.model_validate(found)
