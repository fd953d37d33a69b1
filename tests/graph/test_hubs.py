"""What is held back as a hub, and what a person's word is worth in a run."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event, Semaphore

from neo4j import GraphDatabase

from kg_enrich.enrich.pipeline import run
from kg_enrich.evidence.models import Policy
from kg_enrich.graph.connection import Graph
from kg_enrich.jobs.control import Control
from kg_enrich.jobs.runs import Job
from kg_enrich.models import DocumentId, Judgement, Notice, Pair, RunRecord, Scope
from kg_enrich.upkeep.publish import publish
from tests.support.graphs import (
    SOURCE,
    PatientScorer,
    TableScorer,
    ask,
    begin_source,
    evidence,
    make,
    run_table,
    table_parts,
)
from tests.support.neo4j_server import Neo4jServer
from tests.support.workers import until

TEXTS: dict[str | int, str] = {"a": "red lamp", "b": "pump", "c": "网络"}
CANDIDATES: dict[str | int, list[str | int]] = {"a": ["x", "y"], "b": ["y", "z"], "c": ["z"]}
SCORES = {("a", "x"): 9.0, ("a", "y"): 2.0, ("b", "y"): 5.0, ("b", "z"): 4.9, ("c", "z"): None}


def test_a_hub_is_held_back_whatever_the_order(graph: Graph, tmp_path: Path) -> None:
    documents: dict[str | int, str] = {f"d{n}": f"text {n}" for n in range(5)}
    make(graph, tmp_path, documents, {d: ["logo", f"own-{d}"] for d in documents})
    patient = PatientScorer()
    policy = Policy(max_documents=3)
    record = run_table(graph, tmp_path, patient, policy, control=patient.control, batch_pairs=1)
    assert set(evidence(graph)) == {(d, f"own-{d}") for d in documents}
    assert record.notices == {Notice.HELD_IMAGE: 1}
    again = TableScorer()
    run_table(graph, tmp_path, again, Policy(max_documents=3))
    assert again.asked == []
    assert set(evidence(graph)) == {(d, f"own-{d}") for d in documents}


def test_a_document_with_too_many_images_is_held_back(graph: Graph, tmp_path: Path) -> None:
    make(graph, tmp_path, TEXTS, {"a": ["x", "y", "z"], "b": ["x", "y"]})
    record = run_table(graph, tmp_path, TableScorer(), Policy(max_images=2))
    assert set(evidence(graph)) == {("b", "x"), ("b", "y")}
    assert record.notices == {Notice.HELD_DOCUMENT: 1}


def test_a_rejected_pair_stays_away_and_an_accepted_one_stays(graph: Graph, tmp_path: Path) -> None:
    make(graph, tmp_path, TEXTS, CANDIDATES)
    ask(
        graph,
        "MATCH (d:Document {id: 'a'}), (x:Image {id: 'x'}), (y:Image {id: 'y'}) "
        "CREATE (d)-[:REVIEWED {decision: 'reject'}]->(x), "
        "(d)-[:REVIEWED {decision: 'accept'}]->(y)",
    )
    run_table(graph, tmp_path, TableScorer(SCORES))
    assert evidence(graph) == {("a", "y"): 2.0, ("b", "y"): 5.0}


def test_the_next_best_takes_the_place_of_a_hub_and_may_be_one_too(
    graph: Graph, tmp_path: Path
) -> None:
    """Every document's best is the logo, then the form, then a picture of its own."""
    documents: dict[str | int, str] = {f"d{n}": f"text {n}" for n in range(5)}
    make(graph, tmp_path, documents, {d: ["logo", "form", f"own-{d}"] for d in documents})
    scores = {(str(d), "logo"): 9.0 for d in documents} | {(str(d), "form"): 8.0 for d in documents}
    policy = Policy(top_k=1, max_documents=3)
    patient = PatientScorer(scores)
    record = run_table(graph, tmp_path, patient, policy, control=patient.control, batch_pairs=1)
    own = {(d, f"own-{d}") for d in documents}
    assert set(evidence(graph)) == own
    assert record.notices == {Notice.HELD_IMAGE: 2}
    again = run_table(graph, tmp_path, TableScorer(scores), policy)
    assert (again.counters.published, again.counters.withdrawn) == (0, 0)
    for _ in range(2):
        published = publish(graph, SOURCE, {})
        assert (published.counters.published, published.counters.withdrawn) == (0, 0)
    publish(graph, SOURCE, {"max_documents": 5})
    assert set(evidence(graph)) == {(d, "logo") for d in documents}
    assert publish(graph, SOURCE, {"max_documents": 3}).notices == {Notice.HELD_IMAGE: 2}
    assert set(evidence(graph)) == own


def test_two_runs_that_pass_the_limit_together(
    graph: Graph, tmp_path: Path, migrated: Neo4jServer
) -> None:
    """Each adds the third of three documents, for neither sees what the other has not committed."""
    documents: dict[str | int, str] = {f"d{n}": f"text {n}" for n in range(4)}
    make(graph, tmp_path, documents, {d: ["logo", f"own-{d}"] for d in documents})
    policy = Policy(max_documents=3)
    begin_source(graph, policy)
    at_work, go = Semaphore(0), Event()

    class Waiting(TableScorer):
        def score(self, pairs: Sequence[Pair]) -> list[Judgement]:
            at_work.release()
            assert go.wait(60)
            return super().score(pairs)

    def enrich(scorer: TableScorer, *names: str) -> RunRecord:
        parts = table_parts(graph, tmp_path, scorer, policy, Scope(tuple(map(DocumentId, names))))
        # Nothing but the two writes is to wait for a lock: a lease is not renewed meanwhile.
        return run(parts, Job("backfill", SOURCE, parts.question.scope), Control(3600.0))

    enrich(TableScorer(), "d0", "d1")
    blocked = (
        "SHOW TRANSACTIONS YIELD status WHERE status STARTS WITH 'Blocked' RETURN count(*) AS many"
    )
    with (
        ThreadPoolExecutor(2) as pool,
        GraphDatabase.driver(migrated.uri, auth=migrated[1:]) as driver,
        driver.session() as other,
        other.begin_transaction() as blocking,
    ):
        runs = [pool.submit(enrich, Waiting(), name) for name in ("d2", "d3")]
        assert all(at_work.acquire(timeout=60) for _ in runs)
        # Both get as far as their counters, the last but one statement, and no further.
        blocking.run("MATCH (r:EnrichmentRun {status: 'running'}) SET r:EnrichmentRun").consume()
        go.set()
        until(lambda: ask(graph, blocked)[0]["many"] == 2)
        blocking.rollback()
        records = [one.result(60) for one in runs]
    assert set(evidence(graph)) == {(d, f"own-{d}") for d in documents}
    assert sum(record.notices.get(Notice.HELD_IMAGE, 0) for record in records) == 1
    assert sum(record.counters.withdrawn for record in records) == 4
