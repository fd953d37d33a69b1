"""What people should be asked next: a bounded queue a source, the most urgent pairs first.

An item leaves the queue when somebody speaks of its pair, in the same transaction, or when it no
longer applies, at the end of the next run that changes anything.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from kg_enrich.errors import SettingsError
from kg_enrich.evidence.models import LedgerEntry, Policy
from kg_enrich.evidence.policy import published_score, rank
from kg_enrich.graph.connection import Graph, Row, Transaction
from kg_enrich.graph.queries import query
from kg_enrich.identity import named_key
from kg_enrich.models import DocumentId, ImageId

READ_QUEUE = query("read_queue")
WRITE_QUEUE = query("write_queue")
DELETE_QUEUE = query("delete_queue")

# Points of score from the minimum within which a pair is doubtful.
NEAR = 1.0
# Log-odds within which two images of a document are hard to tell apart: odds of 5 to 3.
CLOSE = 0.5
# Images that are named as close to one. What lies behind them is a crowd, and no question.
_RIVALS = 3


class Kind(StrEnum):
    """Why a pair is asked about, the most urgent first."""

    CONFLICT = "conflict"  # people differ
    STALE = "stale"  # what people said is about another text or picture
    THRESHOLD = "threshold"  # the score is near the least that is published
    CLOSE = "close"  # it is published, and one that scores nearly the same is not
    UNREFERENCED = "unreferenced"  # strong evidence, and no document references the image

    @property
    def rank(self) -> int:
        return list(Kind).index(self)


@dataclass(frozen=True, slots=True)
class Doubt:
    """A pair to ask about, as it is kept. priority: the kind's rank and, below 1, how urgent it is
    among its kind; the least comes first. others: images that it lies close to, best first."""

    document: DocumentId
    image: ImageId
    kind: Kind
    priority: float
    score: float | None = None
    others: tuple[ImageId, ...] = ()


@dataclass(frozen=True, slots=True)
class QueueItem:
    """A pair to ask about, as a person is shown it. Ids as the graph has them.

    score: None where the source has none. other: the image that it lies close to, '' for none.
    reason: the published edge's, None where nothing is published. at: when it came, ISO time.
    """

    key: str
    document: str | int
    title: str | None
    image: str | int
    path: str | None
    kind: Kind
    priority: float
    score: float | None
    other: str
    reason: str | None
    published: bool
    at: str


@dataclass(frozen=True, slots=True)
class Queue:
    """Some items, the most urgent first. after: where the next ones begin, None at the end."""

    items: list[QueueItem]
    after: str | None


def queue_key(source: str, document: DocumentId, image: ImageId) -> str:
    """Key of an EvidenceQueueItem node: a pair stands once in a source's queue."""
    return named_key("queue", source, document, image)


def doubts(document: DocumentId, entries: Iterable[LedgerEntry], policy: Policy) -> list[Doubt]:
    """What is doubtful of one document's judgements, words of people left out of account."""
    ranked = rank(entries)
    found = []
    for entry in ranked[: policy.top_k]:
        score = published_score(entry, policy)
        if score is not None and (distance := abs(score - policy.min_score)) <= NEAR:
            share = distance / NEAR
            found.append(_doubt(document, entry.image, score, Kind.THRESHOLD, share))
    # Only where the policy decides between the two: of two that are both published, or neither,
    # the order changes nothing.
    scores = [published_score(entry, policy) or 0.0 for entry in ranked]
    through = min(
        sum(score >= policy.min_score for score in scores),
        len(ranked) if policy.top_k is None else policy.top_k,
    )
    if through:
        last, behind = ranked[through - 1], ranked[through : through + _RIVALS]
        near = [one for one in behind if _lead(last, one) <= CLOSE]
        if near:
            share = _lead(last, near[0]) / CLOSE
            others = tuple(one.image for one in near)
            score = scores[through - 1]
            found.append(_doubt(document, last.image, score, Kind.CLOSE, share, others))
    return found


def read_queue(
    graph: Graph, source: str, kind: Kind | None, limit: int, after: str | None = None
) -> Queue:
    """The next items of a source's queue. after: of the page before; None begins.

    Errors: SettingsError for an `after` that is none.
    """
    least = 0.0 if kind is None else float(kind.rank)
    below = float(len(Kind)) if kind is None else least + 1.0
    key = ""
    if after is not None:
        at, key = _place(after)
        least = max(least, at)
    items: list[QueueItem] = []
    while True:
        rows = graph.read(READ_QUEUE, source=source, least=least, below=below, key=key, limit=limit)
        for row in rows:
            least, key = row["priority"], row["key"]
            if row["applies"]:
                items.append(_item(row))
            if len(items) == limit:
                return Queue(items, f"{least!r}:{key}")
        if len(rows) < limit:
            return Queue(items, None)


def take_out(
    transaction: Transaction, sources: Iterable[str], document: DocumentId, image: ImageId
) -> None:
    """Takes a pair out of the sources' queues: somebody has just spoken of it."""
    delete_items(transaction, [queue_key(source, document, image) for source in sources])


def put_conflict(
    transaction: Transaction,
    run: str,
    sources: Iterable[str],
    document: DocumentId,
    image: ImageId,
) -> None:
    """Puts a pair that people differ in at the head of the sources' queues."""
    doubt = Doubt(document, image, Kind.CONFLICT, float(Kind.CONFLICT.rank))
    for source in sources:
        write_items(transaction, source, run, [doubt])


def write_items(transaction: Transaction, source: str, run: str, items: Sequence[Doubt]) -> None:
    """Puts pairs into a source's queue, or mends what it says of them."""
    rows = [
        {
            "key": queue_key(source, one.document, one.image),
            "document": one.document,
            "image": one.image,
            "kind": one.kind.value,
            "priority": one.priority,
            "score": one.score,
            "other": one.others[0] if one.others else "",
        }
        for one in items
    ]
    if rows:
        transaction.run(WRITE_QUEUE, source=source, run=run, rows=rows)


def delete_items(transaction: Transaction, keys: Sequence[str]) -> None:
    """Takes items out by key."""
    if keys:
        transaction.run(DELETE_QUEUE, keys=sorted(keys))


def priority(kind: Kind, share: float) -> float:
    """share: in [0, 1], of what a kind reaches to; 0 is the most urgent. Rounded, so that the same
    judgement is the same number."""
    return kind.rank + round(min(max(share, 0.0), 1.0) * 0.999, 6)


def _doubt(
    document: DocumentId,
    image: ImageId,
    score: float,
    kind: Kind,
    share: float,
    others: tuple[ImageId, ...] = (),
) -> Doubt:
    return Doubt(document, image, kind, priority(kind, share), score, others)


def _lead(first: LedgerEntry, second: LedgerEntry) -> float:
    return (first.log_odds or 0.0) - (second.log_odds or 0.0)


def _place(after: str) -> tuple[float, str]:
    number, _, key = after.partition(":")
    try:
        return float(number), key
    except ValueError:
        raise SettingsError(
            f"{after[:80]!r} is no place in the queue: give the `after` of the page before."
        ) from None


def _item(row: Row) -> QueueItem:
    return QueueItem(
        row["key"],
        row["document"],
        row["title"],
        row["image"],
        row["path"],
        Kind(row["kind"]),
        row["priority"],
        row["score"],
        row["other"],
        row["reason"],
        row["published"],
        row["at"],
    )
