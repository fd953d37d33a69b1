"""Lets one migrator work at a time, by neo4j-migrations' own lock, and clears up after a crash."""

import time
import uuid
from collections.abc import Collection, Iterator
from contextlib import contextmanager

from kg_enrich.errors import GraphError
from kg_enrich.graph.connection import Graph
from kg_enrich.graph.indexes import read_indexes
from kg_enrich.graph.queries import query, render

DROP_INDEX = query("drop_index")
READ_LOCK = query("read_migration_lock")
ACQUIRE_LOCK = query("acquire_migration_lock")
CREATE_CONSTRAINTS = {
    "__Neo4jMigrationsLock__has_unique_id": query("create_migration_lock_id"),
    "__Neo4jMigrationsLock__has_unique_name": query("create_migration_lock_name"),
}


@contextmanager
def locked(graph: Graph) -> Iterator[None]:
    """Makes other migrators wait for the length of the `with` block.

    The lock is a node that is never committed, so that a killed migrator leaves none behind.
    Errors: GraphError when another tool holds the lock, or left it behind.
    """
    if unfinished(graph, CREATE_CONSTRAINTS):
        # Another migrator may be making them at this moment. That does not take long.
        time.sleep(1.0)
        drop_unfinished(graph, CREATE_CONSTRAINTS)
    for definition in CREATE_CONSTRAINTS.values():
        graph.define(render(definition, graph.names))
    name = _lock_name(graph.database)
    for row in graph.read(READ_LOCK, name=name):
        raise GraphError(
            f"{graph.uri} is being migrated by another tool. If none is at work, one was killed: "
            f"run MATCH (l:__Neo4jMigrationsLock {{id: '{row['id']}'}}) DELETE l."
        )
    with graph.hold(ACQUIRE_LOCK, id=str(uuid.uuid4()), name=name):
        yield


def unfinished(graph: Graph, constraints: Collection[str]) -> list[str]:
    """The named constraints that have their index, but are not there themselves.

    Neo4j makes a constraint's index first. A process that is killed at that moment leaves the index
    behind; on 5.26 it never becomes a constraint.
    """
    return [
        row["name"]
        for row in read_indexes(graph)
        if row["name"] in constraints and row["constraint"] is None
    ]


def drop_unfinished(graph: Graph, constraints: Collection[str]) -> None:
    """Drops what is unfinished of the named constraints. The caller must hold the lock."""
    for name in unfinished(graph, constraints):
        graph.define(render(DROP_INDEX, graph.names), name=name)


def _lock_name(database: str | None) -> str:
    """The name that neo4j-migrations gives its lock, for a database or for the default one."""
    name = (database or "neo4j").lower()
    return "John Doe" if name == "neo4j" else name
