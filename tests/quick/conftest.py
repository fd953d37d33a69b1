"""What keeps this tier quick."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from kg_enrich.images.ocr import OcrReader


@pytest.fixture(scope="session")
def neo4j_server() -> None:
    pytest.fail("nothing in tests/quick speaks to Neo4j: put this test into tests/graph")


@pytest.fixture(scope="session")
def reader(readings: Path) -> Iterator[OcrReader]:
    """One worker process for all tests that read pictures: starting one takes seconds."""
    reader = OcrReader(readings, workers=1)
    yield reader
    reader.close()
