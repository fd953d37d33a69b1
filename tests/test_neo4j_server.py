"""Tests never empty a database that holds somebody's data."""

from collections.abc import Iterator

import pytest
from neo4j import Driver, GraphDatabase

from tests.neo4j_server import MARKER, Neo4jServer, NotATestDatabase, claim


@pytest.fixture
def driver(neo4j_server: Neo4jServer) -> Iterator[Driver]:
    auth = (neo4j_server.username, neo4j_server.password)
    with GraphDatabase.driver(neo4j_server.uri, auth=auth) as driver:
        marked = driver.execute_query(f"MATCH (n:{MARKER}) RETURN n").records
        driver.execute_query("MATCH (n) DETACH DELETE n")
        yield driver
        driver.execute_query("MATCH (n) DETACH DELETE n")
        if marked:
            driver.execute_query(f"CREATE (:{MARKER})")


def test_an_empty_database_is_marked_and_then_accepted(
    neo4j_server: Neo4jServer, driver: Driver
) -> None:
    claim(neo4j_server)
    driver.execute_query("CREATE (:Document {id: 'left by a test'})")
    claim(neo4j_server)
    labels = driver.execute_query("MATCH (n) RETURN labels(n) AS labels").records
    assert sorted(row["labels"] for row in labels) == [["Document"], [MARKER]]


def test_somebodys_data_is_refused_and_left_alone(
    neo4j_server: Neo4jServer, driver: Driver
) -> None:
    driver.execute_query("CREATE (:Document {id: 'precious'})")
    with pytest.raises(NotATestDatabase, match=MARKER):
        claim(neo4j_server)
    rows = driver.execute_query("MATCH (n) RETURN n.id AS id").records
    assert [row["id"] for row in rows] == ["precious"]
