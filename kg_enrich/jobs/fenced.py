"""The one way in which a run writes: a transaction at a time, counted, undoable and fenced."""

import time
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import asdict, replace

from kg_enrich.errors import BrakeError, GraphError
from kg_enrich.evidence import undo
from kg_enrich.evidence.settle import Settled
from kg_enrich.graph.connection import Graph, Transaction
from kg_enrich.graph.queries import query
from kg_enrich.jobs import runs
from kg_enrich.jobs.brake import Brake, hold
from kg_enrich.jobs.control import Control, events
from kg_enrich.jobs.lease import Lease, renew
from kg_enrich.jobs.observed import Observed
from kg_enrich.models import Counters, Stage

READ_NEXT_CHUNK = query("read_next_chunk")


def next_number(graph: Graph, run: str) -> int:
    """The number that the next transaction of a run may have, after those that changed anything."""
    number: int = graph.read(READ_NEXT_CHUNK, run=run)[0]["number"]
    return number


def do_fenced(graph: Graph, lease: Lease, work: Callable[[Transaction], None]) -> None:
    """One transaction of a run that changes no evidence, with the fence last.

    Errors: LeaseLostError (nothing was written), GraphError.
    """

    def fenced(transaction: Transaction) -> None:
        work(transaction)
        renew(transaction, lease)

    graph.write(fenced, timeout=lease.transaction_seconds)


class FencedWriter:
    """Writes a run's transactions one by one and numbers them for the undo."""

    def __init__(
        self,
        graph: Graph,
        lease: Lease,
        control: Control,
        total: int = 0,
        brake: Brake | None = None,
        observed: Observed | None = None,
        run: str = "",
        number: int = 0,
    ) -> None:
        """total: what the progress is of, in documents unless the command says otherwise.
        brake: ends the run before it withdraws too much. observed: counts what writing takes.
        run, number: the run in whose name it writes where the lease is another's, and the number
        of its first transaction."""
        self._graph = graph
        self._lease = lease
        self._control = control
        self._total = total
        self._brake = brake
        self._observed = observed
        self._withdrawn = 0
        self._number = number
        self._run = run or lease.run

    @property
    def run(self) -> str:
        """The run's id."""
        return self._run

    @property
    def stopped(self) -> bool:
        """Whether the caller asked the run to stop."""
        return self._control.stopped

    def do(self, work: Callable[[Transaction], None]) -> None:
        """One transaction that changes no evidence, with the fence last.

        Errors: LeaseLostError (nothing was written), GraphError.
        """
        do_fenced(self._graph, self._lease, work)

    def write(
        self, work: Callable[[Transaction], Settled], counters: Counters | None = None
    ) -> Counters:
        """One transaction: the work, what it changed, its notices and counts, and the fence last.

        counters: what was counted before the work; its edges are added. Returns the sum.
        Errors: BrakeError, LeaseLostError (nothing was written), GraphError.
        """

        def fenced(transaction: Transaction) -> Counters:
            settled = work(transaction)
            if self._brake is not None:
                self._brake.check(self._withdrawn + settled.withdrawn, self.run)
            undo.keep(transaction, self.run, self._number, settled.before)
            runs.note(transaction, self.run, settled.notices)
            sum_ = replace(
                counters or Counters(), published=settled.published, withdrawn=settled.withdrawn
            )
            runs.count(transaction, self.run, sum_)
            renew(transaction, self._lease)
            return sum_

        began = time.monotonic()
        try:
            with self._observed.timed(Stage.WRITE) if self._observed else nullcontext():
                written = self._graph.write(
                    fenced, timeout=self._lease.transaction_seconds, run=self.run
                )
        except BrakeError:
            if self._brake is not None:
                hold(self._graph, self._brake, self.run)
            raise
        except GraphError:
            # The server ends the transaction of a process that slept. If another run has the
            # lease by now, that says more than the server's error.
            self._graph.write(lambda transaction: renew(transaction, self._lease), run=self.run)
            raise
        facts = {"run": self.run, "batch": self._number, **asdict(written)}
        facts["seconds"] = round(time.monotonic() - began, 3)
        events.debug("batch_written", extra={"fields": facts})
        self._number += 1
        self._withdrawn += written.withdrawn
        self._control.progress(self._total, written)
        return written
