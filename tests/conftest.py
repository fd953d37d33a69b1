"""Fixtures that many tests share."""

import os
from collections.abc import Iterator

import pytest

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
