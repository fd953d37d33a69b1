"""Publishing again, and pruning, over a real graph; no scorer is asked."""

import json
import signal
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from neo4j import GraphDatabase

from kg_enrich.answers import plain
from kg_enrich.answers import runs as answers
from kg_enrich.errors import BrakeError, SettingsError
from kg_enrich.evidence.models import Policy
from kg_enrich.evidence.sources import read_policy
from kg_enrich.graph.connection import Graph
from kg_enrich.identity import evidence_key
from kg_enrich.jobs.control import Control
from kg_enrich.models import DocumentId, ImageId, Judgement, Notice, Pair, RunStatus
from kg_enrich.upkeep.publish import plan_publish, publish
from kg_enrich.upkeep.rollback import rollback
from tests.support.commands import COMMAND, call, environment
from tests.support.graphs import (
    SOURCE,
    TableScorer,
    ask,
    begin_source,
    evidence,
    make,
    run_table,
    snapshot,
)
from tests.support.neo4j_server import Neo4jServer
from tests.support.workers import expire, started, until

TEXTS: dict[str | int, str] = {"a": "red lamp", "b": "pump", 3: "网络"}
CANDIDATES: dict[str | int, list[str | int]] = {"a": ["x", "y"], "b": ["y", "z"], 3: ["z", 7]}
SCORES = {
    ("a", "x"): 9.0,
    ("a", "y"): 2.0,
    ("b", "y"): 5.0,
    ("b", "z"): 4.9,
    ("3", "z"): None,
    ("3", "7"): 8.0,
}
RUNS = ("EnrichmentRun", "EnrichmentJob", "EvidenceUndo", "RunNotice")


@pytest.fixture
def judged(graph: Graph, tmp_path: Path) -> Graph:
    """A graph whose pairs are all on record."""
    make(graph, tmp_path, TEXTS, CANDIDATES)
    run_table(graph, tmp_path, TableScorer(SCORES))
    assert evidence(graph) == {("a", "x"): 9.0, ("b", "y"): 5.0, (3, 7): 8.0}
    return graph


def same_after(graph: Graph, again: Callable[[], object]) -> bool:
    """Whether calling again leaves the graph as it is, but for the record of it."""
    before = snapshot(graph, *RUNS)
    again()
    return snapshot(graph, *RUNS) == before


def test_a_lower_minimum_publishes_from_the_ledgers(judged: Graph) -> None:
    record = publish(judged, SOURCE, {"min_score": 4.5})
    assert evidence(judged) == {
        ("a", "x"): 9.0,
        ("b", "y"): 5.0,
        ("b", "z"): 4.9,
        (3, 7): 8.0,
    }
    assert record.status is RunStatus.SUCCEEDED
    counters = record.counters
    assert (counters.documents, counters.published, counters.withdrawn) == (3, 1, 0)
    assert read_policy(judged.read, SOURCE) == Policy(min_score=4.5)
    assert same_after(judged, lambda: publish(judged, SOURCE, {"min_score": 4.5}))


def test_what_is_left_out_stays_as_it_was(judged: Graph) -> None:
    publish(judged, SOURCE, {"min_score": 0.0, "max_images": 50})
    publish(judged, SOURCE, {"top_k": 1})
    assert evidence(judged) == {("a", "x"): 9.0, ("b", "y"): 5.0, (3, 7): 8.0}
    assert read_policy(judged.read, SOURCE) == Policy(0.0, 1, max_images=50)
    publish(judged, SOURCE, {"top_k": None})
    assert len(evidence(judged)) == 5


def test_the_next_run_has_nothing_to_do(judged: Graph, tmp_path: Path) -> None:
    publish(judged, SOURCE, {"min_score": 8.5})
    scorer = TableScorer(SCORES)
    assert same_after(judged, lambda: run_table(judged, tmp_path, scorer))
    assert scorer.asked == []
    assert evidence(judged) == {("a", "x"): 9.0}


def test_a_run_that_began_before_follows_the_new_policy(graph: Graph, tmp_path: Path) -> None:
    make(graph, tmp_path, TEXTS, CANDIDATES)

    class Meanwhile(TableScorer):
        def score(self, pairs: Sequence[Pair]) -> list[Judgement]:
            publish(graph, SOURCE, {"min_score": 8.5})
            return super().score(pairs)

    run_table(graph, tmp_path, Meanwhile(SCORES))
    assert evidence(graph) == {("a", "x"): 9.0}


