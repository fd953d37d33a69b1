"""A real Neo4j for a benchmark."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple
from unittest.mock import patch

from benchmarks.output import machine
from kg_enrich import embedded
from kg_enrich.embedded import home as embedded_home
from kg_enrich.graph import migrations, schema
from kg_enrich.graph.connection import Graph
from kg_enrich.settings import load_settings
from tests.support.neo4j_server import Neo4jServer


class Running(NamedTuple):
    """A server, a connection to it, and the id of its process."""

    server: Neo4jServer
    graph: Graph
    pid: int


@contextmanager
def temporary_server(heap: str = "1g", page_cache: str = "256m") -> Iterator[Running]:
    """An embedded Neo4j in a folder of its own, migrated and empty; gone afterwards.

    page_cache: of the store, which an embedded server has no setting for.
    """
    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder,
        patch.dict(embedded_home._SETTINGS, {"server.memory.pagecache.size": page_cache}),
    ):
        home = Path(folder) / "neo4j"
        cache = load_settings().cache_dir
        server = embedded.start(home, cache=cache, owned=True, heap=heap, progress=print)
        try:
            with Graph(server.uri, server.username, server.password) as graph:
                migrations.apply(graph, migrations.load())
                schema.ensure(graph)
                found = graph.server()
                print(f"{machine('neo4j')}, Neo4j {found.version} {found.edition}", flush=True)
                login = Neo4jServer(server.uri, server.username, server.password)
                yield Running(login, graph, server.pid)
        finally:
            embedded.stop(home)
