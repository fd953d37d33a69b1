"""One word on many pairs: idempotent by its token, undone as one, never wider than its rule."""

from pathlib import Path

import click
import pytest

from kg_enrich.errors import SettingsError
from kg_enrich.evidence.models import Decision
from kg_enrich.graph.connection import Graph
from kg_enrich.upkeep import bulk
from kg_enrich.upkeep.bulk import Rule
from tests.graph.test_queue import say
from tests.support.graphs import SOURCE, TableScorer, ask, evidence, make, run_table, snapshot
from tests.support.neo4j_server import Neo4jServer
from tests.support.runner import answer, commands

TEXTS: dict[str | int, str] = {"a": "red lamp", "b": "pump", 7: "valve"}
CANDIDATES: dict[str | int, list[str | int]] = {"a": ["x", "y"], "b": ["y", "z"], 7: ["x"]}
SCORES = {("a", "x"): 9.0, ("a", "y"): 8.5, ("b", "y"): 6.0, ("b", "z"): 9.5, ("7", "x"): 9.7}


@pytest.fixture
def judged(graph: Graph, tmp_path: Path) -> Graph:
    make(graph, tmp_path, TEXTS, CANDIDATES)
    ask(graph, "MATCH (d:Document {id: 'b'}) SET d.line = 3")
    run_table(graph, tmp_path, TableScorer(SCORES))
    return graph


def said(graph: Graph) -> set[tuple[object, object, object]]:
    rows = ask(
        graph,
        "MATCH (d:Document)-[v:REVIEWED]->(i:Image) "
        "RETURN d.id AS document, i.id AS image, v.decision + ' ' + v.by AS word",
    )
    return {(row["document"], row["image"], row["word"]) for row in rows}


def test_a_rule_is_said_once_and_taken_back_as_one(judged: Graph, tmp_path: Path) -> None:
    say(judged, "a", "x", Decision.ACCEPT, "wu")
    before = evidence(judged)
    rule = Rule(SOURCE, min_confidence=0.85)
    plan = bulk.plan(judged, rule)
    assert (plan.pairs, plan.documents, plan.spoken) == (3, 3, 1)
    assert plan.rule == "source table; confidence >= 0.85; all documents"
    assert [(one.document, one.image) for one in plan.examples] == [
        ("a", "y"),
        ("b", "z"),
        ("7", "x"),
    ]
    done = bulk.review_all(judged, rule, Decision.REJECT, "lin", "t")
    assert (done.pairs, done.documents, done.withdrawn) == (3, 3, 3)
    assert evidence(judged) == {("a", "x"): 9.0, ("b", "y"): 6.0}
    after = snapshot(judged)
    assert bulk.review_all(judged, rule, Decision.REJECT, "lin", "t").pairs == 0
    assert snapshot(judged) == after
    with pytest.raises(SettingsError, match="another rule"):
        bulk.review_all(judged, rule, Decision.ACCEPT, "lin", "t")
    # One of them was looked at since, and stays.
    say(judged, "b", "z", Decision.ACCEPT, "lin")
    undone = bulk.undo(judged, "t")
    assert (undone.pairs, undone.kept) == (2, 1)
    assert evidence(judged) == before
    assert said(judged) == {("a", "x", "accept wu"), ("b", "z", "accept lin")}
    assert bulk.undo(judged, "t").pairs == 0
    # Asking again, late, says nothing anew, not even of evidence that came later.
    ask(judged, "MATCH (d:Document {id: 7}), (i:Image {id: 'y'}) MERGE (d)-[:CANDIDATE_IMAGE]->(i)")
    run_table(judged, tmp_path, TableScorer(SCORES, default=9.9))
    assert bulk.review_all(judged, rule, Decision.REJECT, "lin", "t").pairs == 0
    assert evidence(judged) == {**before, (7, "y"): 9.9}
    with pytest.raises(SettingsError, match="Nothing was said"):
        bulk.undo(judged, "nobody's")


def test_the_command_plans_first_and_never_widens(
    judged: Graph, migrated: Neo4jServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("KG_ENRICH_FILTER_PROPERTIES", "line")
    command = commands(migrated, monkeypatch, tmp_path)
    rule = ("--accept", "--max-confidence", "0.7", "--where", "line=3", "--source", SOURCE)
    before = snapshot(judged)
    plan = answer(command("review", *rule, "--dry-run", "--json"))
    assert plan["rule"] == "source table; confidence <= 0.7; line = 3"
    assert plan["examples"] == [{"document": "b", "image": "y", "score": 6.0}]
    assert "The first pairs" in command("review", *rule, "--dry-run").stdout
    refused = command("review", *rule)
    assert isinstance(refused.exception, click.UsageError)
    assert "say --yes" in str(refused.exception)
    for slip in (
        ("--accept",),
        ("--min-confidence", "0.9"),
        ("accept", "a"),
        (*rule, "--undo-batch", "t"),
        ("accept", "a", "x", "--reject"),
    ):
        assert command("review", *slip).exception is not None
    assert snapshot(judged) == before
    done = answer(command("review", *rule, "--yes", "--by", "lin", "--token", "t", "--json"))
    assert (done["pairs"], done["token"]) == (1, "t")
    assert said(judged) == {("b", "y", "accept lin")}
    assert "of 1 pairs" in command("review", "--undo-batch", "t").stdout
    assert said(judged) == set()
