"""Dry runs: what they say comes true, and they write nothing at all."""

import json
import re
from pathlib import Path

import pytest

from kg_enrich.answers import plain
from kg_enrich.answers import runs as answers
from kg_enrich.cli.plan import print_plan
from kg_enrich.enrich.dry_run import plan_run
from kg_enrich.errors import SettingsError
from kg_enrich.graph.connection import Graph
from kg_enrich.jobs.plan import Change, EdgeChange, Plan
from kg_enrich.jobs.runs import Job
from kg_enrich.models import DocumentId, ImageId, Scope
from tests.support.commands import call, environment
from tests.support.graphs import (
    SOURCE,
    TableScorer,
    ask,
    evidence,
    make,
    run_table,
    table_parts,
)
from tests.support.neo4j_server import Neo4jServer

DOCUMENTS: dict[str | int, str] = {f"d{n:02}": f"text {n}" for n in range(12)}
CANDIDATES: dict[str | int, list[str | int]] = {d: ["x", 7] for d in DOCUMENTS}
NOTHING = {"add": 0, "raise": 0, "lower": 0, "renew": 0, "withdraw": 0}


def whole(graph: Graph) -> list[str]:
    """Every node and edge of the graph, exactly."""
    rows = ask(
        graph,
        "MATCH (n) RETURN elementId(n) AS id, labels(n) AS what, properties(n) AS properties "
        "UNION ALL MATCH ()-[r]->() "
        "RETURN elementId(r) AS id, [type(r)] AS what, properties(r) AS properties",
    )
    return sorted(repr(row) for row in rows)


def plan(graph: Graph, folder: Path, scope: Scope | None = None, fingerprint: str = "") -> Plan:
    """Of a run with the table scorer, after which the graph is as it was."""
    scope = scope or Scope()
    scorer = TableScorer(fingerprint=fingerprint) if fingerprint else TableScorer()
    before = whole(graph)
    planned = plan_run(table_parts(graph, folder, scorer, scope=scope), Job("run", SOURCE, scope))
    assert whole(graph) == before
    return planned


def counts(planned: Plan) -> dict[str, int]:
    return {change.value: many for change, many in planned.counts.items()}


@pytest.fixture
def made(graph: Graph, tmp_path: Path) -> Graph:
    make(graph, tmp_path, DOCUMENTS, CANDIDATES)
    return graph


@pytest.fixture
def judged(made: Graph, tmp_path: Path) -> Graph:
    run_table(made, tmp_path, TableScorer())
    return made


def test_without_scores_it_says_how_many_are_missing(made: Graph, tmp_path: Path) -> None:
    planned = plan(made, tmp_path)
    assert counts(planned) == NOTHING
    assert (planned.pairs, planned.images) == (24, 2)
    planned = plan(made, tmp_path, Scope(limit=3))
    assert (planned.pairs, planned.images) == (6, 2)


def test_nothing_to_do_is_nothing_planned(judged: Graph, tmp_path: Path) -> None:
    planned = plan(judged, tmp_path)
    assert counts(planned) == NOTHING
    assert planned.standing == len(evidence(judged))
    assert {number for name, number in planned.numbers.items() if name != "standing"} == {0}


def test_another_model_is_as_many_pairs(judged: Graph, tmp_path: Path) -> None:
    assert plan(judged, tmp_path, fingerprint="table-2").pairs == 24


def test_judging_again_counts_what_was_judged_before(judged: Graph, tmp_path: Path) -> None:
    scope = Scope(rescore=True)
    assert plan(judged, tmp_path, scope).pairs == 24
    run_table(judged, tmp_path, TableScorer(), scope=scope)
    assert plan(judged, tmp_path, scope).pairs == 0


def test_the_run_does_what_was_planned(judged: Graph, tmp_path: Path) -> None:
    ask(judged, "MATCH (d:Document)-[r:HAS_EVIDENCE]->(:Image {id: 'x'}) DELETE r")
    for document, change in (
        ("d00", "r.score = 6.0, r.confidence = 0.6"),
        ("d01", "r.score = 8.0, r.confidence = 0.8"),
        ("d02", "r.fingerprint = 1"),
    ):
        ask(
            judged,
            f"MATCH (:Document {{id: $d}})-[r:HAS_EVIDENCE]->(:Image {{id: 7}}) SET {change}",
            d=document,
        )
    ask(judged, "MATCH (l:EvidenceLedger {document: 'd03'}) SET l.scores = [1.0, 7.0]")
    planned = plan(judged, tmp_path)
    assert counts(planned) == {"add": 12, "raise": 1, "lower": 1, "renew": 1, "withdraw": 1}
    said = plain(answers.plan(planned))
    assert said["raise"]["examples"] == [{"document": "d00", "image": "7", "from": 6.0, "to": 7.0}]
    assert said["lower"]["examples"] == [{"document": "d01", "image": "7", "from": 8.0, "to": 7.0}]
    assert said["withdraw"]["examples"] == [
        {"document": "d03", "image": "7", "from": 7.0, "to": None}
    ]
    assert said["add"]["count"] == 12
    assert said["add"]["examples"] == [
        {"document": f"d{n:02}", "image": "x", "from": None, "to": 7.0} for n in range(10)
    ]
    record = run_table(judged, tmp_path, TableScorer())
    assert record.counters.published == 15
    assert record.counters.withdrawn == 1
    assert counts(plan(judged, tmp_path)) == NOTHING


