"""Removing a retired source, and what is left of documents and images that are gone."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from kg_enrich.answers import plain
from kg_enrich.answers import runs as answers
from kg_enrich.errors import GraphError, SettingsError
from kg_enrich.evidence.models import Policy
from kg_enrich.graph.connection import Graph
from kg_enrich.models import Judgement, Pair
from kg_enrich.upkeep.prune import (
    plan_prune_orphans,
    plan_prune_source,
    prune_orphans,
    prune_source,
)
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
from tests.support.runner import commands

TEXTS: dict[str | int, str] = {"a": "red lamp", "b": "pump"}
CANDIDATES: dict[str | int, list[str | int]] = {"a": ["x", "y"], "b": ["y", 7]}
RUNS = ("EnrichmentRun", "EnrichmentJob", "EvidenceUndo", "RunNotice")


@pytest.fixture
def bare(graph: Graph, tmp_path: Path) -> set[str]:
    """What the graph is before anything is judged."""
    make(graph, tmp_path, TEXTS, CANDIDATES)
    return snapshot(graph)


@pytest.fixture
def judged(graph: Graph, tmp_path: Path, bare: set[str]) -> Graph:
    run_table(graph, tmp_path, TableScorer(), Policy(max_documents=1))
    assert set(evidence(graph)) == {("a", "x"), ("b", 7)}
    assert len(ask(graph, "MATCH (h:EvidenceHold) RETURN h")) == 1
    return graph


def test_a_source_leaves_nothing_behind(judged: Graph, bare: set[str]) -> None:
    plan = plain(answers.plan(plan_prune_source(judged, SOURCE)))
    record = prune_source(judged, SOURCE)
    # That a picture's contents are known is no word of the source.
    ask(judged, "MATCH (i:Image) REMOVE i.imageHash")
    assert snapshot(judged, *RUNS) == bare
    assert record.counters.withdrawn == plan["withdraw"]["count"] == 2
    assert (plan["ledgers"], plan["holds"]) == (2, 1)
    prune_source(judged, SOURCE)
    assert snapshot(judged, *RUNS) == bare


def test_another_source_stays(judged: Graph) -> None:
    begin_source(judged, name="other")
    ask(
        judged,
        "MATCH (d:Document {id: 'a'}), (i:Image {id: 'x'}) "
        "CREATE (d)-[:HAS_EVIDENCE {key: 'k', source: 'other', score: 9.0, confidence: 0.9}]->(i) "
        "CREATE (:EvidenceLedger {key: 'l', source: 'other', document: 'a'})",
    )
    before = snapshot(judged, *RUNS)
    prune_source(judged, "no such source")
    assert snapshot(judged, *RUNS) == before
    prune_source(judged, SOURCE)
    assert evidence(judged) == {("a", "x"): 9.0}
    rows = ask(judged, "MATCH (n) WHERE n:EvidenceSource OR n:EvidenceLedger RETURN count(n) AS n")
    assert rows == [{"n": 2}]


def test_a_source_that_is_not_known_is_named_with_those_that_are(
    judged: Graph, migrated: Neo4jServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    command = commands(migrated, monkeypatch, tmp_path)
    before = snapshot(judged, *RUNS)
    for more in ([], ["--dry-run"]):
        done = command("prune", "--source", "orc", *more)
        assert isinstance(done.exception, SettingsError)
        assert str(done.exception) == f"There is no evidence source 'orc'. Sources: {SOURCE}."
    assert snapshot(judged, *RUNS) == before


def test_an_accepted_pair_stays_unless_told(judged: Graph) -> None:
    ask(
        judged,
        "MATCH (d:Document {id: 'a'}), (i:Image {id: 'x'}) "
        "CREATE (d)-[:REVIEWED {decision: 'accept'}]->(i)",
    )
    prune_source(judged, SOURCE)
    assert set(evidence(judged)) == {("a", "x")}
    prune_source(judged, SOURCE, accepted=True)
    assert evidence(judged) == {}


def test_a_run_of_a_pruned_source_writes_nothing_more(
    graph: Graph, tmp_path: Path, bare: set[str]
) -> None:
    class Meanwhile(TableScorer):
        def score(self, pairs: Sequence[Pair]) -> list[Judgement]:
            prune_source(graph, SOURCE)
            return super().score(pairs)

    with pytest.raises(GraphError, match="no evidence source 'table'"):
        run_table(graph, tmp_path, Meanwhile())
    assert snapshot(graph, *RUNS) == bare


def test_plans_write_nothing(judged: Graph) -> None:
    before = snapshot(judged)
    plan_prune_source(judged, SOURCE, accepted=True)
    plan_prune_orphans(judged)
    assert snapshot(judged) == before


def test_ledgers_holds_and_failures_of_what_is_gone(judged: Graph) -> None:
    ask(
        judged,
        "MATCH (x:Image {id: 'x'}) "
        "CREATE (x)-[:COULD_NOT_READ]->(:ReadFailure {key: 'kept'}), (:ReadFailure {key: 'gone'})",
    )
    assert plan_prune_orphans(judged).numbers["failures"] == 1
    ask(judged, "MATCH (d:Document {id: 'a'}) DETACH DELETE d")
    ask(judged, "MATCH (i:Image {id: 'y'}) DETACH DELETE i")
    numbers = plan_prune_orphans(judged).numbers
    assert (numbers["ledgers"], numbers["holds"], numbers["failures"]) == (1, 1, 1)
    for _ in range(2):
        prune_orphans(judged)
        rows = ask(
            judged,
            "MATCH (n) WHERE n:EvidenceLedger OR n:EvidenceHold OR n:ReadFailure "
            "RETURN coalesce(n.document, n.image, n.key) AS name ORDER BY name",
        )
        assert [row["name"] for row in rows] == ["b", "kept"]
    assert set(evidence(judged)) == {("b", 7)}
