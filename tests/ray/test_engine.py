"""The Ray engine: the same graph as the local one, whatever is killed."""

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from kg_enrich.graph.connection import Graph
from kg_enrich.models import Counters
from tests.graph.test_overlap import contradictions, lay_out, lost_entries
from tests.ray.processes import Cluster, Driver
from tests.support.graphs import ask, empty, run_table, snapshot
from tests.support.neo4j_server import Neo4jServer
from tests.support.worker import SlowScorer
from tests.support.workers import runs, written_by

DOCUMENTS = 40
PAIRS = DOCUMENTS * 8
RECORDS = ("EnrichmentJob", "EnrichmentRun", "EvidenceUndo", "RunNotice")


@pytest.fixture(scope="module")
def nodes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """The cluster of all tests here."""
    one = Cluster(tmp_path_factory.mktemp("cluster"))
    try:
        yield one
    finally:
        one.close()


@pytest.fixture
def cluster(nodes: Cluster) -> Cluster:
    """Two nodes."""
    nodes.ask("two")
    return nodes


@contextmanager
def driver(
    cluster: Cluster, server: Neo4jServer, folder: Path, *arguments: str
) -> Iterator[Driver]:
    one = Driver(server, folder, cluster.address, *arguments)
    try:
        yield one
    finally:
        one.close()


@pytest.fixture(scope="module")
def alone(migrated: Neo4jServer, tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """What the local engine leaves."""
    folder = tmp_path_factory.mktemp("alone")
    with Graph(*migrated) as graph:
        empty(graph)
        lay_out(graph, folder, DOCUMENTS)
        _run_locally(graph, folder)
        return _stored(graph)


def _run_locally(graph: Graph, folder: Path) -> Counters:
    scorer = SlowScorer("table-2", 0.0, (0, 1), quiet=True)
    return run_table(graph, folder, scorer).counters


def _stored(graph: Graph) -> set[str]:
    return snapshot(graph, *RECORDS)


def test_it_comes_to_what_the_local_engine_comes_to(
    graph: Graph, tmp_path: Path, migrated: Neo4jServer, alone: set[str], cluster: Cluster
) -> None:
    lay_out(graph, tmp_path, DOCUMENTS)
    with driver(cluster, migrated, tmp_path, "--send-images") as one:
        ended = one.hear("ended")
    assert (ended["ended"], ended["scored"], ended["failed"]) == ("succeeded", PAIRS, 0)
    assert ended["documents"] == DOCUMENTS
    assert _stored(graph) == alone
    again = _run_locally(graph, tmp_path)
    assert (again.scored, again.published) == (0, 0)
    assert _stored(graph) == alone


def test_a_worker_an_actor_and_a_node_are_killed(
    graph: Graph, tmp_path: Path, migrated: Neo4jServer, alone: set[str], cluster: Cluster
) -> None:
    lay_out(graph, tmp_path, DOCUMENTS)
    with driver(cluster, migrated, tmp_path, "--seconds", "0.03") as one:
        cluster.reader().kill()
        one.hear("written")
        scorer = next((tmp_path / "scratch").glob("scorer-*"))
        os.kill(int(scorer.name.partition("-")[2]), signal.SIGKILL)
        cluster.ask("node")
        ended = one.hear("ended")
    assert (ended["ended"], ended["failed"]) == ("succeeded", 0)
    assert ended["scored"] == PAIRS
    assert _stored(graph) == alone


def test_a_driver_that_was_killed_writes_no_more(
    graph: Graph, tmp_path: Path, migrated: Neo4jServer, alone: set[str], cluster: Cluster
) -> None:
    lay_out(graph, tmp_path, DOCUMENTS)
    with driver(cluster, migrated, tmp_path, "--seconds", "0.1", "--lease", "3") as one:
        one.hear("written")
        one.process.kill()
        one.process.wait(30)
    dead = runs(graph)[-1]["id"]
    left = written_by(graph, dead)
    assert len([key for key in left if key != dead]) > 0
    time.sleep(3.5)
    assert written_by(graph, dead) == left
    # The next run does what is left; the pairs of one document raise, and fail alone.
    with driver(cluster, migrated, tmp_path, "--behave", "raise", "--lease", "3") as one:
        ended = one.hear("ended")
    assert ended["ended"] == "succeeded"
    assert 0 < ended["scored"] < ended["scored"] + ended["failed"] < PAIRS
    assert runs(graph)[-2]["status"] == "interrupted"
    assert _stored(graph) != alone
    assert _run_locally(graph, tmp_path).scored == ended["failed"]
    assert (lost_entries(graph), contradictions(graph)) == ([], {})
    assert _stored(graph) == alone


def test_a_pipeline_that_stands_still_is_ended(
    graph: Graph, tmp_path: Path, migrated: Neo4jServer, cluster: Cluster
) -> None:
    lay_out(graph, tmp_path, DOCUMENTS)
    with driver(cluster, migrated, tmp_path, "--behave", "hang", "--stall", "8") as one:
        assert "Nothing came back from the cluster for 8 s" in one.hear("error")["error"]
        assert one.process.wait(60) == 1
    assert runs(graph)[-1]["status"] == "failed"
    assert not ask(graph, "MATCH (j:EnrichmentJob) WHERE j.leaseUntil IS NOT NULL RETURN j")
