"""Fixtures of tests that make or drop what a database has of a schema."""

from collections.abc import Iterator

import pytest

from kg_enrich.graph.connection import Graph
from tests.support.bare import kept, strip
from tests.support.neo4j_server import Neo4jServer


@pytest.fixture(scope="module")
def server(neo4j_server: Neo4jServer) -> Iterator[Neo4jServer]:
    """The server, whose usual schema is put back after the module."""
    with kept(neo4j_server) as server:
        yield server


@pytest.fixture
def bare(server: Neo4jServer) -> Iterator[Graph]:
    """A graph without anything, constraints and indexes included."""
    with Graph(*server) as graph:
        strip(graph)
        yield graph
