"""Removes what a retired source left behind, and what is about documents and images long gone."""

from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from typing import Any

from kg_enrich.documents.required import count_documents
from kg_enrich.evidence import asking
from kg_enrich.evidence.edges import delete_edges, delete_ledgers, read_edge_properties
from kg_enrich.evidence.hubs import delete_holds, read_all_holds, read_hold_properties
from kg_enrich.evidence.settle import Settled, lock
from kg_enrich.evidence.sources import count_evidence, remove_source
from kg_enrich.evidence.state import read_image_ids
from kg_enrich.evidence.undo import Before
from kg_enrich.graph.connection import Graph, Read, Row, Transaction
from kg_enrich.graph.queries import query
from kg_enrich.identity import forms
from kg_enrich.jobs.control import Control
from kg_enrich.jobs.fenced import FencedWriter
from kg_enrich.jobs.plan import Change, EdgeChange, Plan
from kg_enrich.jobs.runs import Job
from kg_enrich.jobs.steps import document_pages, perform
from kg_enrich.models import Counters, DocumentId, ImageId, RunRecord

READ_SOURCE_EVIDENCE = query("read_source_evidence")
READ_SOURCE_LEFT = query("read_source_left")
PAGE_LEDGERS = query("page_ledgers")
LOCK_LEDGERS = query("lock_ledgers")
READ_DOCUMENT_IDS = query("read_document_ids")
COUNT_ORPHAN_READ_FAILURES = query("count_orphan_read_failures")
DELETE_ORPHAN_READ_FAILURES = query("delete_orphan_read_failures")

_LEDGERS = 100
# What stands for a source's name where something is done for all of them.
ALL = "*"


def prune_source(
    graph: Graph, source: str, accepted: bool = False, control: Control | None = None
) -> RunRecord:
    """Removes a source with its evidence, ledgers and holds.

    accepted: also what a person accepted, which stays otherwise. A run of the source that is at
    work meanwhile is ended. Killed in the middle, it is finished by asking again.
    Errors: LeaseHeldError, GraphError.
    """

    def work(writer: FencedWriter) -> None:
        # First of all, so that nobody writes for the source any more: every writer reads it under
        # a lock on its documents, and each document is locked below.
        writer.write(partial(_drop_source, source=source))
        for documents in document_pages(graph):
            if writer.stopped:
                return
            drop = partial(_drop_evidence, source=source, documents=documents, accepted=accepted)
            writer.write(drop, Counters(documents=len(documents)))
        for rows in _ledger_pages(graph, source):
            if writer.stopped:
                return
            writer.write(partial(_drop_ledgers, keys=[row["key"] for row in rows]))
        writer.write(partial(_drop_holds, source=source))
        asking.forget(graph, source, writer.do)

    settings = {"accepted": accepted}
    job, documents = Job("prune", source), count_documents(graph)
    return perform(graph, job, settings, control or Control(), documents, work)


def is_left(graph: Graph, source: str) -> bool:
    """Whether anything of a source is there: evidence, ledgers, holds, queue, an unended prune."""
    return bool(graph.read(READ_SOURCE_LEFT, source=source))


def plan_prune_source(graph: Graph, source: str, accepted: bool = False) -> Plan:
    """What `prune_source` would remove. Writes nothing."""
    holds = len(read_hold_properties(graph.read, source))
    plan = Plan(holds=holds, standing=count_evidence(graph, source))
    for documents in document_pages(graph):
        for row in _evidence(graph.read, source, documents, accepted):
            document, image = DocumentId(str(row["document"])), ImageId(str(row["image"]))
            plan.edge(Change.WITHDRAW, EdgeChange(document, image, row["score"], None))
    plan.ledgers = sum(len(rows) for rows in _ledger_pages(graph, source))
    return plan


def prune_orphans(graph: Graph, control: Control | None = None) -> RunRecord:
    """Removes ledgers without a document, and holds and read failures without an image.

    A rollback puts ledgers and holds back; failures are found again when their image is.
    Errors: LeaseHeldError, GraphError.
    """

    def work(writer: FencedWriter) -> None:
        for rows in _ledger_pages(graph):
            if writer.stopped:
                return
            if keys := _orphans(graph.read, rows):
                writer.write(partial(_drop_ledgers, keys=keys, only_orphans=True))
        writer.write(_drop_orphan_holds)
        writer.write(_drop_orphan_failures)

    job, documents = Job("prune", ALL), count_documents(graph)
    return perform(graph, job, {}, control or Control(), documents, work)