def test_edges_are_mended_and_entries_of_gone_images_dropped(judged: Graph) -> None:
    ask(judged, "MATCH ()-[r:HAS_EVIDENCE]->(:Image {id: 'x'}) DELETE r")
    ask(judged, "MATCH (i:Image {id: 'z'}) DETACH DELETE i")
    ask(
        judged,
        "UNWIND $rows AS row MATCH (a:Document {id: 'a'}), (i:Image {id: row.image}) "
        "CREATE (a)-[:HAS_EVIDENCE {key: row.key, source: $source, score: 9.9, "
        "confidence: 0.99, reason: '', fingerprint: 1, runId: ''}]->(i)",
        source=SOURCE,
        rows=[
            {"image": image, "key": evidence_key(DocumentId("a"), ImageId(str(image)), SOURCE)}
            for image in ("y", 7)
        ],
    )
    publish(judged, SOURCE, {})
    assert evidence(judged) == {("a", "x"): 9.0, ("b", "y"): 5.0, (3, 7): 8.0}
    rows = ask(judged, "MATCH (l:EvidenceLedger) RETURN l.document AS d, l.images AS images")
    assert {row["d"]: row["images"] for row in rows} == {"a": ["x", "y"], "b": ["y"], "3": ["7"]}
    rows = ask(judged, "MATCH ()-[r:HAS_EVIDENCE]->() RETURN DISTINCT r.model AS model")
    assert [row["model"] for row in rows] == ["table-1"]


def test_edges_of_a_document_that_was_renamed_are_made_anew(judged: Graph, tmp_path: Path) -> None:
    ask(judged, "MATCH (d:Document {id: 'a'}) SET d.id = 'renamed'")
    scores = SCORES | {("renamed", "x"): 9.0, ("renamed", "y"): 1.0}
    expected = {("renamed", "x"): 9.0, ("b", "y"): 5.0, (3, 7): 8.0}
    assert plain(answers.plan(plan_publish(judged, SOURCE, {})))["withdraw"]["count"] == 1
    ask(
        judged,
        "MATCH (d:Document {id: 'renamed'}), (i:Image {id: 'x'}) "
        "CREATE (d)-[:REVIEWED {decision: 'accept'}]->(i)",
    )
    publish(judged, SOURCE, {})
    assert evidence(judged) == expected
    ask(judged, "MATCH ()-[v:REVIEWED]->() DELETE v")
    run_table(judged, tmp_path, TableScorer(scores))
    assert evidence(judged) == expected
    key = evidence_key(DocumentId("renamed"), ImageId("x"), SOURCE)
    rows = ask(judged, "MATCH ({id: 'renamed'})-[r:HAS_EVIDENCE]->() RETURN r.key AS key")
    assert [row["key"] for row in rows] == [key]
    assert same_after(judged, lambda: run_table(judged, tmp_path, TableScorer(scores)))


def test_an_accepted_edge_stays_without_a_ledger(judged: Graph) -> None:
    ask(judged, "MATCH (l:EvidenceLedger) DELETE l")
    ask(
        judged,
        "MATCH (d:Document {id: 'a'}), (i:Image {id: 'x'}) "
        "CREATE (d)-[:REVIEWED {decision: 'accept'}]->(i)",
    )
    publish(judged, SOURCE, {})
    assert evidence(judged) == {("a", "x"): 9.0}


def test_hubs_are_counted_anew(graph: Graph, tmp_path: Path) -> None:
    documents: dict[str | int, str] = {f"d{n}": f"text {n}" for n in range(4)}
    make(graph, tmp_path, documents, {d: ["logo", f"own-{d}"] for d in documents})
    run_table(graph, tmp_path, TableScorer(), Policy(max_documents=3))
    own = {(d, f"own-{d}") for d in documents}
    assert set(evidence(graph)) == own

    publish(graph, SOURCE, {"max_documents": 4})
    assert set(evidence(graph)) == own | {(d, "logo") for d in documents}
    assert ask(graph, "MATCH (h:EvidenceHold) RETURN h") == []

    record = publish(graph, SOURCE, {"max_documents": 2})
    assert set(evidence(graph)) == own
    assert record.notices == {Notice.HELD_IMAGE: 1}
    rows = ask(graph, "MATCH (h:EvidenceHold) RETURN h.image AS image, h.documents AS documents")
    assert rows == [{"image": "logo", "documents": 4}]
    assert same_after(graph, lambda: publish(graph, SOURCE, {"max_documents": 2}))


