"""The runs there have been, and how far the running ones are."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kg_enrich.errors import NotThereError
from kg_enrich.graph.connection import Graph, Row
from kg_enrich.graph.queries import query
from kg_enrich.jobs.runs import record
from kg_enrich.models import Notice, RunNotice, RunRecord, RunStatus

READ_RUNS = query("read_runs")
PAGE_RUNS = query("page_runs")
FIND_RUNS = query("find_runs")
COUNT_RUNS = query("count_runs")
READ_RUN_NOTICES = query("read_run_notices")

# Behind every run.
_NEWEST = "9999-12-31T00:00:00Z"


@dataclass(frozen=True, slots=True)
class LeaseState:
    """Whether a running run still renews its lease.

    seconds: until the lease ends, or since it ended (the run fell silent before that, and the
    next one of its job takes over); None when another run has taken it already.
    """

    alive: bool
    seconds: float | None


@dataclass(frozen=True, slots=True)
class PastRun:
    """A run's record, with when it was and what it was asked to do.

    started, finished: ISO times. settings: as the run was given them. lease: of a running one.
    group, shard: of a run that does a part (I/N); the runs of all parts are a group.
    """

    record: RunRecord
    kind: str
    source: str
    started: str
    finished: str | None
    settings: Mapping[str, Any]
    lease: LeaseState | None
    group: str | None = None
    shard: str | None = None


@dataclass(frozen=True, slots=True)
class History:
    """Runs, the newest first. total: how many there are in all."""

    total: int
    runs: list[PastRun]


@dataclass(frozen=True, slots=True)
class RunDetail:
    """One run, with the first of the things that it met; `run.record.notices` counts them all."""

    run: PastRun
    notices: list[RunNotice]


def read_history(
    graph: Graph, limit: int, after: str | None = None, group: str | None = None
) -> History:
    """The newest runs, `limit` at most; a running one with its counters so far.

    after: a run's id; those that began before it. group: those of this group alone.
    Errors: NotThereError when there is no such group.
    """
    total = graph.read(COUNT_RUNS, group=group)[0]["runs"]
    if group is not None and not total:
        raise NotThereError(
            f"No run belongs to a group {group!r}: `kg-enrich runs --json` says which."
        )
    return History(total, page_runs(graph, limit, after, group))


def page_runs(
    graph: Graph, limit: int, after: str | None = None, group: str | None = None
) -> list[PastRun]:
    """The next runs, the newest first, `limit` at most; nothing is counted.

    after: a run's id; those that began before it, none when it is gone. group: those of this group
    alone.
    """
    at, last = _NEWEST, ""
    if after is not None:
        rows = graph.read(READ_RUNS, ids=[after])
        if not rows:
            return []
        at, last = rows[0]["started"], after
    found = graph.read(PAGE_RUNS, at=at, id=last, group=group, limit=limit)
    rows = graph.read(READ_RUNS, ids=[row["id"] for row in found])
    return [_past_run(row) for row in rows]


def read_detail(graph: Graph, identifier: str, limit: int) -> RunDetail:
    """One run whole, with `limit` notices at most.

    identifier: the run's id or its beginning. Errors: NotThereError when it means none, or several.
    """
    found = graph.read(FIND_RUNS, prefix=identifier, limit=2)
    rows = graph.read(READ_RUNS, ids=[row["id"] for row in found])
    if len(rows) != 1:
        many = "No run's" if not rows else "More than one run's"
        raise NotThereError(f"{many} id begins with {identifier!r}: `kg-enrich runs` lists them.")
    run = _past_run(rows[0])
    notices = graph.read(READ_RUN_NOTICES, run=run.record.id, limit=limit)
    return RunDetail(
        run,
        [
            RunNotice(Notice(row["kind"]), row["subject"], row["detail"], row["many"])
            for row in notices
        ],
    )


def _past_run(row: Row) -> PastRun:
    run = row["run"]
    return PastRun(
        record(row),
        run["kind"],
        run["source"],
        row["started"],
        row["finished"],
        json.loads(run["settings"]),
        _lease(row) if run["status"] == RunStatus.RUNNING else None,
        run.get("group"),
        run.get("shard"),
    )


def _lease(row: Row) -> LeaseState:
    seconds = row["leaseSeconds"]
    return LeaseState(
        seconds is not None and seconds > 0, None if seconds is None else abs(seconds)
    )
