"""Jobs and runs: what somebody asked for, and the record of what came of it."""

import getpass
import json
import os
import platform
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from kg_enrich.errors import KgEnrichError, NotThereError
from kg_enrich.graph.connection import Graph, Row, Transaction
from kg_enrich.graph.queries import query
from kg_enrich.identity import named_key
from kg_enrich.jobs import lease as leases
from kg_enrich.jobs import shards
from kg_enrich.jobs.alone import new_run_id, when_free
from kg_enrich.jobs.control import OUT_OF_TIME, Control, events
from kg_enrich.jobs.lease import Lease
from kg_enrich.jobs.observed import Observed
from kg_enrich.models import Counters, Notice, RunNotice, RunRecord, RunStatus, Scope, Shard, Stage

WRITE_RUN = query("write_run")
FINISH_RUN = query("finish_run")
READ_RUN = query("read_run")
COUNT_RUN = query("count_run")
WRITE_NOTICES = query("write_notices")


@dataclass(frozen=True, slots=True)
class Job:
    """What is asked for. Asking for the same twice is the same job.

    kind: 'run', 'backfill', 'publish' ... source: the evidence source it works on.
    shard: the part of it that one of several processes does, under a lease of its own.
    group: a name for the runs of all shards; '' where they find one themselves.
    """

    kind: str
    source: str
    scope: Scope = field(default_factory=Scope)
    shard: Shard | None = None
    group: str = ""

    @property
    def id(self) -> str:
        asked = json.dumps(asdict(replace(self.scope, limit=None)), default=str)
        part = () if self.shard is None else (str(self.shard),)
        return named_key("job", self.kind, self.source, asked, *part)

    @property
    def name(self) -> str:
        """For a person's eyes."""
        part = "" if self.shard is None else f" {self.shard}"
        return f"{self.kind} {self.source}{part}"

    @property
    def whole(self) -> "Job":
        """The job that a shard is a part of."""
        return replace(self, shard=None, group="")


def start(
    graph: Graph,
    job: Job,
    settings: Mapping[str, Any],
    control: Control,
    scorer: str = "",
    fingerprint: str = "",
) -> Lease:
    """Takes the job's lease and begins a run's record; closes that of a run that died with it.

    settings: what a person needs later to see why this run did what it did; no secrets.
    scorer, fingerprint: name and fingerprint of what judges, '' where nothing does.
    Errors: LeaseHeldError, unless `control` says to wait; Interrupted while it waits.
    """
    run = new_run_id()
    seconds = control.lease_seconds

    def work(transaction: Transaction) -> Lease:
        acquired = leases.acquire(transaction, job.id, job.name, run, round(seconds * 1000))
        if acquired.former_run is not None:
            error = f"It fell silent; run {run} took its lease over."
            # Its last sign of life was before that, by a lease's time at most.
            until = acquired.former_until
            end(transaction, acquired.former_run, RunStatus.INTERRUPTED, error, until)
        lease, group = acquired.lease, None
        if job.shard is not None:
            lease, group = shards.join(transaction, job, job.shard, lease)
        transaction.run(
            WRITE_RUN,
            job=job.id,
            run=run,
            kind=job.kind,
            source=job.source,
            scorer=scorer,
            settings=json.dumps(settings, default=str, ensure_ascii=False),
            fingerprint=fingerprint,
            group=group,
            shard=None if job.shard is None else str(job.shard),
            **_whereabouts(),
        )
        return lease

    # A holder that was stopped in the middle of a write keeps everybody waiting until the server
    # ends its transaction, which takes less than a lease.
    lease = when_free(lambda: graph.write(work, timeout=max(60.0, seconds), run=run), control)
    asked = {"run": run, "job": job.id, "kind": job.kind, "source": job.source, "scorer": scorer}
    control.begun(run)
    events.debug("run_started", extra={"fields": asked})
    return lease


