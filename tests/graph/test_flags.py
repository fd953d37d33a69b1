"""Flags on images with strong evidence that no document references."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import click
import pytest

from kg_enrich import api
from kg_enrich.errors import GraphError, LeaseLostError
from kg_enrich.evidence import flags
from kg_enrich.evidence.flags import FlagChanges, flag_id
from kg_enrich.graph.connection import Graph, Transaction
from kg_enrich.models import ImageId
from kg_enrich.settings import load_settings
from tests.support.graphs import TableScorer, ask, make, repaint, run_table, snapshot
from tests.support.neo4j_server import Neo4jServer
from tests.support.runner import Command, answer, commands

TEXTS: dict[str | int, str] = {"a": "red lamp", "b": "pump"}
CANDIDATES: dict[str | int, list[str | int]] = {"a": ["x", "y"], "b": ["x", "z"]}
SCORES = {("a", "x"): 8.0, ("a", "y"): 7.9, ("b", "x"): 9.5, ("b", "z"): 9.0}


def update(graph: Graph, confidence: float = 0.8) -> FlagChanges:
    return flags.update(graph, confidence, "a-run")


def statuses(graph: Graph) -> dict[str | int | None, str]:
    rows = ask(
        graph,
        "MATCH (f:EvidenceFlag) OPTIONAL MATCH (f)-[:FLAGS]->(i:Image) "
        "RETURN i.id AS image, f.status AS status",
    )
    found = {row["image"]: row["status"] for row in rows}
    assert len(found) == len(rows)
    return found


def whole(graph: Graph) -> list[dict[str, Any]]:
    """Every flag with its times too."""
    return ask(graph, "MATCH (f:EvidenceFlag) RETURN properties(f) AS flag ORDER BY f.id")


def reference(graph: Graph, image: str) -> None:
    ask(
        graph,
        "MATCH (d:Document {id: 'a'}), (i:Image {id: $image}) MERGE (d)-[:REFERENCES]->(i)",
        image=image,
    )


@pytest.fixture
def judged(graph: Graph, tmp_path: Path) -> Graph:
    make(graph, tmp_path, TEXTS, CANDIDATES)
    run_table(graph, tmp_path, TableScorer(SCORES))
    return graph


@pytest.fixture
def command(migrated: Neo4jServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Command:
    return commands(migrated, monkeypatch, tmp_path)


def test_strong_evidence_without_a_reference_is_flagged(judged: Graph) -> None:
    reference(judged, "z")
    assert update(judged) == FlagChanges(raised=1, resolved=0, open=1)
    (flag,) = flags.read_open(judged, 10)
    assert (flag.image, flag.confidence) == ("x", 0.95)
    assert [(d.document, d.confidence) for d in flag.documents] == [("b", 0.95), ("a", 0.8)]
    assert flag.documents[0].reason == "table: 9.5"


def test_asking_twice_changes_nothing(judged: Graph) -> None:
    update(judged)
    before = whole(judged)
    assert update(judged) == FlagChanges(raised=0, resolved=0, open=2)
    assert whole(judged) == before


def test_nothing_is_written_when_nothing_changes(judged: Graph) -> None:
    update(judged)

    def refuse(_: Transaction) -> None:
        raise AssertionError("a write transaction was opened")

    assert flags.update(judged, 0.8, "another", refuse).open == 2


def test_a_reference_resolves_it_and_its_end_reopens_it(judged: Graph) -> None:
    update(judged)
    reference(judged, "x")
    assert update(judged) == FlagChanges(raised=0, resolved=1, open=1)
    assert statuses(judged) == {"x": "resolved", "z": "open"}
    before = whole(judged)
    assert update(judged).resolved == 0
    assert whole(judged) == before
    ask(judged, "MATCH ()-[r:REFERENCES]->() DELETE r")
    assert update(judged) == FlagChanges(raised=1, resolved=0, open=2)
    assert statuses(judged) == {"x": "open", "z": "open"}
    assert all(flag["flag"].get("resolvedAt") is None for flag in whole(judged))


def test_it_is_resolved_when_the_evidence_is_gone(judged: Graph, tmp_path: Path) -> None:
    update(judged)
    ask(judged, "MATCH (d:Document {id: 'b'}) SET d.text = 'something else'")
    weaker = {("b", "x"): 1.0, ("b", "z"): 8.5}
    run_table(judged, tmp_path, TableScorer({**SCORES, **weaker}))
    assert update(judged) == FlagChanges(raised=0, resolved=0, open=2)
    assert [flag.confidence for flag in flags.read_open(judged, 10)] == [0.85, 0.8]
    ask(judged, "MATCH ()-[r:HAS_EVIDENCE]->(:Image {id: 'z'}) DELETE r")
    assert update(judged) == FlagChanges(raised=0, resolved=1, open=1)
    assert statuses(judged) == {"x": "open", "z": "resolved"}


def test_another_threshold_raises_and_resolves(judged: Graph) -> None:
    assert update(judged, 0.95).open == 1
    assert update(judged, 0.5) == FlagChanges(raised=2, resolved=0, open=3)
    assert update(judged, 0.95) == FlagChanges(raised=0, resolved=2, open=1)
    assert update(judged, 1.0).open == 0


def test_a_dismissed_flag_stays_away_for_good(judged: Graph) -> None:
    update(judged)
    assert flags.dismiss(judged, flag_id(ImageId("x"))[:8], "stock photo", "lin") == "x"
    before = whole(judged)
    flags.dismiss(judged, flag_id(ImageId("x")), "stock photo", "lin")
    assert update(judged) == FlagChanges(raised=0, resolved=0, open=1)
    reference(judged, "x")
    update(judged)
    ask(judged, "MATCH ()-[r:REFERENCES]->() DELETE r")
    update(judged)
    assert whole(judged) == before
    assert statuses(judged) == {"x": "dismissed", "z": "open"}


def test_images_reloaded_overnight_keep_their_flags(judged: Graph, tmp_path: Path) -> None:
    update(judged)
    flags.dismiss(judged, flag_id(ImageId("x")), "stock photo", "lin")
    ask(judged, "MATCH (i:Image) DETACH DELETE i")
    make(judged, tmp_path, {}, CANDIDATES)
    run_table(judged, tmp_path, TableScorer(SCORES))
    assert update(judged) == FlagChanges(raised=0, resolved=0, open=1)
    assert statuses(judged) == {"x": "dismissed", "z": "open"}


def test_the_flags_of_deleted_images_go(judged: Graph) -> None:
    update(judged)
    ask(judged, "MATCH (i:Image) DETACH DELETE i")
    assert update(judged).open == 0
    assert statuses(judged) == {}


def test_doubled_images_and_ids_of_both_kinds(graph: Graph, tmp_path: Path) -> None:
    make(graph, tmp_path, {7: "seven"}, {7: [1, "x"]})
    run_table(graph, tmp_path, TableScorer(default=9.0))
    ask(graph, "CREATE (:Image {id: 'x', path: 'x.png'})")
    assert update(graph) == FlagChanges(raised=1, resolved=0, open=1)
    assert statuses(graph) == {1: "open"}


def test_many_flags_go_in_several_batches(graph: Graph, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flags, "_BATCH", 10)
    ask(
        graph,
        "CREATE (d:Document {id: 'd'}), (e:Document {id: 'e'}) WITH d, e "
        "UNWIND range(1, 45) AS n CREATE (i:Image {id: n}) "
        "CREATE (d)-[:HAS_EVIDENCE {key: 'd' + n, confidence: 0.8, reason: '', source: 's'}]->(i) "
        "CREATE (e)-[:HAS_EVIDENCE {key: 'e' + n, confidence: 0.9, reason: '', source: 's'}]->(i)",
    )
    writes: list[Transaction] = []
    changes = flags.update(graph, 0.8, "a-run", writes.append)
    assert changes == FlagChanges(raised=45, resolved=0, open=45)
    assert len(writes) >= 9
    assert len(flags.read_open(graph, 7)) == 7
    assert {flag.confidence for flag in flags.read_open(graph, 100)} == {0.9}


def test_several_at_once_come_to_the_same(graph: Graph) -> None:
    ask(
        graph,
        "CREATE (d:Document {id: 'd'}) WITH d UNWIND range(1, 200) AS n "
        "CREATE (d)-[:HAS_EVIDENCE {key: 'k' + n, confidence: 0.9}]->(:Image {id: 'i' + n})",
    )
    with ThreadPoolExecutor(4) as pool:
        changes = list(pool.map(update, [graph] * 4))
    assert changes[-1].open == 200
    assert set(statuses(graph).values()) == {"open"}
    assert update(graph) == FlagChanges(raised=0, resolved=0, open=200)


def test_a_lost_lease_writes_nothing(judged: Graph) -> None:
    before = snapshot(judged)

    def lost(_: Transaction) -> None:
        raise LeaseLostError("lost")

    with pytest.raises(LeaseLostError):
        flags.update(judged, 0.8, "a-run", lost)
    assert snapshot(judged) == before


def test_a_run_flags(
    graph: Graph, migrated: Neo4jServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    commands(migrated, monkeypatch, tmp_path)
    said: list[str] = []
    make(graph, tmp_path, TEXTS, {})
    ask(graph, "CREATE (:Image {id: 'other', path: 'other.png'})")
    settings = load_settings(candidates="explicit", cache_dir=tmp_path)
    record = api.run(settings, say=said.append)
    assert "Unreferenced images: 0 flags raised, 0 resolved, 0 open." in said
    ask(
        graph,
        "MATCH (d:Document {id: 'a'}) CREATE (d)-[:HAS_EVIDENCE {key: 'k', confidence: 0.9, "
        "source: 'theirs', reason: ''}]->(:Image {id: 'i'})",
    )
    record = api.run(settings, say=said.append)
    assert "Unreferenced images: 1 flags raised, 0 resolved, 1 open." in said
    rows = ask(graph, "MATCH (f:EvidenceFlag) RETURN f.runId AS run, f.kind AS kind")
    assert rows == [{"run": record.id, "kind": "unreferenced"}]


def test_a_dismissal_is_about_the_picture_that_was_seen(judged: Graph, tmp_path: Path) -> None:
    update(judged)
    flags.dismiss(judged, flag_id(ImageId("x")), "stock photo", "lin")
    (tmp_path / "x.png").touch()
    run_table(judged, tmp_path, TableScorer(SCORES))
    assert update(judged).raised == 0
    repaint(tmp_path / "x.png")
    run_table(judged, tmp_path, TableScorer(SCORES))
    assert update(judged).raised == 1
    assert statuses(judged) == {"x": "open", "z": "open"}


def test_the_command_lists_and_dismisses(judged: Graph, command: Command) -> None:
    listed = answer(command("unreferenced", "--json"))
    assert (listed["raised"], listed["open"]) == (2, 2)
    assert [flag["image"] for flag in listed["images"]] == ["x", "z"]
    table = command("unreferenced", "--limit", "1").stdout
    short = listed["images"][0]["id"][:10]
    assert short in table
    assert Counter(table.split())["table:"] == 2
    done = command("unreferenced", "--dismiss", short, "--reason", "stock", "--by", "lin")
    assert done.stdout == "Dismissed for good: image x.\n"
    assert statuses(judged) == {"x": "dismissed", "z": "open"}
    rows = whole(judged)
    answer(
        command("unreferenced", "--dismiss", short, "--reason", "stock", "--by", "lin", "--json")
    )
    assert whole(judged) == rows


def test_the_command_refuses_what_cannot_be(judged: Graph, command: Command) -> None:
    answer(command("unreferenced", "--json"))
    for identifier, message in (("nosuch", "No flag's id"), ("", "More than one flag's id")):
        refused = command("unreferenced", "--dismiss", identifier, "--reason", "r", "--by", "lin")
        assert isinstance(refused.exception, GraphError)
        assert message in str(refused.exception)
    for arguments in (["--dismiss", "x"], ["--reason", "r"], ["--min-confidence", "8"]):
        assert isinstance(command("unreferenced", *arguments).exception, click.UsageError)
    assert set(statuses(judged).values()) == {"open"}
