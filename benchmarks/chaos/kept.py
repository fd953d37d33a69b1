"""Whole graphs, and what constraints and indexes they have, kept and put back."""

from collections import Counter, defaultdict
from typing import Any, NamedTuple

from kg_enrich.graph.connection import Graph
from kg_enrich.graph.indexes import read_indexes
from tests.support.graphs import ask, empty

_ROWS = 500


class Kept(NamedTuple):
    """All nodes and edges of a graph but its migrations."""

    nodes: list[dict[str, Any]]
    edges: list[dict[str, Any]]


def keep(graph: Graph) -> Kept:
    nodes = ask(
        graph,
        "MATCH (n) WHERE NOT n:__Neo4jMigration "
        "RETURN elementId(n) AS id, labels(n) AS labels, properties(n) AS properties",
    )
    edges = ask(
        graph,
        "MATCH (a)-[r]->(b) WHERE NOT a:__Neo4jMigration RETURN elementId(a) AS start, "
        "elementId(b) AS end, type(r) AS type, properties(r) AS properties",
    )
    return Kept(nodes, edges)


def put_back(graph: Graph, kept: Kept) -> None:
    """Makes the graph what it was."""
    empty(graph)
    ids: dict[str, str] = {}
    by_labels = defaultdict(list)
    for node in kept.nodes:
        by_labels[":".join(f"`{label}`" for label in node["labels"])].append(node)
    for labels, nodes in by_labels.items():
        for rows in _portions(nodes):
            made = ask(
                graph,
                f"UNWIND $rows AS row CREATE (n:{labels}) SET n = row.properties "
                "RETURN row.id AS old, elementId(n) AS new",
                rows=rows,
            )
            ids |= {row["old"]: row["new"] for row in made}
    by_type = defaultdict(list)
    for edge in kept.edges:
        by_type[edge["type"]].append(
            {"a": ids[edge["start"]], "b": ids[edge["end"]], "properties": edge["properties"]}
        )
    for kind, edges in by_type.items():
        for rows in _portions(edges):
            ask(
                graph,
                "UNWIND $rows AS row MATCH (a) WHERE elementId(a) = row.a "
                "MATCH (b) WHERE elementId(b) = row.b "
                f"CREATE (a)-[r:`{kind}`]->(b) SET r = row.properties",
                rows=rows,
            )


def _portions(rows: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    return [rows[start : start + _ROWS] for start in range(0, len(rows), _ROWS)]


def undress(graph: Graph) -> None:
    """Takes every constraint and index away, and what is on record of migrations."""
    for row in ask(graph, "SHOW CONSTRAINTS YIELD name"):
        graph.define(f"DROP CONSTRAINT `{row['name']}` IF EXISTS")
    for row in ask(graph, "SHOW INDEXES YIELD name, type WHERE type <> 'LOOKUP' RETURN name"):
        graph.define(f"DROP INDEX `{row['name']}` IF EXISTS")
    ask(graph, "MATCH (n:__Neo4jMigration) DETACH DELETE n")


def dress_of(graph: Graph) -> Counter[str]:
    """Every constraint and index with its state, and the chain of migrations."""
    rows = [
        *read_indexes(graph),
        *ask(graph, "SHOW CONSTRAINTS YIELD name, type, labelsOrTypes, properties"),
        *ask(
            graph,
            "MATCH (n:__Neo4jMigration) OPTIONAL MATCH (before)-[:MIGRATED_TO]->(n) RETURN "
            "n.version AS version, n.checksum AS checksum, before.version AS previous",
        ),
    ]
    return Counter(repr(sorted(row.items())) for row in rows)
