"""A real Neo4j for a benchmark, and the lines that say what was measured on what."""

import os
import platform
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

import psutil

from kg_enrich import embedded, migrations, schema
from kg_enrich.graph import Graph
from kg_enrich.settings import load_settings
from tests.neo4j_server import Neo4jServer


class Running(NamedTuple):
    """A server, a connection to it, and the id of its process."""

    server: Neo4jServer
    graph: Graph
    pid: int


@contextmanager
def temporary_server(heap: str = "1g") -> Iterator[Running]:
    """An embedded Neo4j in a folder of its own, migrated and empty; gone afterwards."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        home = Path(folder) / "neo4j"
        cache = load_settings().cache_dir
        server = embedded.start(home, cache=cache, owned=True, heap=heap, progress=print)
        try:
            with Graph(server.uri, server.username, server.password) as graph:
                migrations.apply(graph, migrations.load())
                schema.ensure(graph)
                print(described(graph), flush=True)
                login = Neo4jServer(server.uri, server.username, server.password)
                yield Running(login, graph, server.pid)
        finally:
            embedded.stop(home)


def described(graph: Graph) -> str:
    """Date, machine and versions, in one line."""
    server = graph.server()
    memory = psutil.virtual_memory().total / 2**30
    return (
        f"{datetime.now(UTC):%Y-%m-%d}: {os.cpu_count()} cores ({platform.machine()}), "
        f"{memory:.0f} GiB, Python {platform.python_version()}, driver {version('neo4j')}, "
        f"Neo4j {server.version} {server.edition}"
    )


def print_markdown(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """A table for the README of the benchmarks."""
    lines = [columns, ["---"] * len(columns), *rows]
    print("\n".join(f"| {' | '.join(str(cell) for cell in line)} |" for line in lines), flush=True)
