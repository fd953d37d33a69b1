"""Addresses and names that lead nowhere: one line that says which setting to mend."""

import pytest

from kg_enrich.errors import GraphError, SettingsError
from kg_enrich.graph.connection import Graph
from kg_enrich.graph.options import ConnectionOptions
from tests.support.neo4j_server import Neo4jServer


def failure(server: Neo4jServer, scheme: str, database: str | None = None) -> str:
    """What is said of a connection that must fail."""
    uri = f"{scheme}://{server.uri.partition('://')[2]}"
    options = ConnectionOptions(patience=120)
    wrong = SettingsError if database else GraphError
    with (
        Graph(uri, server.username, server.password, database, options=options) as graph,
        pytest.raises(wrong) as error,
    ):
        graph.server()
    assert "\n" not in str(error.value)
    assert uri in str(error.value)
    return str(error.value)


@pytest.mark.parametrize("scheme", ["bolt+s", "bolt+ssc", "neo4j+s"])
def test_tls_where_the_server_has_none(neo4j_server: Neo4jServer, scheme: str) -> None:
    assert "no +s where it has no TLS" in failure(neo4j_server, scheme)


@pytest.mark.parametrize("scheme", ["bolt", "neo4j"])
def test_another_database_than_there_is(neo4j_server: Neo4jServer, scheme: str) -> None:
    assert "NEO4J_DATABASE" in failure(neo4j_server, scheme, "nowhere")
