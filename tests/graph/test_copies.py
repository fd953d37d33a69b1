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
from kg_enrich.graph.connection import Graph
from tests.support.graphs import TableScorer, ask, begin_source, make, run_table
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


@pytest.mark.parametrize("page", [1, 500])
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
