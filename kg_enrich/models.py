"""The nouns that the stages hand to one another. Nothing here does anything."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import NewType

from kg_enrich.given import (
    require_condition,
    require_kind,
    require_limit,
    require_shard,
    several,
    words,
)

# Ids are kept as text everywhere outside a query's WHERE (a Neo4j array cannot hold strings and
# integers together); `identity.forms` gives the values to look for in the graph.
# Tells a person what is going on, a line a call.
Say = Callable[[str], None]

DocumentId = NewType("DocumentId", str)
ImageId = NewType("ImageId", str)


@dataclass(frozen=True, slots=True)
class Document:
    """A document as a scorer sees it. `version` changes whenever title or text do."""

    id: DocumentId
    title: str
    text: str
    version: str


@dataclass(frozen=True, slots=True)
class Image:
    """An image whose `file` lies inside a configured root. `version` changes with the file.

    content: hash of the file's bytes, '' where nobody took it. is_named: the file's name stands in
    for a caption.
    """

    id: ImageId
    file: Path
    version: str
    caption: str = ""
    content: str = ""
    is_named: bool = False


@dataclass(frozen=True, slots=True)
class Pair:
    """One question for a scorer: is this image evidence for this document?"""

    document: Document
    image: Image


@dataclass(frozen=True, slots=True)
class Unit:
    """One document with the images to judge for it: the unit of ranking, reuse and commit."""

    document: Document
    images: tuple[Image, ...]


class Outcome(StrEnum):
    """What became of a pair that was given to a scorer."""

    SCORED = "scored"
    ABSTAINED = "abstained"  # the scorer looked and cannot tell; kept, not retried until changed
    UNREADABLE = "unreadable"  # the image file cannot be read; not retried until the file changes
    FAILED = "failed"  # this pair could not be scored; retried by the next run


@dataclass(frozen=True, slots=True)
class Judgement:
    """A scorer's answer for one pair.

    score: float in [0, 10], None unless the outcome is SCORED.
    log_odds: unrounded, natural logarithm; None unless SCORED. `score` follows from it.
    reason: one line a person can check ("matches: PLC, ERR"), or why there is no score.
    note: anything the run's record should say although the pair was scored ("text cut ...").
    depends: of an UNREADABLE one: as `UnreadableImageError.depends`.
    """

    document: DocumentId
    image: ImageId
    outcome: Outcome
    score: float | None = None
    log_odds: float | None = None
    reason: str = ""
    note: str = ""
    depends: str = ""


@dataclass(frozen=True, slots=True)
class Condition:
    """A bound on a document's property.

    operator: '=', '<>', '<', '<=', '>', '>=', or 'since' (changed after a moment). values: what
    the right side may mean (a typed number is '5' or 5); one must hold. A time without a zone is
    UTC, a date its whole day. Errors: SettingsError for anything else.
    """

    property: str
    operator: str
    values: tuple[str | int | float | bool | date | datetime, ...]

    def __post_init__(self) -> None:
        require_condition(self.property, self.operator, self.values)


@dataclass(frozen=True, slots=True)
class Scope:
    """Which documents are looked at; all of its parts must hold. The empty scope is everything.

    documents: ids, of which integers are kept as text. containers: ids of containers (folders,
    pages, orders), one of which must hold the document. limit: documents with something to do, at
    most; it bounds a run, not what a job is. rescore: what was judged before the job first started
    counts as pending. Lists, tuples and sets of each are the same scope, whatever their order.
    Errors: SettingsError for anything else, such as one string where several are meant.
    """

    documents: tuple[DocumentId, ...] = ()
    labels: tuple[str, ...] = ()
    conditions: tuple[Condition, ...] = ()
    containers: tuple[str, ...] = ()
    limit: int | None = None
    rescore: bool = False

    def __post_init__(self) -> None:
        for name in ("documents", "labels", "containers"):
            object.__setattr__(self, name, words(f"Scope.{name}", getattr(self, name)))
        conditions = several("Scope.conditions", self.conditions)
        require_kind("Scope.conditions", conditions, Condition)
        object.__setattr__(self, "conditions", conditions)
        require_limit("Scope.limit", self.limit)


@dataclass(frozen=True, slots=True)
class Shard:
    """The part of a job's documents that one of several processes does.

    number: from 0. of: how many parts there are. Errors: SettingsError for anything else.
    """

    number: int
    of: int

    def __post_init__(self) -> None:
        require_shard(self.number, self.of)

    def __str__(self) -> str:
        return f"{self.number}/{self.of}"


class Notice(StrEnum):
    """Kinds of things that a run names in its record without stopping."""

    DUPLICATE_DOCUMENT = "duplicate-document"
    DUPLICATE_IMAGE = "duplicate-image"
    UNUSABLE_ID = "unusable-id"
    EMPTY_DOCUMENT = "empty-document"
    MISSING_IMAGE = "missing-image"
    UNREADABLE_IMAGE = "unreadable-image"
    TOO_MANY_CANDIDATES = "too-many-candidates"
    FAILED_PAIR = "failed-pair"
    SCORER_NOTE = "scorer-note"
    VANISHED = "vanished"
    HELD_DOCUMENT = "held-document"
    HELD_IMAGE = "held-image"
    INCOMPARABLE_VALUE = "incomparable-value"
    UNKNOWN = "unknown"
    STALE_TEXT = "stale-text"


@dataclass(frozen=True, slots=True)
class RunNotice:
    """One named thing in a run's record: what kind, which subject (an id), what about it.

    many: how many things it stands for, where they are too many to be named one by one.
    """

    kind: Notice
    subject: str
    detail: str
    many: int = 1


@dataclass(frozen=True, slots=True)
class Unreadable:
    """An image that cannot be read; left alone until its version or what it `depends` on changes,
    which is as `UnreadableImageError.depends`."""

    image: ImageId
    version: str
    reason: str
    depends: str = ""


@dataclass(frozen=True, slots=True)
class Counters:
    """What a run did, in pairs unless said otherwise.

    pairs: pairs that came into question; of an interrupted run more than it came to, because a
    page of documents is counted when its first batch is written. scored, abstained, failed: their
    outcomes in this run.
    skipped: already on record with today's fingerprint, or known to be unreadable.
    published: edges made or changed. withdrawn: edges removed. documents: documents looked at.
    """

    documents: int = 0
    pairs: int = 0
    scored: int = 0
    skipped: int = 0
    abstained: int = 0
    failed: int = 0
    published: int = 0
    withdrawn: int = 0

    def __add__(self, other: "Counters") -> "Counters":
        return Counters(*(a + b for a, b in zip(self.values(), other.values(), strict=True)))

    def values(self) -> tuple[int, ...]:
        return tuple(getattr(self, name) for name in self.__slots__)


class Stage(StrEnum):
    """A part of a run that takes time. They overlap: together they are more than the run took."""

    EXTRACT = "extract"  # pages out of the graph
    READ = "read"  # waiting for images to be read
    SCORE = "score"  # in the scorer
    WRITE = "write"  # in transactions


class RunStatus(StrEnum):
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    INTERRUPTED = "interrupted"


@dataclass(frozen=True, slots=True)
class RunRecord:
    """A run as its record in the graph says.

    stages: seconds by stage; scores: how many lie in [0, 1), ... [9, 10]. Both are empty while it
    runs, and for a run that scores nothing or died.
    """

    id: str
    job: str
    status: RunStatus
    scorer: str
    counters: Counters
    seconds: float
    error: str = ""
    notices: Mapping[Notice, int] = field(default_factory=dict)
    stages: Mapping[Stage, float] = field(default_factory=dict)
    scores: tuple[int, ...] = ()
