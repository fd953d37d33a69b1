"""A run that would do nothing says so, with the name that is wrong and what there is instead."""

import json
from pathlib import Path
from typing import Any

import pytest

from kg_enrich.doctor import Health
from kg_enrich.doctor.graph import examine_graph
from kg_enrich.documents.required import unknown, unusable
from kg_enrich.documents.scopes import parse_condition
from kg_enrich.errors import GraphError, SettingsError
from kg_enrich.graph.connection import Graph
from kg_enrich.models import Condition, DocumentId, Notice, RunNotice, RunStatus, Scope
from kg_enrich.names import Names
from tests.support.graphs import TableScorer, ask, make, run_table
from tests.support.neo4j_server import Neo4jServer
from tests.support.runner import Command, commands


@pytest.fixture
def made(graph: Graph, tmp_path: Path) -> Graph:
    make(graph, tmp_path, {"a": "red lamp", 7: "pump"}, {"a": ["x"], 7: ["x", "y"]})
    return graph


LACKING: list[tuple[str, dict[str, Any], str, str]] = [
    ("", {"document_label": "Page"}, "KG_ENRICH_DOCUMENT_LABEL", "reading"),
    ("", {"image_label": "Photo"}, "KG_ENRICH_IMAGE_LABEL", "reading"),
    ("", {"document_key": "number"}, "KG_ENRICH_DOCUMENT_KEY", "properties"),
    ("", {"document_text": "body"}, "KG_ENRICH_DOCUMENT_TEXT", "properties"),
    ("", {"image_key": "number"}, "KG_ENRICH_IMAGE_KEY", "properties"),
    ("", {"image_path": "file"}, "KG_ENRICH_IMAGE_PATH", "properties"),
    ("SET d.id = 1.5", {}, "KG_ENRICH_DOCUMENT_KEY", "properties"),
    ("SET d.id = [1]", {}, "KG_ENRICH_DOCUMENT_KEY", "properties"),
]


@pytest.mark.parametrize(("change", "names", "setting", "name"), LACKING)
def test_a_graph_that_nothing_can_be_judged_in_fails_run_and_doctor(
    made: Graph, tmp_path: Path, change: str, names: dict[str, Any], setting: str, name: str
) -> None:
    if change:
        ask(made, f"MATCH (d:Document) {change}")
    made.names = Names(**names)
    with pytest.raises(GraphError, match=setting) as caught:
        run_table(made, tmp_path, TableScorer())
    if name == "properties":
        assert "they have" in str(caught.value)
    found = {one.name: one for one in examine_graph(made, (tmp_path,), ("explicit",))}[name]
    assert found.status is (Health.FAILED if name == "properties" else Health.WARNING)
    assert setting.removeprefix("KG_ENRICH") in found.advice


def test_text_in_chunks_is_text(made: Graph, tmp_path: Path) -> None:
    ask(
        made,
        "MATCH (d:Document) SET d.title = 't', d.text = null "
        "CREATE (d)<-[:FROM_DOCUMENT]-(:Chunk {text: 'words', index: 1})",
    )
    made.names = Names(chunk_label="Chunk")
    assert run_table(made, tmp_path, TableScorer()).counters.scored == 3
    found = {one.name: one for one in examine_graph(made, (tmp_path,), ("explicit",))}
    assert found["properties"].status is Health.OK


def test_unusable_ids_are_counted_to_the_last(made: Graph, tmp_path: Path) -> None:
    ask(made, "UNWIND range(1, 250) AS n CREATE (:Document {text: 't', n: n})")
    ask(made, "UNWIND range(1, 3) AS n CREATE (:Document {text: 't', id: n + 0.5})")
    ask(made, "UNWIND range(1, 6) AS n CREATE (:Image {path: 'p', n: n})")
    found = unusable(made)
    assert [(one.kind, one.many) for one in found] == [
        (Notice.UNUSABLE_ID, 3), (Notice.UNUSABLE_ID, 250), (Notice.UNUSABLE_ID, 6)
    ]  # fmt: skip
    assert "6 Image nodes" in found[2].detail
    record = run_table(made, tmp_path, TableScorer())
    assert record.status is RunStatus.SUCCEEDED
    assert record.notices == {Notice.UNUSABLE_ID: 259}
    seen = {one.name: one for one in examine_graph(made, (tmp_path,), ("explicit",))}["properties"]
    assert (seen.status, seen.seen.split(",")[0]) == (Health.WARNING, "2 of 255 Document.id")
    assert "2 of 8 Image.id" in seen.seen