def test_an_image_that_two_documents_nearly_share_is_held_back(
    judged: Graph, tmp_path: Path
) -> None:
    given = {"min_score": 1.0, "min_image_lead": 50.0}
    planned = plan_publish(judged, SOURCE, given)
    assert (planned.rivals, planned.held) == (1, 2)
    before = evidence(judged)
    record = publish(judged, SOURCE, given)
    # y is the best image of b, and one of a's.
    clear = {("a", "x"): 9.0, ("b", "z"): 4.9, (3, 7): 8.0}
    assert evidence(judged) == clear
    holds = ask(judged, "MATCH (h:EvidenceHold) RETURN h.image AS image, h.why AS why")
    assert holds == [{"image": "y", "why": "rivals"}]
    run_table(judged, tmp_path, TableScorer(SCORES))
    assert evidence(judged) == clear
    assert same_after(judged, lambda: publish(judged, SOURCE, given))
    rollback(judged, record.id, force=True)
    assert evidence(judged) == before
    publish(judged, SOURCE, {"min_score": 1.0, "min_image_lead": 1.0})
    assert set(evidence(judged)) == {*clear, ("a", "y"), ("b", "y")}


def test_an_image_goes_to_its_best_documents(judged: Graph, tmp_path: Path) -> None:
    given = {"min_score": 1.0, "image_top_k": 1}
    policy = Policy(min_score=1.0, image_top_k=1)
    planned = plan_publish(judged, SOURCE, given)
    assert (planned.held, planned.rivals) == (1, 0)
    before = evidence(judged)
    record = publish(judged, SOURCE, given)
    # y fits b better than a.
    best = {("a", "x"): 9.0, ("b", "y"): 5.0, ("b", "z"): 4.9, (3, 7): 8.0}
    assert evidence(judged) == best
    assert same_after(judged, lambda: publish(judged, SOURCE, given))
    again = run_table(judged, tmp_path, TableScorer(SCORES), policy).counters
    assert (evidence(judged), again.published, again.withdrawn) == (best, 0, 0)
    # A run goes by what stands: the better document takes the image, whoever is settled first.
    ask(judged, "MATCH (d:Document {id: 'a'}) SET d.text = 'blue lamp'")
    run_table(judged, tmp_path, TableScorer(SCORES | {("a", "y"): 6.0}), policy)
    assert evidence(judged) == {("a", "x"): 9.0, ("a", "y"): 6.0, ("b", "z"): 4.9, (3, 7): 8.0}
    # Where it fits no longer, the next best comes in with the next run.
    ask(judged, "MATCH (d:Document {id: 'a'}) SET d.text = 'green lamp'")
    run_table(judged, tmp_path, TableScorer(SCORES | {("a", "y"): 0.5}), policy)
    assert evidence(judged) == {image: score for image, score in best.items() if image[1] != "y"}
    run_table(judged, tmp_path, TableScorer(SCORES), policy)
    assert evidence(judged) == best
    # A person's word goes before places, and an equal score shares them.
    ask(judged, "MATCH (d:Document {id: 'a'}), (i:Image {id: 'y'}) "
        "CREATE (d)-[:REVIEWED {decision: 'accept'}]->(i)")  # fmt: skip
    publish(judged, SOURCE, {})
    assert evidence(judged) == best | {("a", "y"): 0.5}
    rollback(judged, record.id, force=True)
    assert set(before) <= set(evidence(judged))


def test_an_exchange_of_documents_is_no_hub(graph: Graph, tmp_path: Path) -> None:
    """Half-way through, the image has its old documents and its new ones."""
    documents: dict[str | int, str] = {f"{n:03}": "text" for n in range(120)}
    make(graph, tmp_path, documents, {d: ["shared", "other"] for d in documents})
    last = list(documents)[60:]
    scores = {(str(d), "shared"): 9.0 if d in last else 7.0 for d in documents}
    scores |= {(str(d), "other"): 8.0 for d in documents}
    policy = Policy(max_documents=60, top_k=1)
    run_table(graph, tmp_path, TableScorer(scores), policy)
    first = {d for d, i in evidence(graph) if i == "shared"}
    assert first == set(last)
    ask(
        graph,
        "MATCH (d:Document), (i:Image {id: 'shared'}) WHERE d.id >= '060' "
        "CREATE (d)-[:REVIEWED {decision: 'reject'}]->(i)",
    )
    ask(
        graph,
        "MATCH (d:Document), (i:Image {id: 'other'}) WHERE d.id < '060' "
        "CREATE (d)-[:REVIEWED {decision: 'reject'}]->(i)",
    )
    publish(graph, SOURCE, {})
    assert {d for d, i in evidence(graph) if i == "shared"} == set(documents) - set(last)
    assert ask(graph, "MATCH (h:EvidenceHold) RETURN h.image") == []


