"""Undoing runs over a real graph."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest
from neo4j import GraphDatabase

from kg_enrich.answers import plain
from kg_enrich.answers import runs as answers
from kg_enrich.errors import GraphError, LeaseHeldError
from kg_enrich.evidence.models import Policy
from kg_enrich.graph.connection import Graph
from kg_enrich.jobs.control import Control
from kg_enrich.jobs.plan import Change
from kg_enrich.jobs.runs import Job, start
from kg_enrich.models import Notice
from kg_enrich.upkeep.prune import prune_source
from kg_enrich.upkeep.publish import publish
from kg_enrich.upkeep.rollback import plan_rollback, rollback
from tests.support.graphs import (
    SOURCE,
    PatientScorer,
    TableScorer,
    ask,
    begin_source,
    evidence,
    make,
    run_table,
    snapshot,
)
from tests.support.neo4j_server import Neo4jServer
from tests.support.workers import expire, until

DOCUMENTS: dict[str | int, str] = {f"d{n}": f"text {n}" for n in range(8)}
CANDIDATES: dict[str | int, list[str | int]] = {d: ["x", "y", "z", 7] for d in DOCUMENTS}
FIRST = {(str(d), "x"): 6.0 for d in DOCUMENTS} | {(str(d), "y"): None for d in DOCUMENTS}
# Lowered, added and withdrawn; images that qualified stay the same for the second half.
SECOND = {
    (str(d), str(i)): score
    for d in list(DOCUMENTS)[:5]
    for i, score in (("x", 5.5), ("y", 9.0), ("z", 2.0), (7, 7.5))
}
MAIN = "from kg_enrich.cli import main; main()"


def digest(graph: Graph) -> set[str]:
    """Every edge, ledger, hold and source exactly, down to the run and the times."""
    rows = ask(
        graph,
        "MATCH (d)-[r:HAS_EVIDENCE]->(i) "
        "RETURN toString(d.id) + ' ' + toString(i.id) AS what, properties(r) AS properties "
        "UNION ALL MATCH (n) WHERE n:EvidenceLedger OR n:EvidenceHold OR n:EvidenceSource "
        "RETURN labels(n)[0] AS what, "
        "n {.*, judgedAt: n.judgedAt.epochMillis} AS properties",
    )
    return {repr((row["what"], sorted(_lasting(row["properties"])))) for row in rows}


def _lasting(properties: Mapping[str, Any]) -> Iterable[tuple[str, Any]]:
    """Without when the queue was last made right, which a rollback makes right again."""
    return ((k, v) for k, v in properties.items() if k not in ("queuedAt", "queuedBy"))


@pytest.fixture
def judged(graph: Graph, tmp_path: Path) -> Graph:
    """A graph after a first run, whose edges have little in common."""
    make(graph, tmp_path, DOCUMENTS, CANDIDATES)
    run_table(graph, tmp_path, TableScorer(FIRST))
    ask(
        graph,
        "MATCH ()-[r:HAS_EVIDENCE]->() WITH r ORDER BY r.key WITH collect(r) AS edges "
        "UNWIND range(0, size(edges) - 1) AS n WITH n, edges[n] AS r "
        "SET r.model = 'model ' + n % 2, r.createdAt = datetime({epochSeconds: n / 3})",
    )
    return graph


@pytest.fixture
def before(judged: Graph) -> set[str]:
    return digest(judged)


@pytest.fixture
def second(judged: Graph, before: set[str], tmp_path: Path) -> str:
    """The id of a second run, by another model, that changed edges in every way."""
    assert before
    scorer = PatientScorer(SECOND, fingerprint="table-2", model="table-2")
    record = run_table(judged, tmp_path, scorer, control=scorer.control, batch_pairs=1)
    assert record.counters.withdrawn == 5
    assert digest(judged) != before
    return record.id


def test_everything_is_as_it_was(judged: Graph, before: set[str], second: str) -> None:
    record = rollback(judged, second)
    assert digest(judged) == before
    assert record.counters.withdrawn > 0 < record.counters.published
    rows = ask(judged, "MATCH (r:EnrichmentRun {id: $id}) RETURN r AS run", id=second)
    assert (rows[0]["run"]["status"], rows[0]["run"]["rolledBackBy"]) == ("succeeded", record.id)
    again = rollback(judged, second)
    assert digest(judged) == before
    assert (again.counters.published, again.counters.withdrawn) == (0, 0)


def test_publishing_does_not_undo_the_undo(judged: Graph, before: set[str], second: str) -> None:
    rollback(judged, second)
    publish(judged, SOURCE, {})
    assert digest(judged) == before


def test_the_first_run_leaves_nothing_behind(graph: Graph, tmp_path: Path) -> None:
    make(graph, tmp_path, DOCUMENTS, CANDIDATES)
    begin_source(graph, Policy(max_documents=7))
    before = digest(graph)
    record = run_table(graph, tmp_path, TableScorer())
    assert record.notices[Notice.HELD_IMAGE] == 4
    rollback(graph, record.id)
    assert digest(graph) == before


def test_a_rolled_back_run_may_be_rolled_back_further(
    judged: Graph, second: str, before: set[str]
) -> None:
    (first,) = ask(
        judged, "MATCH (r:EnrichmentRun) WHERE r.id <> $second RETURN r.id AS id", second=second
    )
    with pytest.raises(GraphError, match=r"things that run .* wrote were changed since, for exa"):
        rollback(judged, first["id"])
    rollback(judged, second)
    rollback(judged, first["id"])
    assert evidence(judged) == {}
    assert ask(judged, "MATCH (l:EvidenceLedger) RETURN l") == []


def test_publishing_is_undone_with_its_policy_and_holds(judged: Graph, before: set[str]) -> None:
    record = publish(judged, SOURCE, {"min_score": 6.5, "max_documents": 6})
    assert evidence(judged) == {}
    rollback(judged, record.id)
    assert digest(judged) == before
    held = publish(judged, SOURCE, {"max_documents": 6})
    between = digest(judged)
    record = publish(judged, SOURCE, {"max_documents": 8})
    rollback(judged, record.id)
    assert digest(judged) == between
    rollback(judged, held.id)
    assert digest(judged) == before


def test_pruning_is_undone(judged: Graph, before: set[str]) -> None:
    record = prune_source(judged, SOURCE)
    assert digest(judged) == set()
    rollback(judged, record.id)
    assert digest(judged) == before


@pytest.mark.parametrize(
    ("decision", "image"), [("reject", "y"), ("reject", "z"), ("accept", "y"), ("accept", "z")]
)
def test_a_persons_word_is_not_undone(
    judged: Graph, before: set[str], second: str, decision: str, image: str
) -> None:
    """y was added by the run, z withdrawn."""
    ask(
        judged,
        "MATCH (d:Document {id: 'd1'}), (i:Image {id: $image}) "
        "CREATE (d)-[:REVIEWED {decision: $decision, at: datetime.realtime()}]->(i)",
        image=image,
        decision=decision,
    )
    publish(judged, SOURCE, {})
    untouched = digest(judged)
    with pytest.raises(GraphError, match="for d1"):
        rollback(judged, second)
    assert digest(judged) == untouched
    rollback(judged, second, force=True)
    there = {i for d, i in evidence(judged) if d == "d1"}
    assert (image in there) == (decision == "accept")
    assert there - {image} == {"x", 7} | ({"z"} - {image})


def test_force_undoes_what_was_changed_since(judged: Graph, before: set[str], second: str) -> None:
    ask(judged, "MATCH (:Document {id: 'd1'})-[r:HAS_EVIDENCE]->() DELETE r")
    ask(judged, "MATCH (l:EvidenceLedger {document: 'd2'}) SET l.runId = 'somebody'")
    with pytest.raises(GraphError, match="4 things"):
        rollback(judged, second)
    rollback(judged, second, force=True)
    assert digest(judged) == before


def test_what_is_gone_is_left_out_and_named(judged: Graph, second: str) -> None:
    ask(judged, "MATCH (d:Document {id: 'd1'}) DETACH DELETE d")
    record = rollback(judged, second)
    assert {d for d, _ in evidence(judged)} == set(DOCUMENTS) - {"d1"}
    assert record.notices == {Notice.VANISHED: 3}


def test_only_runs_that_are_there_and_done(judged: Graph, second: str) -> None:
    with pytest.raises(GraphError, match="There is no run nonsense"):
        rollback(judged, "nonsense")
    lease = start(judged, Job("backfill", SOURCE), {}, Control(60.0), "table-1")
    with pytest.raises(LeaseHeldError, match="is at work: stop it first"):
        rollback(judged, lease.run)


def test_a_run_that_died_is_fenced_out(judged: Graph, before: set[str], tmp_path: Path) -> None:
    lease = start(judged, Job("run", SOURCE), {}, Control(60.0), "table-1")
    ask(
        judged,
        "MATCH (j:EnrichmentJob {leaseRun: $run}) SET j.leaseUntil = datetime.realtime()",
        run=lease.run,
    )
    rollback(judged, lease.run)
    rows = ask(
        judged,
        "MATCH (j:EnrichmentJob)-[:HAS_RUN]->(r:EnrichmentRun {id: $run}) "
        "RETURN j.leaseRun = $run AS holds, r.status AS status",
        run=lease.run,
    )
    assert rows == [{"holds": False, "status": "interrupted"}]


def test_a_stop_leaves_a_rest_for_the_next(judged: Graph, before: set[str], second: str) -> None:
    stop = threading.Event()
    stopping = Control(stop=stop, progress=lambda _, __: stop.set())
    rollback(judged, second, control=stopping)
    assert digest(judged) != before
    rollback(judged, second)
    assert digest(judged) == before


def test_plan_writes_nothing_and_tells_what_rollback_does(judged: Graph, second: str) -> None:
    graph_before = snapshot(judged)
    plan = plain(answers.plan(plan_rollback(judged, second)))
    assert snapshot(judged) == graph_before
    assert plan["raise"]["examples"][0] == {"document": "d0", "image": "x", "from": 5.5, "to": 6.0}
    counts = {kind: plan[kind]["count"] for kind in ("add", "raise", "lower", "withdraw")}
    assert counts == {"add": 5, "raise": 5, "lower": 8, "withdraw": 8}
    record = rollback(judged, second)
    assert record.counters.withdrawn == plan["withdraw"]["count"]
    published = sum(plan[kind]["count"] for kind in ("add", "raise", "lower", "renew"))
    assert record.counters.published == published


def test_a_killed_rollback_goes_on_where_it_stopped(
    judged: Graph, before: set[str], second: str, migrated: Neo4jServer
) -> None:
    environment = {
        **os.environ,
        "NEO4J_URI": migrated.uri,
        "NEO4J_USERNAME": migrated.username,
        "NEO4J_PASSWORD": migrated.password,
    }
    command = [sys.executable, "-c", MAIN, "rollback", second, "--wait"]
    left = "MATCH (:EnrichmentRun {id: $id})-[:CHANGED]->(u) RETURN count(u) AS chunks"
    with (
        GraphDatabase.driver(migrated.uri, auth=migrated[1:]) as driver,
        driver.session() as other,
        other.begin_transaction() as blocking,
    ):
        # Newest chunks first: it waits for the lock when half of the documents are done.
        blocking.run("MATCH (d:Document {id: 'd3'}) SET d:Document").consume()
        with subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL) as process:
            try:
                until(lambda: ask(judged, left, id=second) == [{"chunks": 4}])
                assert process.poll() is None
            finally:
                process.send_signal(signal.SIGKILL)
            assert process.wait() == -signal.SIGKILL
    assert ask(judged, left, id=second) == [{"chunks": 4}]
    assert digest(judged) != before
    expire(judged)
    assert subprocess.run(command, env=environment, capture_output=True).returncode == 0
    assert digest(judged) == before


@pytest.mark.parametrize("accepted", [False, True])
def test_what_a_later_run_holds_back_is_not_published_again(
    judged: Graph, second: str, tmp_path: Path, accepted: bool
) -> None:
    """The second run withdrew z from five documents; the later one finds that z is a hub."""
    begin_source(judged, Policy(max_documents=4))
    make(
        judged, tmp_path, {f"e{n}": f"new {n}" for n in range(2)}, {f"e{n}": ["z"] for n in (0, 1)}
    )
    later = run_table(judged, tmp_path, TableScorer(), job=Job("backfill", SOURCE))
    assert later.notices[Notice.HELD_IMAGE] >= 1
    assert {d for d, i in evidence(judged) if i == "z"} == set()
    if accepted:
        ask(
            judged,
            "MATCH (d:Document {id: 'd1'}), (i:Image {id: 'z'}) "
            "CREATE (d)-[:REVIEWED {decision: 'accept', at: datetime.realtime()}]->(i)",
        )
    plan = plan_rollback(judged, second)
    record = rollback(judged, second, force=True)
    assert {d for d, i in evidence(judged) if i == "z"} == ({"d1"} if accepted else set())
    assert plan.held > 0 < record.notices[Notice.HELD_IMAGE]
    assert plan.counts[Change.WITHDRAW] == record.counters.withdrawn
    published = sum(plan.counts[c] for c in Change if c is not Change.WITHDRAW)
    assert published == record.counters.published
    held = ask(judged, "MATCH (h:EvidenceHold {image: 'z'}) RETURN h.runId AS run")
    assert held == [{"run": later.id}]
