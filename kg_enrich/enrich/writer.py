"""Judgements to ledgers, edges and the run's record: one fenced transaction a batch.

No transaction is open while the model runs.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from kg_enrich.evidence.edges import Authority
from kg_enrich.evidence.settle import NewEntries, Settled, settle
from kg_enrich.graph.connection import Transaction
from kg_enrich.identity import pair_fingerprint
from kg_enrich.images.contents import write_contents
from kg_enrich.images.failures import forget_failures, write_failures
from kg_enrich.jobs.fenced import FencedWriter
from kg_enrich.models import (
    Counters,
    DocumentId,
    ImageId,
    Judgement,
    LedgerEntry,
    Notice,
    Outcome,
    RunNotice,
    Unit,
    Unreadable,
)


@dataclass(frozen=True, slots=True)
class Batch:
    """What one transaction writes.

    readable: images that an earlier run may have failed on. contents: hashes of images' files.
    """

    entries: NewEntries
    counters: Counters = field(default_factory=Counters)
    notices: tuple[RunNotice, ...] = ()
    unreadable: tuple[Unreadable, ...] = ()
    readable: tuple[ImageId, ...] = ()
    contents: Mapping[ImageId, str] = field(default_factory=dict)

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
            unreadable[image.id] = Unreadable(image.id, image.version, judgement.reason)
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
    )


def write_batch(writer: FencedWriter, authority: Authority, batch: Batch) -> Counters:
    """Writes a batch in one transaction. Returns what it came to, its own counters included.

    Errors: LeaseLostError (nothing was written), GraphError.
    """

    def work(transaction: Transaction) -> Settled:
        # Before anything is settled: what a person said is tied to the contents.
        write_contents(transaction, batch.contents)
        settled = settle(transaction, authority, batch.entries) if batch.entries else Settled()
        forget_failures(transaction, batch.readable)
        write_failures(transaction, writer.run, batch.unreadable)
        return replace(settled, notices=batch.notices + settled.notices)

    return writer.write(work, batch.counters)