def _whereabouts() -> dict[str, Any]:
    """Where this run is at work, for people who wait for it."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # a container may run under a number that has no name
        user = f"user {os.getuid()}" if hasattr(os, "getuid") else "somebody"
    return {"host": platform.node(), "pid": os.getpid(), "user": user}


def count(transaction: Transaction, run: str, counters: Counters) -> None:
    """Adds a batch's counts to the record, in the batch's own transaction."""
    if any(counters.values()):
        transaction.run(COUNT_RUN, run=run, **asdict(counters))


def note(transaction: Transaction, run: str, notices: Iterable[RunNotice]) -> None:
    """Names things in the record; the same thing twice is named once."""
    rows = [
        {
            "key": named_key("notice", run, notice.kind, notice.subject, notice.detail),
            "kind": notice.kind.value,
            "subject": notice.subject,
            "detail": notice.detail,
            "many": notice.many,
        }
        for notice in notices
    ]
    if rows:
        transaction.run(WRITE_NOTICES, run=run, rows=rows)


def carry_out(
    graph: Graph,
    lease: Lease,
    control: Control,
    work: Callable[[], None],
    observed: Observed | None = None,
) -> RunRecord:
    """Does a run's work while its lease is kept, and records how it ended.

    observed: what its stages took, for the record.

    A run that was asked to stop is no error: its record says so.
    Errors: those of `work`, LeaseLostError.
    """
    try:
        with leases.kept(graph, lease):
            work()
    except BaseException as error:
        interrupted = isinstance(error, KeyboardInterrupt)
        status = RunStatus.INTERRUPTED if interrupted else RunStatus.FAILED
        # When the graph is what failed, its own error says more than that this failed too.
        with suppress(KgEnrichError):
            finish(graph, lease, status, str(error) or type(error).__name__, observed)
        raise
    if not control.stopped:
        return finish(graph, lease, RunStatus.SUCCEEDED, "", observed)
    why = "" if control.stop.is_set() else OUT_OF_TIME
    return finish(graph, lease, RunStatus.INTERRUPTED, why, observed)


def finish(
    graph: Graph,
    lease: Lease,
    status: RunStatus,
    error: str = "",
    observed: Observed | None = None,
) -> RunRecord:
    """Closes the record, gives the lease back, and returns the record."""

    def work(transaction: Transaction) -> None:
        end(transaction, lease.run, status, error, observed=observed)
        leases.release(transaction, lease)

    graph.write(work, run=lease.run)
    closed = read(graph, lease.run)
    events.debug("run_finished", extra={"fields": _finished(closed)})
    return closed


def _finished(record: RunRecord) -> dict[str, Any]:
    return {
        "run": record.id,
        "job": record.job,
        "status": record.status.value,
        "seconds": record.seconds,
        **asdict(record.counters),
        "stages": {stage.value: seconds for stage, seconds in record.stages.items()},
    }


def end(
    transaction: Transaction,
    run: str,
    status: RunStatus,
    error: str,
    at: Any = None,
    observed: Observed | None = None,
) -> None:
    """Closes a run's record, with how the run ended. at: when, by Neo4j's clock; None is now."""
    properties = {} if observed is None else observed.properties()
    transaction.run(
        FINISH_RUN, run=run, status=status.value, error=error, at=at, observed=properties
    )


def read(graph: Graph, run: str) -> RunRecord:
    """A run's record. Errors: NotThereError when there is none of this id."""
    return record(read_row(graph, run))


def read_row(graph: Graph, run: str) -> Row:
    """A run's row of `read_run`. Errors: NotThereError when there is none of this id."""
    rows = graph.read(READ_RUN, run=run)
    if not rows:
        raise NotThereError(f"There is no run {run} (any more); `kg-enrich runs` lists them.")
    return rows[0]


def record(row: Row) -> RunRecord:
    """A record from a row of `read_run` or `read_runs`."""
    run = row["run"]
    return RunRecord(
        id=run["id"],
        job=row["job"],
        status=RunStatus(run["status"]),
        scorer=run["scorer"],
        counters=Counters(**{name: run[name] for name in Counters.__slots__}),
        seconds=row["seconds"],
        error=run["error"],
        notices={Notice(kind): many for kind, many in row["notices"]},
        stages={s: run[f"{s}Seconds"] for s in Stage if f"{s}Seconds" in run},
        scores=tuple(run.get("scores", ())),
    )
