"""docker-compose.yml holds the Neo4j that is embedded elsewhere, and is valid."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from kg_enrich import embedded

COMPOSE = Path(__file__).parents[2] / "docker-compose.yml"


def compose_exists() -> bool:
    command = ["docker", "compose", "version"]
    return (
        bool(shutil.which("docker")) and not subprocess.run(command, capture_output=True).returncode
    )


def test_compose_pins_the_version_that_is_embedded() -> None:
    assert f"image: neo4j:{embedded.DEFAULT_VERSION}-community\n" in COMPOSE.read_text()


@pytest.mark.skipif(not compose_exists(), reason="docker compose is not installed")
def test_compose_file_is_valid() -> None:
    command = ["docker", "compose", "--file", str(COMPOSE), "--profile", "run", "config", "--quiet"]
    environment = {**os.environ, "NEO4J_PASSWORD": "for-this-test"}
    answer = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert (answer.returncode, answer.stderr) == (0, "")
