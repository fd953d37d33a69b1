"""Runs a command of ours against the tests' Neo4j."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from kg_enrich.cli.main import cli
from tests.support.neo4j_server import Neo4jServer

Command = Callable[..., Result]


def commands(server: Neo4jServer, monkeypatch: pytest.MonkeyPatch, folder: Path) -> Command:
    """A function that runs `kg-enrich` with its arguments in a folder."""
    monkeypatch.chdir(folder)
    for name, value in server._asdict().items():
        monkeypatch.setenv(f"NEO4J_{name.upper()}", value)

    def run(*arguments: str) -> Result:
        return CliRunner().invoke(cli, arguments, standalone_mode=False)

    return run


def answer(result: Result) -> Any:
    """What a command printed with --json."""
    assert result.exception is None, result.output
    return json.loads(result.stdout)
