"""Fixtures of the service's tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from kg_enrich import KnowledgeGraph
from kg_enrich.graph.connection import Graph
from tests.support.desk import SOURCE
from tests.support.neo4j_server import Neo4jServer
from tests.support.service import opened, settings_of


@pytest.fixture(scope="session")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The one image root of these tests."""
    return tmp_path_factory.mktemp("pictures")


@pytest.fixture(scope="session")
def handle(migrated: Neo4jServer, pictures: Path, readings: Path) -> Iterator[KnowledgeGraph]:
    """One open handle, as the service has one."""
    with opened(settings_of(migrated, pictures, readings, source=SOURCE)) as kg:
        yield kg


@pytest.fixture
def kg(handle: KnowledgeGraph, graph: Graph) -> KnowledgeGraph:
    """The handle over an empty graph."""
    return handle
