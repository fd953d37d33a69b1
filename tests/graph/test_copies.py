"""Copies of one picture are one thing to look at, and what is shown can be chosen."""

import csv
import json
import shutil
from io import StringIO
from pathlib import Path

import pytest

from kg_enrich.errors import SettingsError
from kg_enrich.evidence import flags
from kg_enrich.evidence.copies import group, groups
from kg_enrich.evidence.models import Policy
from kg_enrich.graph.connection import Graph
from kg_enrich.models import Outcome
from kg_enrich.upkeep.publish import publish
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
from tests.support.runner import Command, answer, commands

NAMES = ["x1", "x2", "x3", "y"]
SCORES: dict[tuple[str, str], float | None] = {
    **{("a", name): 9.0 for name in NAMES},
    **{("b", name): 8.0 for name in NAMES[:3]},
    ("b", "y"): 1.0,
}


@pytest.fixture
def judged(graph: Graph, tmp_path: Path) -> Graph:
    """Three copies of one picture and another one, as evidence for two documents."""
    make(graph, tmp_path, {"a": "red lamp", "b": "pump"}, {"a": NAMES, "b": NAMES})
    for copy in ("x2", "x3"):
        shutil.copy(tmp_path / "x1.png", tmp_path / f"{copy}.png")
    ask(graph, "MATCH (d:Document {id: 'b'}) SET d:Ticket, d.title = $title", title="long " * 60)
    run_table(graph, tmp_path, TableScorer(SCORES))
    return graph


