"""The Neo4j that the tests use: a given one, else a container, else an embedded one.

TEST_NEO4J_URI, TEST_NEO4J_USERNAME and TEST_NEO4J_PASSWORD name a database that the tests may
empty. TEST_NEO4J_VERSION and TEST_NEO4J_LANGUAGE (CYPHER_5, CYPHER_25) choose among embedded and
containerised servers.
"""

import gc
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple, cast

from neo4j import GraphDatabase

from kg_enrich import embedded
from kg_enrich.settings import load_settings

# A test that empties the graph leaves the nodes with this label alone.
MARKER = "KgEnrichTestDatabase"


class Neo4jServer(NamedTuple):
    """Where the tests find their Neo4j."""

    uri: str
    username: str
    password: str


class NotATestDatabase(Exception):
    """The database that TEST_NEO4J_URI names holds somebody's data."""


@contextmanager
def serve(
    environment: Mapping[str, str], home: Path, progress: Callable[[str], None]
) -> Iterator[Neo4jServer]:
    """The server that `environment` asks for; `home` is for an embedded one."""
    version = environment.get("TEST_NEO4J_VERSION", embedded.DEFAULT_VERSION)
    language = cast("embedded.Language | None", environment.get("TEST_NEO4J_LANGUAGE"))
    if uri := environment.get("TEST_NEO4J_URI"):
        server = Neo4jServer(
            uri,
            environment.get("TEST_NEO4J_USERNAME", "neo4j"),
            environment.get("TEST_NEO4J_PASSWORD", ""),
        )
        claim(server)
        progress(f"tests use the Neo4j at {uri}")
        yield server
    elif docker_answers():
        with _container(version, language) as server:
            progress(f"tests use Neo4j {version} in a container at {server.uri}")
            yield server
    else:
        with _embedded(version, language, home, progress) as server:
            yield server


def claim(server: Neo4jServer) -> None:
    """Marks an empty database as one that tests may empty.

    Errors: NotATestDatabase when it is neither empty nor marked.
    """
    with GraphDatabase.driver(server.uri, auth=(server.username, server.password)) as driver:
        marked, _, _ = driver.execute_query(f"MATCH (n:{MARKER}) RETURN n LIMIT 1")
        some, _, _ = driver.execute_query("MATCH (n) RETURN n LIMIT 1")
        if some and not marked:
            raise NotATestDatabase(
                f"The database at {server.uri} is not empty and tests would empty it; if they may, "
                f"mark it: CREATE (:{MARKER})."
            )
        driver.execute_query(f"MERGE (:{MARKER})")


def docker_answers() -> bool:
    """Whether a Docker daemon answers."""
    from docker.errors import DockerException
    from testcontainers.core.docker_client import DockerClient

    # Where no daemon is, the library forgets to close its socket.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        try:
            return bool(DockerClient().client.ping())
        except DockerException:
            return False
        finally:
            gc.collect()


@contextmanager
def _container(version: str, language: embedded.Language | None) -> Iterator[Neo4jServer]:
    from testcontainers.community.neo4j import Neo4jContainer

    container = Neo4jContainer(f"neo4j:{version}-community", username="neo4j", password="for-tests")
    if language:
        container.with_env("NEO4J_db_query_default__language", language)
    with container:
        yield Neo4jServer(container.get_connection_url(), container.username, container.password)


@contextmanager
def _embedded(
    version: str,
    language: embedded.Language | None,
    home: Path,
    progress: Callable[[str], None],
) -> Iterator[Neo4jServer]:
    settings = load_settings()
    server = embedded.start(
        home,
        cache=settings.cache_dir,
        version=version,
        maven_repository=settings.maven_repository,
        owned=True,
        language=language,
        progress=progress,
    )
    try:
        yield Neo4jServer(server.uri, server.username, server.password)
    finally:
        embedded.stop(home)
