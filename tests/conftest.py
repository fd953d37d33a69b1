"""Fixtures that many tests share."""

import os
from collections.abc import Iterator

import pytest

from kg_enrich import migrations, schema
from kg_enrich.graph import Graph
from tests.graphs import empty
from tests.neo4j_server import Neo4jServer, NotATestDatabase, serve


@pytest.fixture(scope="session")
def neo4j_server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Neo4jServer]:
    """The one Neo4j of this test session: (uri, username, password)."""
    capture = request.config.pluginmanager.getplugin("capturemanager")

    def progress(message: str) -> None:
        with capture.global_and_fixture_disabled():
            print(f"\n{message}", flush=True)

    try:
        with serve(os.environ, tmp_path_factory.mktemp("neo4j"), progress) as server:
            yield server
    except NotATestDatabase as error:
        pytest.exit(str(error), returncode=2)


@pytest.fixture(scope="session")
def migrated(neo4j_server: Neo4jServer) -> Neo4jServer:
    """The server with our migrations and the default names' schema."""
    with Graph(*neo4j_server) as graph:
        migrations.apply(graph, migrations.load())
        schema.ensure(graph)
    return neo4j_server


@pytest.fixture
def graph(migrated: Neo4jServer) -> Iterator[Graph]:
    """A migrated graph without any data."""
    with Graph(*migrated) as graph:
        empty(graph)
        yield graph
