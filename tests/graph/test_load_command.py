"""kg-enrich load and run --load over a folder of Markdown, as a schedule calls them."""

import json
import threading
from pathlib import Path

import pytest

from kg_enrich.cli.output import once, until
from kg_enrich.errors import Interrupted
from kg_enrich.graph.connection import Graph
from kg_enrich.jobs.alone import alone
from kg_enrich.jobs.control import Control
from tests.support.commands import call, environment
from tests.support.export import PICTURES, picture
from tests.support.graphs import ask, evidence, snapshot
from tests.support.neo4j_server import Neo4jServer

PUMPS = """# Pumps

## Flange

Pump P-204 discharge flange: tighten the bolts to 85 Nm in a star pattern.

![the flange](flange.png)

## Beds

Tulips and daffodils are planted in October.
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An image root with a folder of Markdown and one picture with words in it."""
    folder = tmp_path / "wiki"
    folder.mkdir()
    (folder / "pumps.md").write_text(PUMPS)
    picture(folder / "flange.png", PICTURES["flange"])
    return folder


def test_a_scheduled_run_loads_reads_and_judges(
    graph: Graph, neo4j_server: Neo4jServer, folder: Path
) -> None:
    env = environment(neo4j_server, folder.parent, KG_ENRICH_CACHE_DIR=str(folder.parent / "cache"))
    command = ("run", "--load", "wiki", "--prune", "--json")
    first = call(env, folder.parent, *command)
    assert first.code == 0, first.err
    told = json.loads(first.out)
    assert (told["loaded"]["kind"], told["loaded"]["documents"]) == ("Markdown", 2)
    assert (told["images"]["read"], told["published"]) == (1, 1)
    assert set(evidence(graph)) == {("wiki/pumps.md#Flange", "wiki/flange.png")}
    assert first.err.count("Neo4j 2") + first.err.count("Neo4j 5") == 1

    before = snapshot(graph, "EnrichmentRun", "EnrichmentJob")
    again = call(env, folder.parent, *command)
    assert again.code == 0, again.err
    assert json.loads(again.out)["loaded"]["opened"] == 0
    assert snapshot(graph, "EnrichmentRun", "EnrichmentJob") == before

    (folder / "pumps.md").write_text(PUMPS.replace("## Beds", "![](gone.png)\n\n## Bulbs"))
    third = call(env, folder.parent, *command)
    assert third.code == 4, third.err
    assert "pumps.md:9: image 'gone.png' is not there" in third.err
    assert json.loads(third.out)["loaded"]["removed"] == 1
    titles = ask(graph, "MATCH (d:Document) RETURN d.title AS title ORDER BY title")
    assert [row["title"] for row in titles] == ["Pumps / Bulbs", "Pumps / Flange"]


def test_load_says_what_it_takes_the_folder_for(
    graph: Graph, neo4j_server: Neo4jServer, folder: Path
) -> None:
    env = environment(neo4j_server, folder.parent)
    loaded = call(env, folder.parent, "load", "wiki")
    assert loaded.code == 0, loaded.err
    assert "Markdown" in loaded.err
    assert loaded.out.startswith("2 new or changed files gave 2 documents, 1 images and 1 ref")
    (folder / "documents.jsonl").write_text('{"id": "a", "text": "t"}\n')
    loaded = call(env, folder.parent, "load", "wiki")
    assert "loaded as JSONL" in loaded.err
    assert loaded.out.startswith("1 documents")
    pruned = call(env, folder.parent, "load", "wiki", "--prune")
    assert pruned.code == 2
    assert "--prune" in pruned.err


@pytest.mark.parametrize("options", [("--prune",), ("--load", ".", "--dry-run")])
def test_options_that_contradict_each_other_are_refused(
    options: tuple[str, ...], tmp_path: Path, neo4j_server: Neo4jServer
) -> None:
    assert call(environment(neo4j_server, tmp_path), tmp_path, "run", *options).code == 2


def test_a_step_ends_after_the_batch_in_hand() -> None:
    stop = threading.Event()
    batches: list[int] = []
    advance = until(stop, lambda _, done: batches.append(done))
    advance(9, 1)
    stop.set()
    with pytest.raises(Interrupted):
        advance(9, 2)
    assert batches == [1, 2]


def test_what_several_steps_say_is_said_once() -> None:
    said: list[str] = []
    tell = once(said.append)
    for line in ("graph", "one", "graph", "two", "graph"):
        tell(line)
    assert said == ["graph", "one", "two"]


def test_two_loads_at_once_are_one_after_the_other(
    graph: Graph, neo4j_server: Neo4jServer, tmp_path: Path
) -> None:
    (tmp_path / "page.md").write_text("# A pump\n\nIt leaks.\n")
    env = environment(neo4j_server, tmp_path)
    with alone(graph, "load", Control()):
        refused = call(env, tmp_path, "load", ".")
        assert refused.code == 3, refused.err
        assert ask(graph, "MATCH (d:Document) RETURN d") == []
    assert call(env, tmp_path, "load", ".").code == 0
    assert len(ask(graph, "MATCH (d:Document) RETURN d")) == 1
