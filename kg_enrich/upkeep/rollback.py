"""Undoes runs: edges, ledgers, holds and the source's policy become what they were before them.

The runs of a group are undone as one, for its shards may have changed the same documents (a hub
is withdrawn wherever it is). Each chunk is put back and deleted in one transaction, the newest
first, so that a rollback that was killed goes on where it stopped. A rollback keeps no undo of its
own.
"""

from collections.abc import Iterator, Sequence
from functools import partial
from heapq import merge
from operator import itemgetter

from kg_enrich.errors import GraphError, LeaseHeldError
from kg_enrich.evidence import asking
from kg_enrich.evidence.models import Decision
from kg_enrich.evidence.settle import Settled, lock, plan_reviews
from kg_enrich.evidence.sources import read_policies
from kg_enrich.evidence.undo import Before, unpack
from kg_enrich.graph.connection import Graph, Read, Row, Transaction
from kg_enrich.graph.queries import query
from kg_enrich.jobs import lease as leases
from kg_enrich.jobs import runs
from kg_enrich.jobs.control import Control
from kg_enrich.jobs.fenced import FencedWriter
from kg_enrich.jobs.plan import EdgeChange, Plan, change_of
from kg_enrich.jobs.runs import Job
from kg_enrich.jobs.steps import perform
from kg_enrich.models import DocumentId, ImageId, RunRecord, RunStatus
from kg_enrich.upkeep.undo_chunks import Block, blocked, edges_now, find_touched, restore

READ_UNDO_KEYS = query("read_undo_keys")
READ_UNDO = query("read_undo")
DELETE_UNDO = query("delete_undo")
READ_GROUP = query("read_group")
WRITE_ROLLED_BACK = query("write_rolled_back")


def rollback(
    graph: Graph, run: str, force: bool = False, control: Control | None = None
) -> RunRecord:
    """Undoes a run or a group of runs, and returns the record of the rollback.

    run: a run's id, or a group's name. A run's own record keeps its status and says who rolled it
    back. Asked again, there is nothing left to undo. What a person rejected or another run holds
    back is not published again, nor is withdrawn what a person accepted. force: also undo what was
    changed since.
    Errors: GraphError when there is no such run, when its undo is gone, or when a later run or a
    person changed the same edges or ledgers; LeaseHeldError when the run, or another rollback of
    its source, is at work.
    """
    together = _together(graph, run)
    rows = [_read_run(graph, one) for one in together]
    source: str = rows[0]["run"]["source"]
    for row in rows:
        if row["run"]["status"] == RunStatus.RUNNING:
            _end_dead_run(graph, row)
    if not force:
        _refuse(run, _touched_since(graph, together))

    def work(writer: FencedWriter) -> None:
        # Once more, for nobody removes the undo of a run while a rollback of it is at work.
        for one in together:
            _read_run(graph, one)
        for key in reversed(_chunks(graph, together)):
            if writer.stopped:
                return
            writer.write(partial(_undo, name=run, runs=together, key=key, force=force))
        writer.write(lambda transaction: _mark(transaction, together, writer.run))
        # What people are asked follows from what stands.
        if source in read_policies(graph):
            asking.renew(graph, source, writer.run, writer.do)

    job = Job("rollback", source)
    asked: dict[str, object] = {"run": run, "force": force}
    if together != (run,):
        asked["runs"] = list(together)
    return perform(graph, job, asked, control or Control(), _count_edges(graph, together), work)


def plan_rollback(graph: Graph, run: str) -> Plan:
    """What `rollback` would change. Writes nothing. Errors: as of `rollback`."""
    together = _together(graph, run)
    for one in together:
        _read_run(graph, one)
    plan = Plan(touched=len(_touched_since(graph, together)))
    for chunk in _read_chunks(graph, together):
        now = edges_now(graph.read, together, chunk)
        documents = {DocumentId(edge["document"]) for edge in chunk.edges.values()}
        reviews = plan_reviews(graph.read, graph.names, documents)
        blocks = blocked(graph.read, together, chunk, reviews)
        for key, edge in chunk.edges.items():
            document, image = DocumentId(edge["document"]), ImageId(edge["image"])
            former = edge["properties"]
            # What the runs themselves wrote is in an earlier chunk with what they had found.
            if former and former["runId"] in together:
                continue
            if key in blocks:
                plan.held += blocks[key] is Block.HELD
                former = None
            elif former is None and reviews.get((document, image)) is Decision.ACCEPT:
                # It stays.
                continue
            before, after = now[key]["score"], former and former["score"]
            if change := change_of(before, after):
                plan.edge(change, EdgeChange(document, image, before, after))
        plan.ledgers += len(chunk.ledgers)
        plan.holds += len(chunk.holds)
    return plan


