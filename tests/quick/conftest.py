"""What keeps this tier quick."""

import pytest


@pytest.fixture(scope="session")
def neo4j_server() -> None:
    pytest.fail("nothing in tests/quick speaks to Neo4j: put this test into tests/graph")
