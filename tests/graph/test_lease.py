"""One run of a job at a time, between real processes."""

import os
import platform
import signal
import threading
from pathlib import Path

import pytest

from kg_enrich.errors import Interrupted, LeaseHeldError
from kg_enrich.graph.connection import Graph
from kg_enrich.jobs import runs as run_records
from kg_enrich.jobs.control import Control
from kg_enrich.models import RunStatus
from tests.support.graphs import SOURCE, ask, make
from tests.support.neo4j_server import Neo4jServer
from tests.support.workers import expire, runs, started, until, written_by

DOCUMENTS: dict[str | int, str] = {f"d{n}": f"text {n}" for n in range(8)}
HELD = LeaseHeldError.exit_code


@pytest.fixture
def folder(graph: Graph, tmp_path: Path) -> Path:
    make(graph, tmp_path, DOCUMENTS, {document: ["x"] for document in DOCUMENTS})
    return tmp_path


def test_of_two_processes_exactly_one_works(
    graph: Graph, folder: Path, migrated: Neo4jServer
) -> None:
    for _ in range(2):
        known = len(runs(graph))
        # Another scorer every round, so that there is something to do.
        paced = ("--paced", "--fingerprint", f"round-{known}")
        with started(migrated, folder, paced, paced) as workers:
            for worker in workers:
                worker.go()
            # Whoever works goes no further than its first batch before the other has ended.
            loser = workers[0 if workers[1].batch() else 1]
            assert loser.end() == HELD
            assert "is at work" in loser.errors()
            working = next(worker for worker in workers if worker is not loser)
            assert working.process.poll() is None
            working.hurry()
            assert working.end() == 0
        (new,) = runs(graph)[known:]
        assert (new["status"], new["scored"]) == ("succeeded", len(DOCUMENTS))


def test_waiting_runs_afterwards(graph: Graph, folder: Path, migrated: Neo4jServer) -> None:
    slow = ("--seconds", "0.1")
    with started(migrated, folder, slow, ("--wait",)) as (first, second):
        first.go()
        first.batch()
        second.go()
        assert (first.end(), second.end()) == (0, 0)
    one, two = runs(graph)
    assert two["started"] >= one["finished"]
    assert (one["scored"], two["scored"]) == (len(DOCUMENTS), 0)


def test_a_stop_ends_the_waiting(graph: Graph) -> None:
    job = run_records.Job("run", SOURCE)
    lease = run_records.start(graph, job, {}, Control(60.0), "table-1", "table-1")
    stop = threading.Event()
    stop.set()
    said: list[str] = []
    with pytest.raises(Interrupted, match="is at work"):
        run_records.start(graph, job, {}, Control(60.0, wait=True, stop=stop, say=said.append))
    (line,) = said
    assert line.startswith(f"Waiting. Run {lease.run} of the same job is at work (")
    assert f" on {platform.node()}, process {os.getpid()}, since " in line
    assert run_records.finish(graph, lease, RunStatus.SUCCEEDED).status is RunStatus.SUCCEEDED


def test_the_time_of_a_run_that_fell_silent_ends_with_its_lease(graph: Graph) -> None:
    job = run_records.Job("run", SOURCE)
    dead = run_records.start(graph, job, {}, Control(60.0), "table-1", "table-1")
    ask(
        graph,
        "MATCH (j:EnrichmentJob)-[:HAS_RUN]->(r:EnrichmentRun {id: $run}) "
        "SET r.startedAt = r.startedAt - duration('PT9H'), "
        "j.leaseUntil = j.leaseUntil - duration('PT8H')",
        run=dead.run,
    )
    hour = 3600.0
    assert hour < run_records.read(graph, dead.run).seconds < 2 * hour
    run_records.start(graph, job, {}, Control(60.0), "table-1", "table-1")
    closed = run_records.read(graph, dead.run)
    assert closed.status is RunStatus.INTERRUPTED
    assert hour < closed.seconds < 2 * hour


def test_the_lease_of_the_dead_is_taken_over_after_its_time(
    graph: Graph, folder: Path, migrated: Neo4jServer
) -> None:
    paced = ("--paced", "--lease", "200")
    with started(migrated, folder, paced, paced, ("--wait",)) as (first, early, patient):
        first.go()
        first.batch()
        first.go()
        first.batch()
        first.signal(signal.SIGKILL)
        first.end()
        early.go()
        assert early.end() == HELD
        (row,) = ask(
            graph,
            "MATCH (j:EnrichmentJob) "
            "RETURN duration.inSeconds(datetime.realtime(), j.leaseUntil).seconds AS left",
        )
        assert 0 < row["left"] <= 200
        patient.go()
        # As if all but a second of that had passed.
        ask(
            graph,
            "MATCH (j:EnrichmentJob) SET j.leaseUntil = datetime.realtime() + duration('PT1S')",
        )
        assert patient.end() == 0
    one, two = runs(graph)
    assert (one["status"], two["status"]) == ("interrupted", "succeeded")
    assert two["id"] in one["error"]


def test_a_sleeper_that_wakes_after_the_takeover_writes_nothing_more(
    graph: Graph, folder: Path, migrated: Neo4jServer
) -> None:
    # What it was writing when it fell asleep is ended by the server before its lease is over.
    with started(migrated, folder, ("--paced", "--lease", "20"), ("--wait",)) as workers:
        sleeper, successor = workers
        sleeper.go()
        for _ in range(3):
            sleeper.batch()
            sleeper.go()
        until(lambda: ask(graph, "MATCH (l:EvidenceLedger) RETURN l LIMIT 1"))
        sleeper.signal(signal.SIGSTOP)
        expire(graph)
        successor.go()
        until(lambda: len(runs(graph)) == 2)
        one, _ = runs(graph)
        before = written_by(graph, one["id"])
        sleeper.signal(signal.SIGCONT)
        sleeper.hurry()
        assert sleeper.end() == 1
        assert successor.end() == 0
        assert "lost its lease" in sleeper.errors()
    assert one["status"] == "interrupted"
    # What the successor judged again is no longer the sleeper's; nothing may have been added.
    assert written_by(graph, one["id"]).items() <= before.items()
    assert 0 < runs(graph)[1]["scored"] < len(DOCUMENTS)
