"""Forgets runs that ended long ago: what they changed, what they met, and then the records."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import takewhile
from typing import Any

from kg_enrich.graph.connection import Graph, Transaction
from kg_enrich.graph.queries import Query, query
from kg_enrich.jobs.lease import Lease, renew

READ_EXPIRED_RUNS = query("read_expired_runs")
DELETE_RUN_UNDO = query("delete_run_undo")
DELETE_RUN_NOTICES = query("delete_run_notices")
DELETE_RUNS = query("delete_runs")

# Runs that are looked at together; chunks (up to some 100 kB each) and notices of a transaction.
_RUNS = 100
_CHUNKS = 50
_NOTICES = 2000


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What was removed: undo chunks, notices, and whole records."""

    chunks: int = 0
    notices: int = 0
    records: int = 0

    def __bool__(self) -> bool:
        return bool(self.chunks or self.notices or self.records)


def forget(graph: Graph, lease: Lease, days: int, stopped: Callable[[], bool]) -> Forgotten:
    """Removes the undo, the notices and the records of runs that ended longer ago.

    Each job's newest record stays, so that it is known when the job was last at work. A run whose
    undo is gone cannot be rolled back; its record says so, while it is there.
    Every transaction is small and checks the lease. Errors: LeaseLostError, GraphError.
    """
    chunks = notices = records = 0
    while not stopped():
        rows = graph.read(READ_EXPIRED_RUNS, days=days, limit=_RUNS)
        if not rows:
            break
        runs = [row["run"] for row in rows]
        remove = partial(_remove, graph, lease, stopped, runs=runs)
        chunks += remove(DELETE_RUN_UNDO, limit=_CHUNKS)
        notices += remove(DELETE_RUN_NOTICES, limit=_NOTICES)
        records += remove(DELETE_RUNS)
    return Forgotten(chunks, notices, records)


def _remove(
    graph: Graph, lease: Lease, stopped: Callable[[], bool], query: Query, **parameters: Any
) -> int:
    """Repeats until nothing more is removed. Returns how many there were."""

    def work(transaction: Transaction) -> int:
        removed: int = transaction.run(query, **parameters)[0]["removed"]
        renew(transaction, lease)
        return removed

    def portions() -> Iterator[int]:
        while not stopped():
            yield graph.write(work, timeout=lease.transaction_seconds)

    return sum(takewhile(bool, portions()))
