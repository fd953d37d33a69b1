"""A plugin for pytest: where CI is true, a skip that is not listed here is a failure."""

import os
from collections.abc import Generator
from typing import NamedTuple

import pytest


class Allowed(NamedTuple):
    """A skip that stays a skip.

    file: below tests/. says: how its reason begins. why: what makes it harmless.
    """

    file: str
    says: str
    why: str


ALLOWED = (
    Allowed(
        "quick/test_container.py",
        "docker compose is not installed",
        "The other tests look at what the files say; Docker itself would have to read them.",
    ),
    Allowed(
        "programs/test_chaos.py",
        "a full disk needs a tmpfs",
        "Only root may mount one; a container may not let even root.",
    ),
    Allowed(
        "programs/test_scheduling.py",
        "systemd-analyze is not installed",
        "Containers have no systemd; what our units say of exit codes is tested without it.",
    ),
    Allowed(
        "graph/test_neo4j_migrations_cli.py",
        "Maven ",
        "A program of others over the network; test_migrations.py tests the same chain by itself.",
    ),
    Allowed(
        "graph/test_queries.py",
        "the LTS knows Cypher 5 only",
        "The same test on the newest Neo4j covers Cypher 25.",
    ),
    Allowed(
        "graph/test_doctor.py",
        "root may read everything",
        "Containers run as root; a folder that is missing is tested for everybody.",
    ),
    Allowed(
        "graph/test_retrieval.py",
        "langchain-core is not installed",
        "A library of others, and large; what it is given is tested without it.",
    ),
    Allowed(
        "graph/test_retrieval.py",
        "llama-index-core is not installed",
        "A library of others, and large; what it is given is tested without it.",
    ),
    Allowed(
        "qwen_vl/test_checkpoint.py",
        "there is a GPU here",
        "What it tests is the message of a machine without one.",
    ),
)


def is_allowed(node: str, reason: str) -> bool:
    """node: pytest's id of a test, or of a file. reason: what the skip says."""
    file = node.partition("::")[0].removeprefix("tests/")
    return any(file == one.file and reason.startswith(one.says) for one in ALLOWED)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    _judge(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    _judge(report)
    return report


def _judge(report: pytest.TestReport | pytest.CollectReport) -> None:
    if os.environ.get("CI") != "true" or not report.skipped or hasattr(report, "wasxfail"):
        return
    assert isinstance(report.longrepr, tuple)
    reason = report.longrepr[2].removeprefix("Skipped: ")
    if not is_allowed(report.nodeid, reason):
        report.outcome = "failed"
        report.longrepr = (
            f"{report.nodeid} was skipped: {reason}\n"
            "Nothing may skip unseen here: make it run, or list it in tests/support/skips.py."
        )
