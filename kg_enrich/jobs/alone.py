"""One at a time: waiting for a lease, and work that needs a lease but no record."""

import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import TypeVar

from kg_enrich.errors import Interrupted, KgEnrichError, LeaseHeldError
from kg_enrich.graph.connection import Graph, Transaction
from kg_enrich.identity import named_key
from kg_enrich.jobs.control import Control
from kg_enrich.jobs.lease import Lease, acquire, kept, release

T = TypeVar("T")


def new_run_id() -> str:
    """Sorts by time, and is short enough to type: 20261123T082500-3f9c2a."""
    return f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{secrets.token_hex(3)}"


def when_free(take: Callable[[], T], control: Control) -> T:
    """What `take` gives once it is not LeaseHeldError any more.

    Errors: LeaseHeldError, unless `control` says to wait; Interrupted while it waits.
    """
    told = ""
    while True:
        try:
            return take()
        except LeaseHeldError as error:
            if not control.wait:
                raise
            if str(error).split(";")[0] != told:
                told = str(error).split(";")[0]
                control.say(f"Waiting. {error.args[0]}")
            if control.stop.wait(min(2.0, control.lease_seconds / 4)):
                raise Interrupted(f"Stopped while waiting: {error}") from error


@contextmanager
def alone(graph: Graph, name: str, control: Control) -> Iterator[None]:
    """Keeps others of this name away from the graph for the length of a `with` block.

    Errors: as of `when_free`.
    """
    job, run = named_key("alone", name), new_run_id()
    ttl = round(control.lease_seconds * 1000)

    def work(transaction: Transaction) -> Lease:
        return acquire(transaction, job, name, run, ttl).lease

    lease = when_free(lambda: graph.write(work, timeout=max(60.0, control.lease_seconds)), control)
    try:
        with kept(graph, lease):
            yield
    finally:
        # A lease that cannot be given back ends by itself.
        with suppress(KgEnrichError):
            graph.write(lambda transaction: release(transaction, lease))