@pytest.fixture
def command(
    judged: Graph, migrated: Neo4jServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Command:
    return commands(migrated, monkeypatch, tmp_path)


def shown(command: Command, *arguments: str) -> list[tuple[str, str, list[str]]]:
    pairs = answer(command("show", *arguments, "--json"))["pairs"]
    return [(pair["document"], pair["image"], pair["copies"]) for pair in pairs]


COPIES = ["x2", "x3"]


def test_a_picture_is_judged_once_and_takes_one_place(graph: Graph, tmp_path: Path) -> None:
    make(graph, tmp_path, {"a": "red lamp", "b": "pump"}, {"a": NAMES, "b": NAMES})
    for copy in COPIES:
        shutil.copy(tmp_path / "x1.png", tmp_path / f"{copy}.png")
    # Of x2 and x3 nobody asks, so that their scores here mean nothing.
    scores = {("a", "x1"): 9.0, ("b", "x1"): 6.0, ("a", "y"): 8.0, ("b", "y"): 7.0}
    scorer = TableScorer(scores)
    record = run_table(graph, tmp_path, scorer, Policy(top_k=1))
    assert sorted(scorer.asked) == [("a", "x1"), ("a", "y"), ("b", "x1"), ("b", "y")]
    assert (record.counters.scored, record.counters.published) == (8, 4)
    assert evidence(graph) == {**{("a", x): 9.0 for x in NAMES[:3]}, ("b", "y"): 7.0}
    ledgers = ask(graph, "MATCH (l:EvidenceLedger) RETURN l.images AS images, l.scores AS scores")
    assert all(row["images"] == NAMES for row in ledgers)
    assert sorted(row["scores"] for row in ledgers) == [[6.0] * 3 + [7.0], [9.0] * 3 + [8.0]]
    before = snapshot(graph, "EnrichmentRun", "EnrichmentJob")
    run_table(graph, tmp_path, scorer)
    assert len(scorer.asked) == 4
    assert snapshot(graph, "EnrichmentRun", "EnrichmentJob") == before

    publish(graph, SOURCE, {"top_k": 2})
    assert {image for _, image in evidence(graph)} == {*NAMES}
    # One copy that fails does not speak for the others.
    failing = TableScorer({**scores, ("a", "x1"): Outcome.FAILED}, fingerprint="table-2")
    run_table(graph, tmp_path, failing)
    assert {("a", "x1"), ("a", "x2"), ("a", "x3")} <= {*failing.asked}
    assert ("b", "x2") not in failing.asked


def test_copies_make_one_hub(graph: Graph, tmp_path: Path) -> None:
    """Each copy is evidence for one document; the picture is for three, and two are allowed."""
    documents: dict[str | int, str] = {name: f"page {name}" for name in "abc"}
    own: dict[str | int, list[str | int]] = {"a": ["x1", "y"], "b": ["x2"], "c": ["x3"]}
    make(graph, tmp_path, documents, own)
    for copy in COPIES:
        shutil.copy(tmp_path / "x1.png", tmp_path / f"{copy}.png")
    policy = Policy(max_documents=2)
    # In batches of their own, and all in one.
    for batch_pairs in (1, 128):
        ask(graph, "MATCH (n) WHERE n:EvidenceLedger OR n:EvidenceHold DETACH DELETE n")
        ask(graph, "MATCH ()-[r:HAS_EVIDENCE]->() DELETE r")
        run_table(graph, tmp_path, TableScorer(), policy, batch_pairs=batch_pairs)
        assert evidence(graph) == {("a", "y"): 7.0}, batch_pairs
    # Another copy is held as well, and publish counts the same.
    make(graph, tmp_path, {"d": "page d"}, {"d": ["x4"]})
    shutil.copy(tmp_path / "x1.png", tmp_path / "x4.png")
    run_table(graph, tmp_path, TableScorer(), policy)
    publish(graph, SOURCE, {})
    assert evidence(graph) == {("a", "y"): 7.0}
    publish(graph, SOURCE, {"max_documents": 4})
    assert len(evidence(graph)) == 5
    # A document that has two of the copies counts once.
    ask(graph, "MATCH (d {id: 'a'}), (i {id: 'x2'}) CREATE (d)-[:CANDIDATE_IMAGE]->(i)")
    run_table(graph, tmp_path, TableScorer())
    assert len(evidence(graph)) == 6


def test_a_copy_of_what_is_referenced_is_not_unreferenced(command: Command, judged: Graph) -> None:
    ask(judged, "MATCH (d {id: 'b'}), (i {id: 'x3'}) CREATE (d)-[:REFERENCES]->(i)")
    found = answer(command("unreferenced", "--json"))
    assert [flag["image"] for flag in found["images"]] == ["y"]
    ask(judged, "MATCH ()-[r:REFERENCES]->() DELETE r")
    assert answer(command("unreferenced", "--json"))["open"] == 4
    ask(judged, "MATCH (d {id: 'b'}), (i {id: 'x2'}) CREATE (d)-[:REFERENCES]->(i)")
    assert answer(command("unreferenced", "--json"))["open"] == 1


def test_copies_are_one_row(command: Command, judged: Graph) -> None:
    assert shown(command) == [("a", "x1", COPIES), ("a", "y", []), ("b", "x1", COPIES)]
    assert shown(command, "--limit", "2") == [("a", "x1", COPIES), ("a", "y", [])]
    assert shown(command, "b") == [("b", "x1", COPIES)]
    assert "x1 (+2 copies)" in command("show").stdout
    # What differs in what people see stays apart.
    ask(judged, "MATCH (d {id: 'a'}), (i {id: 'x2'}) CREATE (d)-[:REFERENCES]->(i)")
    assert shown(command, "a") == [("a", "x1", ["x3"]), ("a", "x2", []), ("a", "y", [])]


def test_images_of_unknown_contents_are_nobodys_copies(command: Command, judged: Graph) -> None:
    ask(judged, "MATCH (i:Image) REMOVE i.imageHash")
    assert len(shown(command)) == 7


def test_what_is_shown_can_be_chosen(command: Command, judged: Graph) -> None:
    assert shown(command, "--min-confidence", "0.85") == shown(command)[:2]
    assert shown(command, "--label", "Ticket") == [("b", "x1", COPIES)]
    begin_source(judged, name="empty")
    assert shown(command, "--source", "empty") == []
    assert len(shown(command, "--source", "table")) == 3
    assert shown(command, "a", "--min-confidence", "0.99") == []
    unknown = command("show", "--source", "nobody")
    assert isinstance(unknown.exception, SettingsError)
    for image in NAMES[:3]:
        answer(command("review", "accept", "a", image, "--by", "lin", "--json"))
    assert shown(command, "--unreviewed") == [("a", "y", []), ("b", "x1", COPIES)]


def test_evidence_as_comma_separated_values(command: Command) -> None:
    rows = list(csv.DictReader(StringIO(command("show", "--csv").stdout)))
    assert [(row["document"], row["image"], row["copies"]) for row in rows] == [
        ("a", "x1", "x2 x3"), ("a", "y", ""), ("b", "x1", "x2 x3")
    ]  # fmt: skip
    assert (rows[0]["confidence"], rows[0]["referenced"]) == ("0.9", "false")
    none = command("show", "--without-evidence", "--csv").stdout
    assert none == "image,path,score,reason,copies\n"


@pytest.mark.parametrize("page", [2, 500])
def test_all_evidence_is_exported_in_pages(
    command: Command, monkeypatch: pytest.MonkeyPatch, page: int
) -> None:
    monkeypatch.setattr("kg_enrich.evidence.shown._PAGE", page)
    options = ("--min-confidence", "0.5")
    whole = command("show", *options, "--csv").stdout
    assert command("show", *options, "--limit", "1", "--export", "csv").stdout == whole
    lines = command("show", *options, "--export", "jsonl").stdout.splitlines()
    pairs = answer(command("show", *options, "--json"))["pairs"]
    assert [json.loads(line) for line in lines] == [{"format": 1} | pair for pair in pairs]
    assert len(pairs) > 2
    refused = command("show", "a", "--export", "csv")
    assert "--export goes with" in str(refused.exception)


def test_images_without_evidence_have_the_best_word_on_each(
    command: Command, judged: Graph, tmp_path: Path
) -> None:
    low = {pair: 2.0 if pair[0] == "a" else 3.0 for pair in SCORES}
    run_table(judged, tmp_path, TableScorer(low, fingerprint="table-2"))
    images = answer(command("show", "--without-evidence", "--json"))["images"]
    assert [(one["image"], one["score"], one["copies"]) for one in images] == [
        ("x1", 3.0, COPIES), ("y", 3.0, [])
    ]  # fmt: skip


def test_flags_of_copies_are_one_and_dismissed_as_one(command: Command, judged: Graph) -> None:
    found = answer(command("unreferenced", "--json"))
    assert found["open"] == 4
    first = next(flag for flag in found["images"] if flag["copies"])
    assert sorted([first["image"], *first["copies"]]) == ["x1", *COPIES]
    assert [flag["image"] for flag in found["images"] if not flag["copies"]] == ["y"]
    answer(command("unreferenced", "--dismiss", first["id"], "--reason", "stock", "--json"))
    assert flags.count_open(judged) == 1


def test_a_long_title_takes_one_line(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    lines = command("unreferenced").stdout.splitlines()
    assert sum("long long" in line for line in lines) == 1
    assert any("…" in line for line in lines)
    # It leaves the rest of the row in one line, too.
    assert any("(+2 copies)" in line for line in lines)


def test_groups_are_read_until_there_are_enough() -> None:
    rows = [{"image": n, "hash": f"h{n // 100}", "score": 1} for n in range(250)]
    asked: list[int] = []

    def read(many: int) -> list[dict[str, object]]:
        asked.append(many)
        return [dict(row) for row in rows[:many]]

    found = groups(read, lambda some: group(some, "score"), 2)
    assert ([row["image"] for row in found], asked) == ([0, 100], [2, 8, 32, 128])
    assert len(groups(read, lambda some: group(some, "score"), 9)) == 3


def test_runs_fit_a_narrow_terminal_and_say_what_they_were_asked(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    table = command("runs").stdout
    run = json.loads(command("runs", "--json").stdout)["runs"][0]["run"]
    assert max(map(len, table.splitlines())) <= 80
    assert sum(run in line for line in table.splitlines()) == 1
    assert "succeeded" in table
    monkeypatch.setenv("COLUMNS", "160")
    assert " UTC" in command("runs").stdout
    whole = command("runs", run).stdout
    assert " UTC" in whole
    assert "What it was asked" in whole
