"""Images that cannot be read now are listed, counted, and never forgotten with their evidence."""

from pathlib import Path

import pytest

from kg_enrich import api
from kg_enrich.graph.connection import Graph
from kg_enrich.models import Outcome
from kg_enrich.settings import load_settings
from tests.support.graphs import TableScorer, ask, evidence, make, run_table
from tests.support.neo4j_server import Neo4jServer
from tests.support.runner import Command, answer, commands

TEXTS: dict[str | int, str] = {"a": "red lamp", "b": "pump"}


@pytest.fixture
def judged(graph: Graph, tmp_path: Path) -> Graph:
    make(graph, tmp_path, TEXTS, {"a": ["x", "y", "z"], "b": ["x"]})
    run_table(graph, tmp_path, TableScorer({("a", "z"): Outcome.UNREADABLE}))
    return graph


@pytest.fixture
def command(
    judged: Graph, migrated: Neo4jServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Command:
    monkeypatch.setenv("KG_ENRICH_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("KG_ENRICH_CANDIDATES", "explicit")
    return commands(migrated, monkeypatch, tmp_path)


def listed(command: Command) -> list[tuple[str, int, bool]]:
    found = answer(command("unreadable", "--json"))
    assert found["total"] == len(found["images"])
    assert found["evidence"] == sum(one["evidence"] for one in found["images"])
    return [(one["image"], one["evidence"], one["since"] is not None) for one in found["images"]]


def test_what_could_not_be_read_is_listed_with_why_and_since_when(command: Command) -> None:
    assert listed(command) == [("z", 0, True)]
    table = command("unreadable").stdout
    assert table.startswith("1 images cannot be read; 0 pieces of evidence are on them")
    assert "it is unreadable" in table


def test_evidence_on_files_that_are_gone_is_mentioned(
    command: Command, judged: Graph, tmp_path: Path
) -> None:
    (tmp_path / "x.png").unlink()
    ask(judged, "MATCH (i:Image {id: 'y'}) REMOVE i.path")
    assert listed(command) == [("x", 2, False), ("y", 1, False), ("z", 0, True)]
    assert len(evidence(judged)) == 3
    rows = command("unreadable", "--csv", "--limit", "1").stdout.splitlines()
    assert rows[0] == "image,path,reason,since,evidence"
    assert rows[1].startswith("x,x.png,")
    said: list[str] = []
    api.run(load_settings(), say=said.append)
    assert any("on record as unreadable" in line and "3 pieces" in line for line in said)
    assert [since for _, _, since in listed(command)] == [True, True, True]


def test_reading_again_counts_what_is_known_to_be_unreadable(
    command: Command, tmp_path: Path
) -> None:
    (tmp_path / "x.png").write_bytes(b"no picture")
    first = answer(command("read-images", "--json"))
    again = answer(command("read-images", "--json"))
    assert first["unreadable"] == 1
    assert (again["unreadable"], again["known_unreadable"]) == (0, first["known_unreadable"] + 1)
    assert "kg-enrich unreadable" in command("read-images").stdout