NOTHING = [
    (Scope(labels=("Ticket",)), "--label 'Ticket'"),
    (
        Scope(documents=(DocumentId("nowhere"), DocumentId("8"))),
        "--id or --ids-file '8', 'nowhere'",
    ),
    (Scope(containers=("o1",)), "--container 'o1'"),
    (Scope(conditions=(parse_condition("sev>2", ["sev"]),)), "--where or --since 'sev'"),
]


@pytest.mark.parametrize(("scope", "named"), NOTHING)
def test_a_scope_of_unknown_names_fails(
    made: Graph, tmp_path: Path, scope: Scope, named: str
) -> None:
    with pytest.raises(SettingsError, match=named):
        run_table(made, tmp_path, TableScorer(), scope=scope)


def test_of_several_names_the_unknown_ones_are_named(made: Graph, tmp_path: Path) -> None:
    ask(made, "MATCH (d:Document {id: 'a'}) CREATE (:Container {id: 4})-[:CONTAINS]->(d)")
    scope = Scope(documents=(DocumentId("a"), DocumentId("7"), DocumentId("none")))
    assert unknown(made, scope) == [RunNotice(Notice.UNKNOWN, "none", "no Document has this id")]
    assert unknown(made, Scope(containers=("4", "5"))) == [
        RunNotice(Notice.UNKNOWN, "5", "no Container has this id")
    ]
    record = run_table(made, tmp_path, TableScorer(), scope=scope)
    assert (record.counters.scored, record.notices) == (3, {Notice.UNKNOWN: 1})


def test_a_condition_on_a_property_that_some_have_is_no_mistake(
    made: Graph, tmp_path: Path
) -> None:
    ask(made, "MATCH (d:Document {id: 7}) SET d.sev = 1")
    scope = Scope(conditions=(Condition("sev", ">", (2,)),))
    assert run_table(made, tmp_path, TableScorer(), scope=scope).counters.documents == 0


@pytest.fixture
def command(migrated: Neo4jServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Command:
    monkeypatch.setenv("KG_ENRICH_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("KG_ENRICH_CANDIDATES", "explicit")
    return commands(migrated, monkeypatch, tmp_path)


def test_pruning_an_unknown_source_fails_unless_something_is_left(
    made: Graph, tmp_path: Path, command: Command
) -> None:
    refused = command("prune", "--source", "nobody")
    assert isinstance(refused.exception, SettingsError)
    assert "nobody" in str(refused.exception)
    run_table(made, tmp_path, TableScorer())
    ask(made, "MATCH (s:EvidenceSource {name: 'table'}) DELETE s")
    done = command("prune", "--source", "table", "--json")
    assert json.loads(done.stdout)["withdrawn"] == 3
    # A prune that was killed late: its queue is there, or nothing but its record is open.
    for left in (
        "CREATE (:EvidenceQueueItem {key: 'q', source: 'table'})",
        "MATCH (r:EnrichmentRun {kind: 'prune'}) WITH r ORDER BY r.startedAt DESC LIMIT 1 "
        "SET r.status = 'running'",
    ):
        ask(made, left)
        assert command("prune", "--source", "table", "--json").exception is None
    assert ask(made, "MATCH (q:EvidenceQueueItem) RETURN q") == []
    assert ask(made, "MATCH (r:EnrichmentRun {status: 'running'}) RETURN r") == []
