"""The Ray engine: the same graph as the local one, whatever is killed."""

import json
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from kg_enrich.graph.connection import Graph
from kg_enrich.models import Counters
from tests.graph.test_overlap import contradictions, lay_out, lost_entries
from tests.qwen_vl import checkpoints
from tests.ray.driver import READ, SCORE
from tests.ray.processes import Cluster, Driver
from tests.support.commands import call_process, environment
from tests.support.graphs import ask, empty, run_table, snapshot
from tests.support.neo4j_server import Neo4jServer
from tests.support.worker import SlowScorer
from tests.support.workers import expire, runs, written_by

DOCUMENTS = 40
PAIRS = DOCUMENTS * 8
JUDGED = (
    "MATCH (l:EvidenceLedger) UNWIND range(0, size(l.images) - 1) AS n "
    "RETURN l.document AS document, l.images[n] AS image, l.scores[n] AS score"
)
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
    scratch = tmp_path / "scratch"
    with driver(cluster, migrated, tmp_path, "--seconds", "0.03", "--hold") as one:
        cluster.reader().kill()
        (scratch / READ).touch()
        one.hear("written")
        scorer = next(scratch.glob("scorer-*"))
        os.kill(int(scorer.name.partition("-")[2]), signal.SIGKILL)
        cluster.ask("node")
        (scratch / SCORE).touch()
        ended = one.hear("ended")
    assert (ended["ended"], ended["failed"]) == ("succeeded", 0)
    assert ended["scored"] == PAIRS
    assert _stored(graph) == alone


def test_a_driver_that_was_killed_writes_no_more(
    graph: Graph, tmp_path: Path, migrated: Neo4jServer, alone: set[str], cluster: Cluster
) -> None:
    lay_out(graph, tmp_path, DOCUMENTS)
    (tmp_path / "scratch").mkdir()
    (tmp_path / "scratch" / READ).touch()
    with driver(cluster, migrated, tmp_path, "--hold") as one:
        one.hear("written")
        one.process.kill()
        one.process.wait()
    expire(graph)
    dead = runs(graph)[-1]["id"]
    left = written_by(graph, dead)
    assert len([key for key in left if key != dead]) > 0
    # What it left on the cluster, if anything, may go on.
    (tmp_path / "scratch" / SCORE).touch()
    # The next run does what is left; the pairs of one document raise, and fail alone.
    with driver(cluster, migrated, tmp_path, "--behave", "raise") as one:
        ended = one.hear("ended")
    assert written_by(graph, dead).keys() <= left.keys()
    assert ended["ended"] == "succeeded"
    assert 0 < ended["scored"] < ended["scored"] + ended["failed"] < PAIRS
    assert runs(graph)[-2]["status"] == "interrupted"
    assert _stored(graph) != alone
    assert _run_locally(graph, tmp_path).scored == ended["failed"]
    assert (lost_entries(graph), contradictions(graph)) == ([], {})
    assert _stored(graph) == alone


@pytest.mark.timeout(900)
@pytest.mark.parametrize("scorer", ["ocr", "qwen-vl"])
def test_real_scorers_judge_there_as_they_do_here(
    scorer: str,
    graph: Graph,
    migrated: Neo4jServer,
    cluster: Cluster,
    export: Path,
    readings: Path,
    tmp_path: Path,
) -> None:
    more = {"KG_ENRICH_CACHE_DIR": str(readings), "KG_ENRICH_SCORER": scorer}
    if scorer == "qwen-vl":
        more |= {
            "KG_ENRICH_MODEL": str(checkpoints.build(tmp_path / "model")),
            "KG_ENRICH_DEVICE": "cpu",
            "KG_ENRICH_DTYPE": "float32",
            "KG_ENRICH_SELF_TEST": "false",
        }
    env = environment(migrated, export, KG_ENRICH_CANDIDATES="all", KG_ENRICH_MIN_SCORE="1", **more)
    stored, scores = [], []
    for engine in ([], ["--engine", "ray", "--address", cluster.address]):
        empty(graph)
        assert call_process(env, export, "load", ".").code == 0
        ran = call_process(env, export, "run", "--json", *engine)
        assert ran.code == 0, ran.err
        assert json.loads(ran.out)["scored"] > 0
        # What people are asked is made anew by each run, and carries its name.
        stored.append(snapshot(graph, *RECORDS, "EvidenceQueueItem"))
        scores.append({(one["document"], one["image"]): one["score"] for one in ask(graph, JUDGED)})
    assert len(scores[0]) == 9
    # A model's last digits depend on what is in a batch with a pair.
    assert scores[0] == pytest.approx(scores[1], abs=1e-4, nan_ok=True)
    assert stored[0] == stored[1] or scorer == "qwen-vl"


def test_a_pipeline_that_stands_still_is_ended(
    graph: Graph, tmp_path: Path, migrated: Neo4jServer, cluster: Cluster
) -> None:
    lay_out(graph, tmp_path, DOCUMENTS)
    with driver(cluster, migrated, tmp_path, "--behave", "hang", "--stall", "8") as one:
        assert "Nothing came back from the cluster for 8 s" in one.hear("error")["error"]
        assert one.process.wait(240) == 1
    assert runs(graph)[-1]["status"] == "failed"
    assert not ask(graph, "MATCH (j:EnrichmentJob) WHERE j.leaseUntil IS NOT NULL RETURN j")
