"""kg-enrich migrate, as a person runs it."""

from functools import partial
from pathlib import Path

import click
import pytest

from kg_enrich.graph import schema
from kg_enrich.graph.connection import Graph
from kg_enrich.graph.indexes import read_indexes
from kg_enrich.names import Names
from tests.support.neo4j_server import Neo4jServer
from tests.support.runner import Command, answer, commands


@pytest.fixture
def run(server: Neo4jServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Command:
    return partial(commands(server, monkeypatch, tmp_path), "migrate")


def test_a_dry_run_says_what_a_real_one_then_does(bare: Graph, run: Command) -> None:
    before = read_indexes(bare)
    planned = run("--dry-run").stdout
    assert read_indexes(bare) == before
    done = run().stdout
    assert "Applied V0001__constraints.cypher." in done
    assert planned.replace("Would apply", "Applied").replace("Would make", "Made") == done
    assert run("--dry-run").stdout == run().stdout == "Nothing to do: the graph is up to date.\n"


def test_the_status_names_what_is_missing_and_what_is_there(bare: Graph, run: Command) -> None:
    assert run("--status").stdout.count("missing") == len(schema.needs(Names()))
    run()
    status = run("--status")
    assert "V0001__constraints.cypher" in status.stdout
    assert "missing" not in status.stdout
    assert bare.uri in status.stderr
    report = answer(run("--status", "--json"))
    assert {one["state"] for one in report["migrations"]} == {"applied"}
    assert {one["state"] for one in report["schema"]} == {"online"}


@pytest.mark.parametrize("arguments", [("--dry-run", "--status"), ("--json",)])
def test_options_that_contradict_each_other_are_refused(
    arguments: tuple[str, ...], run: Command
) -> None:
    assert isinstance(run(*arguments).exception, click.UsageError)
