"""Runs the command line as a person does: arguments, an environment, an exit code."""

import logging
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner

from kg_enrich.cli.main import main
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


def call(environment: Mapping[str, str], folder: Path, *arguments: str, typed: str = "") -> Outcome:
    """One command in a folder, within this process: its entry point, its streams, its exit code.

    typed: the keys that a person presses.
    """
    with pytest.MonkeyPatch.context() as here, _logging_kept():
        here.chdir(folder)
        here.setattr(sys, "argv", [str(COMMAND), *arguments])
        for name in os.environ.keys() - environment.keys():
            here.delenv(name)
        for name, value in environment.items():
            here.setenv(name, value)
        with CliRunner().isolation(typed) as (out, err, _):
            with pytest.raises(SystemExit) as ended:
                main()
            code = ended.value.code
            assert isinstance(code, int)
            outcome = Outcome(code, out.getvalue().decode(), err.getvalue().decode())
    return _checked(outcome, arguments)


def call_process(environment: Mapping[str, str], folder: Path, *arguments: str) -> Outcome:
    """One command in a folder, in a process of its own: for what only a process shows."""
    done = subprocess.run(
        [COMMAND, *arguments], env=environment, cwd=folder, capture_output=True, text=True
    )
    return _checked(Outcome(done.returncode, done.stdout, done.stderr), arguments)


def _checked(outcome: Outcome, arguments: Sequence[str]) -> Outcome:
    if "--json" in arguments and outcome.out:
        valid(arguments, outcome.out)
    return outcome


@contextmanager
def _logging_kept() -> Iterator[None]:
    """Puts back what the entry point does to loggers, which live as long as the process."""
    loggers = [logging.getLogger(name) for name in ("kg_enrich", "neo4j")]
    former = [(logger, logger.level, list(logger.handlers)) for logger in loggers]
    try:
        yield
    finally:
        for logger, level, handlers in former:
            logger.setLevel(level)
            logger.handlers[:] = handlers
