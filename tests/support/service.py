"""The service over the tests' Neo4j, asked as a browser or a program asks it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from fastapi.testclient import TestClient

import kg_enrich
from kg_enrich import KnowledgeGraph, Settings
from kg_enrich.service.app import create_app
from kg_enrich.service.options import ServiceOptions
from tests.support.neo4j_server import Neo4jServer

HERE = "http://127.0.0.1:8501"


def settings_of(server: Neo4jServer, folder: Path, cache: Path, **more: Any) -> Settings:
    return Settings.model_validate(
        {
            "neo4j_uri": server.uri,
            "neo4j_username": server.username,
            "neo4j_password": server.password,
            "image_roots": (folder,),
            "cache_dir": cache,
            **more,
        }
    )


@contextmanager
def opened(settings: Settings) -> Iterator[KnowledgeGraph]:
    with kg_enrich.open(settings, say=lambda _: None) as kg:
        yield kg


def client(
    kg: KnowledgeGraph,
    options: ServiceOptions | None = None,
    base: str = HERE,
    peer: str = "127.0.0.1",
) -> TestClient:
    """A client that follows no redirect, so that tests see them. peer: the address it is at."""
    app = create_app(kg, options or ServiceOptions(user="lin"))
    return TestClient(app, base_url=base, follow_redirects=False, client=(peer, 50000))
