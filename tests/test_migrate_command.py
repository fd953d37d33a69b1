"""kg-enrich migrate, as a person runs it."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from kg_enrich import schema
from kg_enrich.cli.migrate import migrate
from kg_enrich.graph import Graph
from kg_enrich.migration_lock import READ_INDEXES
from kg_enrich.queries import Names
from tests.bare import kept, strip
from tests.neo4j_server import Neo4jServer


@pytest.fixture(scope="module")
def server(neo4j_server: Neo4jServer) -> Iterator[Neo4jServer]:
    with kept(neo4j_server) as server:
        yield server


@pytest.fixture
def bare(server: Neo4jServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Graph]:
    monkeypatch.chdir(tmp_path)
    for name, value in server._asdict().items():
        monkeypatch.setenv(f"NEO4J_{name.upper()}", value)
    with Graph(*server) as graph:
        strip(graph)
        yield graph


def run(*arguments: str) -> Result:
    return CliRunner().invoke(migrate, arguments, catch_exceptions=False)


def test_a_dry_run_says_what_a_real_one_then_does(bare: Graph) -> None:
    before = bare.read(READ_INDEXES)
    planned = run("--dry-run").stdout
    assert bare.read(READ_INDEXES) == before
    done = run().stdout
    assert "Applied V0001__constraints.cypher." in done
    assert planned.replace("Would apply", "Applied").replace("Would make", "Made") == done
    assert run("--dry-run").stdout == run().stdout == "Nothing to do: the graph is up to date.\n"


def test_the_status_names_what_is_missing_and_what_is_there(bare: Graph) -> None:
    assert run("--status").stdout.count("missing") == len(schema.needs(Names()))
    run()
    status = run("--status")
    assert "V0001__constraints.cypher" in status.stdout
    assert "missing" not in status.stdout
    assert bare.uri in status.stderr
    report = json.loads(run("--status", "--json").stdout)
    assert {item["state"] for item in report["schema"]} == {"online"}
    assert report["migrations"][0]["state"].startswith("applied ")


def test_options_that_contradict_each_other_are_refused() -> None:
    assert run("--dry-run", "--status").exit_code == 2
    assert run("--json").exit_code == 2
