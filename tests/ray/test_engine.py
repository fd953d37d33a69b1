"""The Ray engine: the same graph as the local one, whatever is killed."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

import psutil
import pytest

from kg_enrich.graph.connection import Graph
from tests.graph.test_overlap import contradictions, lay_out, lost_entries
from tests.support.graphs import ask, empty, run_table, snapshot
from tests.support.neo4j_server import Neo4jServer
from tests.support.worker import SlowScorer
from tests.support.workers import ROOT, runs, until, written_by

DOCUMENTS = 60
PAIRS = DOCUMENTS * 8
RECORDS = ("EnrichmentJob", "EnrichmentRun", "EvidenceUndo", "RunNotice")


class Driver:
    """A run on a cluster of its own; see `tests.ray.driver`."""

    def __init__(self, server: Neo4jServer, folder: Path, *arguments: str) -> None:
        self.heard: list[dict[str, Any]] = []
        self.orphans: list[psutil.Process] = []
        self.errors = (folder / "driver.log").open("w+")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.ray.driver", str(folder), *arguments],
            cwd=ROOT,
            env={**os.environ, "WORKER_URI": server.uri, "WORKER_PASSWORD": server.password},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.errors,
            text=True,
            start_new_session=True,
        )

    def hear(self, what: str) -> Any:
        """Waits until the driver says so, and gives what it says."""
        while True:
            line = _pipe(self.process.stdout).readline()
            if not line:
                self.errors.seek(0)
                raise AssertionError(f"never heard {what!r}: {self.heard} {self.errors.read()}")
            self.heard.append(json.loads(line))
            if what in self.heard[-1]:
                return self.heard[-1]

    def kill(self, what: str) -> None:
        # What a driver leaves behind when it is killed is Ray's, and for us to end.
        self.orphans = psutil.Process(self.process.pid).children(recursive=True)
        _pipe(self.process.stdin).write(f"{what}\n")
        _pipe(self.process.stdin).flush()
        if what != "driver":
            self.hear("killed")

    def close(self) -> None:
        """Waits until the cluster is shut down; ends what is left after a while."""
        with suppress(psutil.Error):
            self.orphans += psutil.Process(self.process.pid).children(recursive=True)
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(20)
        self.process.kill()
        self.process.wait()
        for process in self.orphans:
            with suppress(psutil.Error):
                process.kill()
        self.errors.close()


@contextmanager
def driver(server: Neo4jServer, folder: Path, *arguments: str) -> Iterator[Driver]:
    one = Driver(server, folder, *arguments)
    try:
        yield one
    finally:
        one.close()
        for pipe in (one.process.stdin, one.process.stdout):
            _pipe(pipe).close()


@pytest.fixture
def alone(graph: Graph, tmp_path: Path) -> set[str]:
    """What the local engine leaves; the graph is as before."""
    lay_out(graph, tmp_path, DOCUMENTS)
    before = _stored(graph)
    run_table(graph, tmp_path, SlowScorer("table-2", 0.0, (0, 1), quiet=True))
    alone = snapshot(graph, *RECORDS)
    empty(graph)
    lay_out(graph, tmp_path, DOCUMENTS)
    assert _stored(graph) == before
    return alone


def _stored(graph: Graph) -> set[str]:
    return snapshot(graph, *RECORDS)


def test_it_comes_to_what_the_local_engine_comes_to(
    graph: Graph, tmp_path: Path, migrated: Neo4jServer, alone: set[str]
) -> None:
    with driver(migrated, tmp_path, "--send-images") as one:
        ended = one.hear("ended")
    assert (ended["ended"], ended["scored"], ended["failed"]) == ("succeeded", PAIRS, 0)
    assert ended["documents"] == DOCUMENTS
    assert _stored(graph) == alone
    again = run_table(graph, tmp_path, SlowScorer("table-2", 0.0, (0, 1), quiet=True))
    assert (again.counters.scored, again.counters.published) == (0, 0)
    assert _stored(graph) == alone


def test_a_worker_an_actor_and_a_node_are_killed(
    graph: Graph, tmp_path: Path, migrated: Neo4jServer, alone: set[str]
) -> None:
    with driver(migrated, tmp_path, "--seconds", "0.03") as one:
        one.kill("reader")
        one.hear("written")
        one.kill("scorer")
        one.kill("node")
        ended = one.hear("ended")
    assert (ended["ended"], ended["failed"]) == ("succeeded", 0)
    assert ended["scored"] == PAIRS
    assert _stored(graph) == alone


def test_a_driver_that_was_killed_writes_no_more(
    graph: Graph, tmp_path: Path, migrated: Neo4jServer, alone: set[str]
) -> None:
    with driver(migrated, tmp_path, "--seconds", "0.05", "--lease", "3") as one:
        one.hear("written")
        one.kill("driver")
        one.process.wait(30)
    dead = runs(graph)[-1]["id"]
    left = written_by(graph, dead)
    assert len([key for key in left if key != dead]) > 0
    time.sleep(3.5)
    assert written_by(graph, dead) == left
    # The next run, on a cluster of its own, does what is left; some pairs raise, and fail alone.
    with driver(migrated, tmp_path, "--behave", "raise", "--lease", "3") as one:
        ended = one.hear("ended")
    assert ended["ended"] == "succeeded"
    assert ended["scored"] + ended["failed"] < PAIRS
    assert runs(graph)[-2]["status"] == "interrupted"
    if ended["failed"]:
        assert _stored(graph) != alone
        run_table(graph, tmp_path, SlowScorer("table-2", 0.0, (0, 1), quiet=True))
    assert (lost_entries(graph), contradictions(graph)) == ([], {})
    assert _stored(graph) == alone


def test_a_pipeline_that_stands_still_is_ended(
    graph: Graph, tmp_path: Path, migrated: Neo4jServer
) -> None:
    lay_out(graph, tmp_path, DOCUMENTS)
    (tmp_path / "scratch").mkdir()
    (tmp_path / "scratch" / "hang").touch()
    with driver(migrated, tmp_path, "--behave", "hang", "--stall", "8") as one:
        assert "Nothing came back from the cluster for 8 s" in one.hear("error")["error"]
        assert one.process.wait(60) == 1
    assert runs(graph)[-1]["status"] == "failed"
    until(lambda: not ask(graph, "MATCH (j:EnrichmentJob) WHERE j.leaseUntil IS NOT NULL RETURN j"))


def _pipe(pipe: IO[str] | None) -> IO[str]:
    assert pipe is not None
    return pipe
