"""Runs the command line as a person does: a process, an environment, an exit code."""

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.support.answers import valid
from tests.support.neo4j_server import Neo4jServer

COMMAND = Path(sys.executable).with_name("kg-enrich")


@dataclass(frozen=True)
class Outcome:
    code: int
    out: str
    err: str


def bare_environment() -> dict[str, str]:
    """The environment without any setting of ours or of Neo4j's."""
    return {k: v for k, v in os.environ.items() if not k.startswith(("NEO4J_", "KG_ENRICH_"))}


def environment(server: Neo4jServer, root: Path, **more: str) -> dict[str, str]:
    """Settings for the tests' server and images below `root`."""
    return bare_environment() | {
        "NEO4J_URI": server.uri,
        "NEO4J_USERNAME": server.username,
        "NEO4J_PASSWORD": server.password,
        "KG_ENRICH_IMAGE_ROOTS": str(root),
        **more,
    }


def call(environment: Mapping[str, str], folder: Path, *arguments: str) -> Outcome:
    """One command, in a folder."""
    done = subprocess.run(
        [COMMAND, *arguments], env=environment, cwd=folder, capture_output=True, text=True
    )
    if "--json" in arguments and done.stdout:
        valid(arguments, done.stdout)
    return Outcome(done.returncode, done.stdout, done.stderr)
