"""What indexes and constraints a database has."""

from kg_enrich.graph.connection import Graph, Row
from kg_enrich.graph.queries import query

READ_INDEXES = query("read_indexes")


def read_indexes(graph: Graph) -> list[Row]:
    """Every index, with the constraint that it stands behind; rows of `read_indexes`."""
    return graph.read(READ_INDEXES)
