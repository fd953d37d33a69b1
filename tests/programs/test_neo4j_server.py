"""Tests never empty a database that holds somebody's data."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from neo4j import Driver, GraphDatabase

from kg_enrich import embedded
from kg_enrich.settings import load_settings
from tests.support.neo4j_server import MARKER, Neo4jServer, NotATestDatabase, claim


@pytest.fixture
def given(tmp_path: Path) -> Iterator[Neo4jServer]:
    """A server of this test's own, as TEST_NEO4J_URI could name it."""
    cache = load_settings().cache_dir
    with embedded.lent(tmp_path / "home", cache=cache, progress=lambda _: None) as server:
        yield Neo4jServer(server.uri, server.username, server.password)


def ids(driver: Driver) -> list[str]:
    return [row["id"] for row in driver.execute_query("MATCH (n) RETURN n.id AS id").records]


def test_only_an_empty_or_a_marked_database_is_used(given: Neo4jServer) -> None:
    with GraphDatabase.driver(given.uri, auth=(given.username, given.password)) as driver:
        driver.execute_query("CREATE (:Document {id: 'precious'})")
        with pytest.raises(NotATestDatabase, match=MARKER):
            claim(given)
        assert ids(driver) == ["precious"]

        driver.execute_query("MATCH (n) DETACH DELETE n")
        claim(given)
        driver.execute_query("CREATE (:Document {id: 'left by a test'})")
        claim(given)
        assert driver.execute_query(f"MATCH (n:{MARKER}) RETURN n").records