def _together(graph: Graph, name: str) -> tuple[str, ...]:
    """The runs that a name means: those of a group, or the run itself."""
    return tuple(row["run"] for row in graph.read(READ_GROUP, group=name)) or (name,)


def _read_run(graph: Graph, run: str) -> Row:
    """The run's row of `read_run`. Errors: GraphError when it is gone, or its undo is."""
    row = runs.read_row(graph, run)
    if gone := row["run"].get("undoDeletedAt"):
        raise GraphError(
            f"Run {run} cannot be rolled back: what it changed was forgotten on {gone:%Y-%m-%d}, "
            "as KG_ENRICH_KEEP_DAYS says."
        )
    return row


def _count_edges(graph: Graph, runs: Sequence[str]) -> int:
    """How many edges there are to put back, for the progress bar."""
    return sum(row["edges"] for row in graph.read(READ_UNDO_KEYS, runs=list(runs)))


def _end_dead_run(graph: Graph, row: Row) -> None:
    """Fences out a run that fell silent, which might wake up. Errors: LeaseHeldError."""
    run = row["run"]

    def work(transaction: Transaction) -> None:
        name = Job(run["kind"], run["source"]).name
        acquired = leases.acquire(transaction, row["job"], name, f"rollback of {run['id']}", 1000)
        error = "It fell silent, and was rolled back."
        runs.end(transaction, run["id"], RunStatus.INTERRUPTED, error)
        leases.release(transaction, acquired.lease)

    try:
        graph.write(work)
    except LeaseHeldError as error:
        raise LeaseHeldError(
            f"Run {run['id']} is at work: stop it first, or wait until it is done."
        ) from error


def _chunks(graph: Graph, runs: Sequence[str]) -> list[str]:
    """Keys of the runs' chunks in the order in which they were written.

    Two runs change one document one after the other, under its lock, so that the server's clock
    tells their chunks apart; within a run its own numbers do.
    """
    written: dict[str, list[tuple[int, str]]] = {run: [] for run in runs}
    for row in graph.read(READ_UNDO_KEYS, runs=list(runs)):
        chunks = written[row["run"]]
        # A clock that was set back says nothing against the numbers.
        chunks.append((max(row["at"] or 0, chunks[-1][0] if chunks else 0), row["key"]))
    return [key for _, key in merge(*written.values(), key=itemgetter(0))]


def _read_chunk(read: Read, key: str) -> Before:
    return unpack(read(READ_UNDO, key=key)[0]["before"])


def _read_chunks(graph: Graph, runs: Sequence[str]) -> Iterator[Before]:
    for key in _chunks(graph, runs):
        yield _read_chunk(graph.read, key)


def _touched_since(graph: Graph, runs: Sequence[str]) -> dict[str, str]:
    """What somebody changed since, by key."""
    touched: dict[str, str] = {}
    for chunk in _read_chunks(graph, runs):
        # A later chunk knows better in which state the runs left a thing.
        for key in chunk.edges.keys() | chunk.ledgers.keys():
            touched.pop(key, None)
        touched |= find_touched(graph.read, runs, chunk)
    return touched


def _refuse(run: str, touched: dict[str, str]) -> None:
    if touched:
        raise GraphError(
            f"{len(touched)} things that run {run} wrote were changed since, for example "
            f"{next(iter(touched.values()))}: roll back later runs first, or use --force."
        )


def _undo(
    transaction: Transaction, name: str, runs: Sequence[str], key: str, force: bool
) -> Settled:
    chunk = _read_chunk(transaction.run, key)
    changed = (*chunk.edges.values(), *chunk.ledgers.values())
    lock(transaction, {DocumentId(one["document"]) for one in changed})
    if not force:
        # Once more under the locks: somebody may have come in between.
        _refuse(name, find_touched(transaction.run, runs, chunk))
    settled = restore(transaction, runs, chunk)
    transaction.run(DELETE_UNDO, key=key)
    return settled


def _mark(transaction: Transaction, runs: Sequence[str], by: str) -> Settled:
    for run in runs:
        transaction.run(WRITE_ROLLED_BACK, run=run, by=by)
    return Settled()
