"""No test lies where nobody runs it."""

import re
from pathlib import Path

from tests.tiers import TIERS

TESTS = Path(__file__).parents[1]


# What takes a cluster of its own is for CI.
ELSEWHERE = {"tests/ray"}


def test_every_folder_of_tests_is_run() -> None:
    folders = {f"tests/{file.parent.relative_to(TESTS)}" for file in TESTS.rglob("test_*.py")}
    assert folders - ELSEWHERE == run_by("test")
    assert folders <= run_by("test-everywhere")


def run_by(target: str) -> set[str]:
    """Folders, and files, that a target of the Makefile runs."""
    makefile = (TESTS.parent / "Makefile").read_text(encoding="utf-8")
    lines = rf"^{target}: .*\n(?:\t.*\n)*?\t.*-m tests\.tiers (.*)$"
    command = re.search(lines, makefile, re.MULTILINE)
    assert command
    return {argument for name in command[1].split() for argument in TIERS[name].arguments}
