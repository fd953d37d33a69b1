"""Runs that score nothing: a lease, a record, and one fenced transaction a step."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from kg_enrich.graph.connection import Graph
from kg_enrich.graph.paging import id_pages
from kg_enrich.graph.queries import query
from kg_enrich.jobs import runs
from kg_enrich.jobs.control import Control
from kg_enrich.jobs.fenced import FencedWriter
from kg_enrich.jobs.runs import Job
from kg_enrich.models import DocumentId, RunRecord

PAGE_DOCUMENTS = query("page_documents")

# Documents a step: 50 and 250 do not differ in speed, and each may have 1,000 images.
_PAGE = 50


def document_pages(graph: Graph) -> Iterator[list[DocumentId]]:
    """All documents' ids, as many as one step looks at, in constant memory."""
    for ids in id_pages(graph, PAGE_DOCUMENTS, _PAGE):
        yield [DocumentId(str(value)) for value in ids]


def perform(
    graph: Graph,
    job: Job,
    settings: Mapping[str, Any],
    control: Control,
    total: int,
    work: Callable[[FencedWriter], None],
) -> RunRecord:
    """Does the work as a run of the job, and returns the run's record.

    settings: what the record shows a person of what was asked. total: what the progress is of.
    Errors: LeaseHeldError, and whatever ended the run, which its record says too. A run that was
    asked to stop is no error: its status says so.
    """
    lease = runs.start(graph, job, settings, control)
    writer = FencedWriter(graph, lease, control, total)
    return runs.carry_out(graph, lease, control, lambda: work(writer))
