"""Judgements to ledgers, edges and the run's record: one fenced transaction a batch.

No transaction is open while the model runs.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from kg_enrich.errors import TransactionTooLargeError
from kg_enrich.evidence.edges import Authority
from kg_enrich.evidence.models import LedgerEntry
from kg_enrich.evidence.settle import NewEntries, Settled, settle
from kg_enrich.graph.connection import Transaction
from kg_enrich.identity import pair_fingerprint
from kg_enrich.images.contents import write_contents
from kg_enrich.images.failures import Conditions, forget_failures, write_failures
from kg_enrich.jobs.fenced import FencedWriter
from kg_enrich.models import (
    Counters,
    DocumentId,
    ImageId,
    Judgement,
    Notice,
    Outcome,
    RunNotice,
    Unit,
    Unreadable,
)


@dataclass(frozen=True, slots=True)
class Batch:
    """What one transaction writes.

    aside: images of the documents' ledgers that cannot be judged now, whatever is tried.

    readable: images that an earlier run may have failed on. contents: hashes of images' files.
    """

    entries: NewEntries
    counters: Counters = field(default_factory=Counters)
    notices: tuple[RunNotice, ...] = ()
    unreadable: tuple[Unreadable, ...] = ()
    readable: tuple[ImageId, ...] = ()
    contents: Mapping[ImageId, str] = field(default_factory=dict)
    aside: Mapping[DocumentId, frozenset[ImageId]] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """Documents to settle and pairs to store: what a transaction's cost goes by."""
        return len(self.entries) + sum(len(new) for new in self.entries.values())

    def __add__(self, other: "Batch") -> "Batch":
        """Both in one transaction; they judge no pair in common."""
        documents = {**self.entries, **other.entries}
        return Batch(
            {d: (*self.entries.get(d, ()), *other.entries.get(d, ())) for d in documents},
            self.counters + other.counters,
            self.notices + other.notices,
            self.unreadable + other.unreadable,
            self.readable + other.readable,
            {**self.contents, **other.contents},
            {
                d: self.aside.get(d, frozenset()) | other.aside.get(d, frozenset())
                for d in (*self.aside, *other.aside)
            },
        )

    def halves(self) -> "tuple[Batch, Batch]":
        """The same in two; what is about no document goes with the first."""
        documents = sorted(self.entries)
        first, second = documents[: len(documents) // 2], documents[len(documents) // 2 :]
        return (
            replace(self, entries={d: self.entries[d] for d in first}),
            Batch({d: self.entries[d] for d in second}, aside=self.aside),
        )


def collect(units: Sequence[Unit], judgements: Iterable[Judgement], scorer: str) -> Batch:
    """A batch from units and the scorer's answers to their pairs. Pure.

    scorer: the scorer's fingerprint. An old entry of a pair that failed stays as it is: nothing
    is published for the failure, and the next run tries again.
    """
    documents = {unit.document.id: unit.document for unit in units}
    images = {image.id: image for unit in units for image in unit.images}
    entries: dict[DocumentId, list[LedgerEntry]] = {document: [] for document in documents}
    outcomes = dict.fromkeys(Outcome, 0)
    notices: list[RunNotice] = []
    unreadable: dict[ImageId, Unreadable] = {}
    aside: dict[DocumentId, frozenset[ImageId]] = {}
    readable: dict[ImageId, None] = {}
    for judgement in judgements:
        image = images[judgement.image]
        outcomes[judgement.outcome] += 1
        subject = f"{judgement.document} {judgement.image}"
        if judgement.note:
            notices.append(RunNotice(Notice.SCORER_NOTE, judgement.document, judgement.note))
        if judgement.outcome is Outcome.FAILED:
            notices.append(RunNotice(Notice.FAILED_PAIR, subject, judgement.reason))
        elif judgement.outcome is Outcome.UNREADABLE:
            notices.append(RunNotice(Notice.UNREADABLE_IMAGE, image.id, judgement.reason))
            unreadable[image.id] = Unreadable(
                image.id, image.version, judgement.reason, judgement.depends
            )
            given_up = aside.get(judgement.document, frozenset())
            aside[judgement.document] = given_up | {image.id}
        else:
            readable[image.id] = None
            entries[judgement.document].append(
                LedgerEntry(
                    image.id,
                    judgement.score,
                    judgement.log_odds,
                    pair_fingerprint(scorer, documents[judgement.document].version, image.version),
                    judgement.reason,
                )
            )
    return Batch(
        {document: tuple(new) for document, new in entries.items()},
        Counters(
            scored=outcomes[Outcome.SCORED],
            abstained=outcomes[Outcome.ABSTAINED],
            failed=outcomes[Outcome.FAILED] + outcomes[Outcome.UNREADABLE],
        ),
        tuple(dict.fromkeys(notices)),
        tuple(unreadable.values()),
        tuple(readable),
        aside=aside,
    )


def write_batch(
    writer: FencedWriter,
    authority: Authority,
    batch: Batch,
    published: set[ImageId],
    conditions: Conditions = frozenset(),
) -> Counters:
    """Writes a batch in one transaction. Returns what it came to, its own counters included.

    A batch that is too large for the server, in time or memory, is written in parts.
    published: gets the images that were published, to be counted when the run closes.
    conditions: the scorer's, whose failures end where it could read an image.
    Errors: BrakeError, LeaseLostError (nothing was written), GraphError.
    """

    def work(transaction: Transaction) -> Settled:
        # Before anything is settled: what a person said is tied to the contents.
        write_contents(transaction, batch.contents)
        settled = Settled()
        if batch.entries:
            settled = settle(transaction, authority, batch.entries, aside=batch.aside)
        published.update(settled.images)
        forget_failures(transaction, batch.readable, conditions)
        write_failures(transaction, writer.run, batch.unreadable)
        return replace(settled, notices=batch.notices + settled.notices)

    try:
        return writer.write(work, batch.counters)
    except TransactionTooLargeError:
        if len(batch.entries) < 2:
            raise
        halves = (
            write_batch(writer, authority, half, published, conditions) for half in batch.halves()
        )
        return sum(halves, Counters())
