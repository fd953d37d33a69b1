"""The help is quick because nothing heavy is imported for it (`benchmarks/startup.py` times it)."""

import subprocess
import sys

HEAVY = ("neo4j", "rapidocr", "onnxruntime", "PIL", "numpy", "torch", "transformers", "rich",
         "pydantic", "psutil", "requests")  # fmt: skip

SCRIPT = f"""
import sys
from kg_enrich.cli.main import cli
from click.testing import CliRunner
answer = CliRunner().invoke(cli, ["--help"])
assert answer.exit_code == 0, answer.output
assert "Commands:" in answer.output
print([name for name in {HEAVY!r} if name in sys.modules])
"""


def test_the_help_imports_nothing_heavy() -> None:
    answer = subprocess.run(
        [sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True
    )
    assert answer.stdout == "[]\n"
