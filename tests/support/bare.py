"""A database without any schema, for tests of what makes one."""

from collections.abc import Iterator
from contextlib import contextmanager

from kg_enrich.graph import migrations, schema
from kg_enrich.graph.connection import Graph
from kg_enrich.graph.indexes import read_indexes
from kg_enrich.graph.queries import quote
from tests.support.graphs import ask
from tests.support.neo4j_server import MARKER, Neo4jServer


def strip(graph: Graph) -> None:
    """Drops every node, constraint and index."""
    ask(graph, f"MATCH (n) WHERE NOT n:{MARKER} DETACH DELETE n")
    for row in read_indexes(graph):
        if row["constraint"]:
            graph.define(f"DROP CONSTRAINT {quote(row['constraint'])}")
        elif row["kind"] != "LOOKUP":
            graph.define(f"DROP INDEX {quote(row['name'])}")


@contextmanager
def kept(server: Neo4jServer) -> Iterator[Neo4jServer]:
    """A server whose usual schema is put back afterwards, for the tests that build on it."""
    yield server
    with Graph(*server) as graph:
        strip(graph)
        migrations.apply(graph, migrations.load())
        schema.ensure(graph)