@pytest.mark.parametrize("command", ["run", "backfill --id d01"])
def test_a_dry_run_does_not_even_begin_a_source(
    made: Graph, neo4j_server: Neo4jServer, tmp_path: Path, command: str
) -> None:
    env = environment(neo4j_server, tmp_path, KG_ENRICH_CANDIDATES="explicit")
    before = whole(made)
    done = call(env, tmp_path, *command.split(), "--dry-run", "--json")
    assert done.code == 0, done.err
    said = json.loads(done.out)
    assert (said["pairs"], said["images"]) == ((24, 2) if command == "run" else (2, 2))
    assert whole(made) == before


@pytest.mark.parametrize(
    ("command", "changes"),
    [
        ("publish", {}),
        ("publish --min-score 8", {"withdraw": 24}),
        ("publish --top-k 1", {"withdraw": 12}),
        ("publish --top-k none --max-documents 11", {"withdraw": 24}),
        ("prune", {}),
        ("prune --source table", {"withdraw": 24}),
        ("rollback RUN", {"withdraw": 24}),
    ],
)
def test_every_command_says_first_what_it_does(
    judged: Graph,
    neo4j_server: Neo4jServer,
    tmp_path: Path,
    command: str,
    changes: dict[str, int],
) -> None:
    (run,) = ask(judged, "MATCH (r:EnrichmentRun) RETURN r.id AS id")
    arguments = command.replace("RUN", run["id"]).split()
    env = environment(neo4j_server, tmp_path, KG_ENRICH_SOURCE=SOURCE)
    before = whole(judged)
    dry = call(env, tmp_path, *arguments, "--dry-run", "--json")
    assert dry.code == 0, dry.err
    said = json.loads(dry.out)
    assert {change: said[change]["count"] for change in NOTHING} == NOTHING | changes
    assert whole(judged) == before

    done = call(env, tmp_path, *arguments, "--json")
    assert done.code == 0, done.err
    record = json.loads(done.out)
    assert (record["status"], record["scorer"]) == ("succeeded", "")
    assert record["withdrawn"] == changes.get("withdraw", 0)
    assert len(evidence(judged)) == 24 - changes.get("withdraw", 0)
    again = call(env, tmp_path, *arguments, "--json")
    if command == "prune --source table":
        assert (again.code, again.out) == (SettingsError.exit_code, "")
        return
    told = json.loads(again.out)
    assert (told["published"], told["withdrawn"]) == (0, 0)


def test_a_person_sees_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    planned = Plan(pairs=1234)
    for number in range(30):
        edge = EdgeChange(DocumentId(f"d{number}"), ImageId("x"), 7.0, None)
        planned.edge(Change.WITHDRAW, edge)
    assert print_plan(planned, as_json=False) == 0
    shown = capsys.readouterr()
    assert "1234" in shown.out
    assert sum("withdraw" in line for line in shown.out.splitlines()) == 1 + 10
    assert re.search(r"withdraw\W+30\b", shown.out)
    assert "nothing was written" in shown.err


def test_what_cannot_be_asked_is_refused(
    judged: Graph, neo4j_server: Neo4jServer, tmp_path: Path
) -> None:
    env = environment(neo4j_server, tmp_path, KG_ENRICH_SOURCE="nobody")
    unknown = call(env, tmp_path, "publish")
    assert (unknown.code, unknown.out) == (2, "")
    assert "There is no evidence source 'nobody'. Sources: table." in unknown.err
    assert call(env, tmp_path, "publish", "--top-k", "0").code == 2
    assert call(env, tmp_path, "prune", "--accepted").code == 2
    missing = call(env, tmp_path, "rollback", "nonsense")
    assert missing.code == 1
    assert "There is no run nonsense" in missing.err
