"""Tests never empty a database that holds somebody's data."""

from collections.abc import Iterator

import pytest
from neo4j import Driver, GraphDatabase

from tests.support.bare import kept
from tests.support.neo4j_server import MARKER, Neo4jServer, NotATestDatabase, claim


@pytest.fixture
def given(neo4j_server: Neo4jServer) -> Iterator[Neo4jServer]:
    """The tests' server as if it were somebody's: nothing says that it may be emptied."""
    with kept(neo4j_server) as server:
        with GraphDatabase.driver(server.uri, auth=(server.username, server.password)) as driver:
            driver.execute_query("MATCH (n) DETACH DELETE n")
        yield server
        with GraphDatabase.driver(server.uri, auth=(server.username, server.password)) as driver:
            driver.execute_query(f"MERGE (:{MARKER})")


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