def test_a_stopped_publish_is_finished_by_the_next(judged: Graph) -> None:
    control = Control()
    control.stop.set()
    record = publish(judged, SOURCE, {"min_score": 8.5}, control)
    assert record.status is RunStatus.INTERRUPTED
    assert len(evidence(judged)) == 3
    publish(judged, SOURCE, {})
    assert evidence(judged) == {("a", "x"): 9.0}


def test_only_this_source_is_touched(judged: Graph, tmp_path: Path) -> None:
    begin_source(judged, name="other")
    publish(judged, "other", {"min_score": 10.0})
    assert len(evidence(judged)) == 3


def test_an_unknown_source_is_named_with_those_there_are(judged: Graph) -> None:
    with pytest.raises(SettingsError, match=r"no evidence source 'tabel'. Sources: table\."):
        publish(judged, "tabel", {})


def test_plan_writes_nothing_and_tells_what_publish_does(judged: Graph) -> None:
    before = snapshot(judged)
    plan = plain(answers.plan(plan_publish(judged, SOURCE, {"min_score": 8.5})))
    assert snapshot(judged) == before
    assert plan["withdraw"]["examples"] == [
        {"document": "b", "image": "y", "from": 5.0, "to": None},
        {"document": "3", "image": "7", "from": 8.0, "to": None},
    ]
    record = publish(judged, SOURCE, {"min_score": 8.5})
    assert record.counters.withdrawn == plan["withdraw"]["count"] == 2
    assert record.counters.published == plan["add"]["count"] == 0


def test_publishing_and_a_run_at_once_agree_in_the_end(
    graph: Graph, migrated: Neo4jServer, tmp_path: Path
) -> None:
    documents: dict[str | int, str] = {f"d{n:02}": f"text {n}" for n in range(30)}
    make(graph, tmp_path, documents, {d: ["x", "y", "z"] for d in documents})
    with started(migrated, tmp_path, ("--paced", "--batch-pairs", "6")) as (worker,):
        worker.go()
        published = 0
        while worker.batch():
            worker.go()  # what it judges now is written while this publishes
            publish(graph, SOURCE, {"min_score": 4.0 + published % 3})
            published += 1
        assert worker.end() == 0
    assert published > 1
    assert ask(graph, "MATCH (l:EvidenceLedger) RETURN sum(size(l.images)) AS n") == [{"n": 90}]
    planned = plan_publish(graph, SOURCE, {})
    assert not any(planned.counts.values())
    assert evidence(graph)


EDGES = "MATCH ()-[r:HAS_EVIDENCE]->() RETURN count(r) AS edges"


def test_a_killed_publish_is_finished_by_asking_again(
    graph: Graph, migrated: Neo4jServer, tmp_path: Path
) -> None:
    documents: dict[str | int, str] = {f"d{n:03}": "text" for n in range(120)}
    make(graph, tmp_path, documents, {d: ["x"] for d in documents})
    run_table(graph, tmp_path, TableScorer(), Policy(max_documents=200))
    env = environment(migrated, tmp_path, KG_ENRICH_SOURCE=SOURCE)
    # Nobody is there to be asked, and all would be withdrawn.
    unasked = call(env, tmp_path, "publish", "--min-score", "8")
    assert (unasked.code, len(evidence(graph))) == (BrakeError.exit_code, 120)
    command = [str(COMMAND), "publish", "--min-score", "8", "--yes"]
    with (
        GraphDatabase.driver(migrated.uri, auth=migrated[1:]) as driver,
        driver.session() as other,
        other.begin_transaction() as blocking,
    ):
        blocking.run("MATCH (d:Document {id: 'd060'}) SET d:Document").consume()
        with subprocess.Popen(command, env=env, stderr=subprocess.DEVNULL) as process:
            try:
                until(lambda: ask(graph, EDGES) == [{"edges": 70}])
                assert process.poll() is None
            finally:
                process.send_signal(signal.SIGKILL)
            assert process.wait() == -signal.SIGKILL
    assert len(evidence(graph)) == 70
    assert read_policy(graph.read, SOURCE).min_score == 8
    expire(graph)
    again = call(env, tmp_path, "publish", "--wait", "--yes", "--json")
    assert again.code == 0, again.err
    assert json.loads(again.out)["withdrawn"] == 70
    assert evidence(graph) == {}