def plan_prune_orphans(graph: Graph) -> Plan:
    """What `prune_orphans` would remove. Writes nothing."""
    return Plan(
        ledgers=sum(len(_orphans(graph.read, rows)) for rows in _ledger_pages(graph)),
        holds=len(_orphan_holds(graph.read)),
        failures=graph.read(COUNT_ORPHAN_READ_FAILURES)[0]["failures"],
    )


def _evidence(
    read: Read, source: str, documents: Sequence[DocumentId], accepted: bool
) -> list[Row]:
    ids = [value for document in documents for value in forms(document)]
    rows = read(READ_SOURCE_EVIDENCE, documents=ids, source=source)
    return [row for row in rows if accepted or not row["accepted"]]


def _ledger_pages(graph: Graph, source: str | None = None) -> Iterator[list[Row]]:
    after = ""
    while rows := graph.read(PAGE_LEDGERS, after=after, limit=_LEDGERS, source=source):
        yield rows
        after = rows[-1]["key"]


def _orphans(read: Read, ledgers: Iterable[Row]) -> list[str]:
    """Keys of those whose document is gone."""
    ledgers = list(ledgers)
    ids = [value for row in ledgers for value in forms(row["document"])]
    there = {str(row["id"]) for row in read(READ_DOCUMENT_IDS, ids=ids)}
    return [row["key"] for row in ledgers if row["document"] not in there]


def _orphan_holds(read: Read) -> dict[str, Row]:
    """Properties by key of those whose image is gone."""
    holds = read_all_holds(read)
    images = {ImageId(hold["image"]) for hold in holds.values()}
    there = {str(value) for value in read_image_ids(read, images)}
    return {key: hold for key, hold in holds.items() if hold["image"] not in there}


def _drop_source(transaction: Transaction, source: str) -> Settled:
    properties = remove_source(transaction, source)
    if properties is None:
        return Settled()
    return Settled(before=Before(source={"properties": properties, "left": None}))


def _drop_evidence(
    transaction: Transaction, source: str, documents: Sequence[DocumentId], accepted: bool
) -> Settled:
    lock(transaction, documents)
    edges: dict[str, dict[str, Any]] = {
        row["key"]: {
            "document": str(row["document"]),
            "image": str(row["image"]),
            "properties": None,
            "left": False,
        }
        for row in _evidence(transaction.run, source, documents, accepted)
    }
    for key, properties in read_edge_properties(transaction, edges).items():
        edges[key]["properties"] = properties
    delete_edges(transaction, edges)
    return Settled(withdrawn=len(edges), before=Before(edges))


def _drop_ledgers(
    transaction: Transaction, keys: Sequence[str], only_orphans: bool = False
) -> Settled:
    rows = transaction.run(LOCK_LEDGERS, keys=sorted(keys))
    if only_orphans:
        # Once more under the lock: a document may have come back with its nightly reload.
        still = set(_orphans(transaction.run, rows))
        rows = [row for row in rows if row["key"] in still]
    delete_ledgers(transaction, [row["key"] for row in rows])
    ledgers = {
        row["key"]: {"document": row["document"], "properties": row["properties"], "left": False}
        for row in rows
    }
    return Settled(before=Before(ledgers=ledgers))


def _drop_holds(transaction: Transaction, source: str) -> Settled:
    return _delete_holds(transaction, read_hold_properties(transaction.run, source))


def _drop_orphan_holds(transaction: Transaction) -> Settled:
    return _delete_holds(transaction, _orphan_holds(transaction.run))


def _delete_holds(transaction: Transaction, holds: dict[str, Row]) -> Settled:
    delete_holds(transaction, holds)
    return Settled(before=Before(holds=holds))


def _drop_orphan_failures(transaction: Transaction) -> Settled:
    transaction.run(DELETE_ORPHAN_READ_FAILURES)
    return Settled()
