"""What operators rely on: who writes what, credentials that change, reading that only reads."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import neo4j
import pytest

from kg_enrich.errors import SettingsError
from kg_enrich.graph.connection import Graph, Transaction
from kg_enrich.graph.credentials import choose
from kg_enrich.graph.options import ConnectionOptions
from kg_enrich.graph.queries import Query
from tests.support.commands import call, environment
from tests.support.graphs import TableScorer, ask, make, run_table, snapshot
from tests.support.neo4j_server import Neo4jServer

ROOT = Path(__file__).parents[2]
PLANTED = "the-text-of-nobody-else"
ONE = Query("test", "RETURN 1 AS one")


@pytest.fixture
def somebody(graph: Graph) -> Iterator[str]:
    """A user of the server beside the tests' own."""
    ask(graph, "CREATE USER somebody SET PASSWORD 'first-one' CHANGE NOT REQUIRED")
    yield "somebody"
    ask(graph, "DROP USER somebody")


def test_a_password_that_changes_costs_no_run(
    graph: Graph, neo4j_server: Neo4jServer, somebody: str, tmp_path: Path
) -> None:
    file = tmp_path / "password"
    file.write_text("first-one\n")
    # Each call has a connection of its own, as after an hour.
    options = ConnectionOptions(120.0, 1e-6, 0.0, choose(somebody, password_file=file))
    with Graph(neo4j_server.uri, somebody, "", options=options) as theirs:
        assert theirs.execute(ONE) == [{"one": 1}]
        ask(graph, "ALTER USER somebody SET PASSWORD 'second-one' CHANGE NOT REQUIRED")
        file.write_text("second-one\n")
        assert theirs.execute(ONE) == [{"one": 1}]
        # One that nobody changed fails at once, by name and without the secret.
        file.write_text("wrong-one\n")
        with pytest.raises(SettingsError, match=r"refuses .* NEO4J_PASSWORD_FILE") as refused:
            theirs.execute(ONE)
        assert "wrong-one" not in str(refused.value)


def test_the_server_shows_whose_transaction_it_is(graph: Graph) -> None:
    def look(transaction: Transaction) -> list[dict[str, Any]]:
        return ask(graph, "SHOW TRANSACTIONS YIELD metaData WHERE metaData.run = 'r1'")

    (row,) = graph.write(look, run="r1")
    assert row["metaData"].keys() == {"app", "doing", "host", "pid", "run"}
    assert row["metaData"]["app"].startswith("kg-enrich/")


@pytest.mark.parametrize(
    "arguments",
    [
        ("show",),
        ("show", "a"),
        ("show", "--without-evidence"),
        ("runs",),
        ("unreadable",),
        ("unreferenced",),
        ("candidates", "a"),
        ("estimate",),
        ("run", "--dry-run"),
        ("migrate", "--check"),
        ("migrate", "--status"),
    ],
    ids=" ".join,
)
def test_what_only_reads_asks_for_nothing_else(
    arguments: tuple[str, ...],
    graph: Graph,
    neo4j_server: Neo4jServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    make(graph, tmp_path, {"a": "red lamp"}, {"a": ["x"]})
    run_table(graph, tmp_path, TableScorer())
    ask(graph, "MERGE (s:EvidenceSource {name: 'table'})")
    before = snapshot(graph)
    asked: list[str] = []
    session = neo4j.Driver.session

    def watched(self: neo4j.Driver, **config: Any) -> neo4j.Session:
        asked.append(config["default_access_mode"])
        return session(self, **config)

    monkeypatch.setattr(neo4j.Driver, "session", watched)
    done = call(environment(neo4j_server, tmp_path), tmp_path, *arguments)
    assert done.code in (0, 1), done.err
    assert asked and set(asked) == {neo4j.READ_ACCESS}
    monkeypatch.undo()
    assert snapshot(graph) == before


def test_neither_secrets_nor_texts_are_logged(
    graph: Graph, neo4j_server: Neo4jServer, tmp_path: Path
) -> None:
    make(graph, tmp_path, {"a": f"red {PLANTED}"}, {"a": ["x", "y"]})
    (tmp_path / "y.png").write_bytes(b"no picture")
    env = environment(
        neo4j_server,
        tmp_path,
        KG_ENRICH_CANDIDATES="explicit",
        KG_ENRICH_CACHE_DIR=str(tmp_path / "cache"),
        KG_ENRICH_WEBHOOK="http://127.0.0.1:9/planted-in-webhook",
    )
    commands = (["run"], ["run", "--json"], ["runs", "--json"], ["doctor", "--json"], ["settings"])
    for arguments in commands:
        for form in ("text", "json"):
            done = call(env | {"KG_ENRICH_LOG_FORMAT": form}, tmp_path, *arguments)
            for secret in (PLANTED, neo4j_server.password, "planted-in-webhook"):
                assert secret not in done.out + done.err, arguments
    lines = [json.loads(line) for line in call(
        env, tmp_path, "--log-format", "json", "run"
    ).err.splitlines()]  # fmt: skip
    events = [line["event"] for line in lines if "event" in line]
    assert events[0] == "run_started" and events[-1] == "run_finished"
    assert {line["run"] for line in lines if "event" in line} == {lines[-1]["run"]}


def test_rights_are_valid_and_forget_no_label(graph: Graph) -> None:
    text = (ROOT / "deploy" / "neo4j" / "rights.cypher").read_text("utf-8")
    statements = re.sub(r"^//.*\n", "", text, flags=re.M).strip().split(";\n")
    assert len(statements) > 20
    for statement in statements:
        with (
            graph.driver.session(database="system") as session,
            pytest.raises(neo4j.exceptions.Neo4jError) as refused,
        ):
            session.run(statement.removesuffix(";").strip()).consume()
        # Community has no roles; what it cannot read it refuses otherwise.
        assert "Unsupported administration command" in str(refused.value), statement
    made = "".join(file.read_text("utf-8") for file in (ROOT / "migrations").glob("*.cypher"))
    ours = set(re.findall(r"^FOR \(n:(\w+)\)", made, re.M))
    assert len(ours) > 20 and ours <= set(re.findall(r"\w+", text))
