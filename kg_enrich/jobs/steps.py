"""Runs that score nothing: a lease, a record, and one fenced transaction a step."""

import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from kg_enrich.errors import GraphError
from kg_enrich.evidence import undo
from kg_enrich.evidence.settle import Settled
from kg_enrich.graph.connection import Graph, Transaction
from kg_enrich.graph.paging import id_pages
from kg_enrich.graph.queries import query
from kg_enrich.jobs import runs
from kg_enrich.jobs.lease import Lease, renew
from kg_enrich.jobs.runs import Job
from kg_enrich.models import Counters, DocumentId, RunRecord

COUNT_DOCUMENTS = query("count_documents")
PAGE_DOCUMENTS = query("page_documents")

# Documents a step: 50 and 250 do not differ in speed, and each may have 1,000 images.
_PAGE = 50


@dataclass(frozen=True, slots=True)
class StepOptions:
    """How such a run works; none of it changes what comes out.

    wait: for the lease, when another run of the job holds it.
    stop: set it to end the run after the step in hand.
    progress: called with the counts of every step as it is written.
    """

    lease_seconds: float = 120.0
    wait: bool = False
    stop: threading.Event = field(default_factory=threading.Event)
    progress: Callable[[Counters], None] = lambda _: None


class Steps:
    """Writes a run's steps one by one, numbering them for the undo."""

    def __init__(self, graph: Graph, lease: Lease, options: StepOptions) -> None:
        self._graph = graph
        self._lease = lease
        self._options = options
        self._number = 0

    @property
    def run(self) -> str:
        """The run's id."""
        return self._lease.run

    @property
    def stopped(self) -> bool:
        return self._options.stop.is_set()

    def write(self, work: Callable[[Transaction], Settled], documents: int = 0) -> None:
        """One transaction: the work, what it changed, its counts and the fence.

        documents: how many it looks at. Errors: LeaseLostError (nothing was written), GraphError.
        """

        def fenced(transaction: Transaction) -> Counters:
            settled = work(transaction)
            undo.keep(transaction, self.run, self._number, settled.before)
            runs.note(transaction, self.run, settled.notices)
            counters = Counters(
                documents=documents, published=settled.published, withdrawn=settled.withdrawn
            )
            runs.count(transaction, self.run, counters)
            renew(transaction, self._lease)
            return counters

        try:
            counters = self._graph.write(fenced, timeout=self._lease.transaction_seconds)
        except GraphError:
            # A process that slept finds its transaction ended by the server. Who has the lease
            # meanwhile says more than that.
            self._graph.write(lambda transaction: renew(transaction, self._lease))
            raise
        self._number += 1
        self._options.progress(counters)


def count_documents(graph: Graph) -> int:
    """How many documents there are, for the progress bar."""
    documents: int = graph.read(COUNT_DOCUMENTS)[0]["documents"]
    return documents


def document_pages(graph: Graph) -> Iterator[list[DocumentId]]:
    """All documents' ids, as many as one step looks at, in constant memory."""
    for ids in id_pages(graph, PAGE_DOCUMENTS, _PAGE):
        yield [DocumentId(str(value)) for value in ids]


def perform(
    graph: Graph,
    job: Job,
    settings: Mapping[str, Any],
    options: StepOptions,
    work: Callable[[Steps], None],
) -> RunRecord:
    """Does the work as a run of the job, and returns the run's record.

    settings: what the record shows a person of what was asked.
    Errors: LeaseHeldError, and whatever ended the run, which its record says too. A run that was
    asked to stop is no error: its status says so.
    """
    lease = runs.start(
        graph, job, "", "", settings, options.lease_seconds, options.wait, options.stop
    )
    return runs.carry_out(graph, lease, options.stop, lambda: work(Steps(graph, lease, options)))
