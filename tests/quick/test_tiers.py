"""No test lies where nobody runs it."""

import re
from pathlib import Path

from tests.tiers import TIERS

TESTS = Path(__file__).parents[1]


# What takes long and seldom breaks is for CI.
ELSEWHERE = {"hostile", "programs", "qwen_vl", "ray"}


def test_every_file_of_tests_is_run() -> None:
    files = set(TESTS.rglob("test_*.py"))
    everyday = {file for file in files if file.parent.name not in ELSEWHERE}
    assert run_by("test") == everyday
    assert run_by("test-everywhere") == files


def run_by(target: str) -> set[Path]:
    """The files that a target of the Makefile runs."""
    makefile = (TESTS.parent / "Makefile").read_text(encoding="utf-8")
    lines = rf"^{target}: .*\n(?:\t.*\n)*?\t.*-m tests\.tiers (.*)$"
    command = re.search(lines, makefile, re.MULTILINE)
    assert command
    tiers = set(command[1].split())
    assert "static" in tiers
    named = (TESTS.parent / one for tier in tiers - {"static"} for one in TIERS[tier].arguments)
    return {file for one in named for file in ([one] if one.is_file() else one.rglob("test_*.py"))}
