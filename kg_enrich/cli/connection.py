"""The graph that a command works on: the user's Neo4j, else the embedded one."""

from collections.abc import Iterator
from contextlib import contextmanager

import click

from kg_enrich import embedded
from kg_enrich.graph import Graph
from kg_enrich.settings import Settings


@contextmanager
def open_graph(settings: Settings) -> Iterator[Graph]:
    """The graph of these settings, named on stderr. An embedded Neo4j is left as it was found."""
    if settings.neo4j_uri:
        secret = settings.neo4j_password
        password = secret.get_secret_value() if secret else ""
        with _connect(settings, settings.neo4j_uri, settings.neo4j_username, password) as graph:
            yield graph
        return
    with embedded.lent(
        settings.neo4j_home,
        cache=settings.cache_dir,
        version=settings.neo4j_version or embedded.DEFAULT_VERSION,
        maven_repository=settings.maven_repository,
        heap=settings.neo4j_heap,
        progress=lambda message: click.echo(message, err=True),
    ) as server:
        password = server.password_file.read_text(encoding="utf-8").strip()
        with _connect(settings, server.uri, server.username, password, "embedded ") as graph:
            yield graph


@contextmanager
def _connect(
    settings: Settings, uri: str, username: str, password: str, kind: str = ""
) -> Iterator[Graph]:
    with Graph(uri, username, password, settings.neo4j_database, settings.names) as graph:
        there = graph.server()
        click.echo(
            f"{kind}Neo4j {there.version} at {there.address}, database {there.database}", err=True
        )
        yield graph
