"""No test lies where nobody runs it."""

import re
from pathlib import Path

from tests.tiers import TIERS

TESTS = Path(__file__).parents[1]


def test_make_test_runs_every_folder_of_tests() -> None:
    makefile = (TESTS.parent / "Makefile").read_text(encoding="utf-8")
    command = re.search(r"^test: .*\n(?:\t.*\n)*?\t.*-m tests\.tiers (.*)$", makefile, re.MULTILINE)
    assert command
    run = {argument for name in command[1].split() for argument in TIERS[name].arguments}
    folders = {f"tests/{file.parent.relative_to(TESTS)}" for file in TESTS.rglob("test_*.py")}
    assert folders == run
