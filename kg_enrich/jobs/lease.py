"""A job's lease: one run at work at a time, by Neo4j's clock, with a fence against sleepers."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from kg_enrich.errors import KgEnrichError, LeaseHeldError, LeaseLostError
from kg_enrich.graph.connection import Graph, Row, Transaction
from kg_enrich.graph.queries import query

ACQUIRE_LEASE = query("acquire_lease")
RENEW_LEASE = query("renew_lease")
RELEASE_LEASE = query("release_lease")
READ_LEASE = query("read_lease")


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to write for a job.

    fence: grows with every holder. ttl: milliseconds. job_started: of the job's first run,
    milliseconds of the epoch by Neo4j's clock.
    """

    job: str
    run: str
    fence: int
    ttl: int
    job_started: int

    @property
    def transaction_seconds(self) -> float:
        """Time a write may take. Below the lease's, or a stopped holder blocks its successor."""
        return self.ttl / 1000 * 0.8


@dataclass(frozen=True, slots=True)
class Acquired:
    """A lease, and whose it was before (a run that may have died), with when that lease ended."""

    lease: Lease
    former_run: str | None
    former_until: Any = None


def acquire(transaction: Transaction, job: str, name: str, run: str, ttl: int) -> Acquired:
    """Takes the lease. Errors: LeaseHeldError, which says who holds it and for how long."""
    rows = transaction.run(ACQUIRE_LEASE, job=job, name=name, run=run, ttl=ttl)
    if not rows:
        holder = transaction.run(READ_LEASE, job=job)[0]
        raise LeaseHeldError(
            f"Run {holder['run']} of the same job is at work{_who(holder)}; its lease ends in "
            f"{max(holder['seconds'], 0)} s unless it renews it. Wait for it, or use --wait."
        )
    row = rows[0]
    lease = Lease(job, run, row["fence"], ttl, row["startedAt"])
    return Acquired(lease, row["formerRun"], row["formerUntil"])


def _who(holder: Row) -> str:
    """Where the holder runs; a run of an older release says nothing of it."""
    if holder["host"] is None:
        return ""
    since = str(holder["since"]).replace("T", " ").removesuffix("Z")
    return f" ({holder['user']} on {holder['host']}, process {holder['pid']}, since {since} UTC)"


def renew(transaction: Transaction, lease: Lease) -> None:
    """Checks the fence: the last statement of every write. Errors: LeaseLostError."""
    rows = transaction.run(
        RENEW_LEASE, job=lease.job, run=lease.run, fence=lease.fence, ttl=lease.ttl
    )
    if not rows:
        raise LeaseLostError(
            f"Run {lease.run} lost its lease to another run and wrote nothing more. "
            "If this host was not asleep, raise KG_ENRICH_LEASE_SECONDS."
        )


def release(transaction: Transaction, lease: Lease) -> None:
    """Gives the lease back; it does no harm when it was lost."""
    transaction.run(RELEASE_LEASE, job=lease.job, run=lease.run, fence=lease.fence)


@contextmanager
def kept(graph: Graph, lease: Lease) -> Iterator[None]:
    """Renews the lease while the model works longer between two writes than the lease lasts.

    Trouble is left to the next write, whose own renewal decides whether the run goes on.
    """
    done = threading.Event()

    def keep() -> None:
        while not done.wait(lease.ttl / 1000 / 3):
            try:
                graph.write(lambda tx: renew(tx, lease), timeout=lease.transaction_seconds)
            except LeaseLostError:
                return
            except KgEnrichError:
                continue

    keeper = threading.Thread(target=keep, name="lease", daemon=True)
    keeper.start()
    try:
        yield
    finally:
        done.set()
        keeper.join()
