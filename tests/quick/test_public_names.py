"""What `import kg_enrich` gives, and what it costs."""

import inspect
import os
import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest

import kg_enrich

# None of these is needed before something is done.
HEAVY = {"neo4j", "PIL", "numpy", "rich", "pydantic", "click", "onnxruntime", "torch", "requests"}

SCRIPT = """\
from kg_enrich import (
    KgEnrichError,
    LeaseHeldError,
    RunRecord,
    RunStatus,
    Scope,
    backfill,
    load_settings,
    run,
    score,
    unreferenced,
)
from pathlib import Path


def nightly() -> str:
    try:
        record: RunRecord = run(limit=10)
    except LeaseHeldError:
        return "another run is at work"
    except KgEnrichError as error:
        return f"exit code {error.exit_code}"
    if record.status is RunStatus.INTERRUPTED:
        return record.error
    return f"{record.counters.published} of {record.counters.pairs}"


def again() -> float:
    return backfill(Scope(labels=("Ticket",), rescore=True), load_settings(top_k=3)).seconds


def best() -> Path:
    return score("a pump", [Path("pump.png")]).ranked[0].path


def open_flags() -> list[str]:
    return [flag.id for flag in unreferenced(limit=3).flags]
"""

WRONG = """\
import kg_enrich

published: str = kg_enrich.run().counters.published
kg_enrich.run(limits=3)
kg_enrich.rum()
"""


@pytest.mark.parametrize("name", kg_enrich.__all__)
def test_every_name_is_there_and_documented(name: str) -> None:
    assert name in dir(kg_enrich)
    found = getattr(kg_enrich, name)
    if name != "RunStatus":  # its members say it all
        assert found.__doc__
    if inspect.isfunction(found):
        signature = inspect.signature(found, eval_str=True)
        annotations = [parameter.annotation for parameter in signature.parameters.values()]
        assert inspect.Signature.empty not in [*annotations, signature.return_annotation]


def test_no_name_is_a_modules() -> None:
    """Importing a module of that name would put it in the function's place."""
    modules = {module.name for module in pkgutil.iter_modules(kg_enrich.__path__)}
    assert modules.isdisjoint(kg_enrich.__all__)


def test_another_name_is_an_error() -> None:
    for name in ("rum", "_enrich", "Graph"):
        with pytest.raises(AttributeError, match=f"no attribute '{name}'"):
            getattr(kg_enrich, name)


def test_importing_is_light() -> None:
    for statement in ("import kg_enrich", "from kg_enrich.cli import main"):
        code = f"{statement}; import sys; print(*sys.modules)"
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True
        )
        allowed = {"click"} if "cli" in statement else set()
        assert HEAVY & set(done.stdout.split()) <= allowed


def test_a_script_of_a_users_type_checks(
    installed: Path, pytestconfig: pytest.Config, tmp_path: Path
) -> None:
    (tmp_path / "script.py").write_text(SCRIPT)
    (tmp_path / "wrong.py").write_text(WRONG)
    # Most of the time would go to torch, which no name that a user sees is made of.
    (tmp_path / "mypy.ini").write_text(
        "[mypy]\nstrict = true\n"
        "[mypy-torch.*,torchvision.*,transformers.*]\nfollow_imports = skip\n"
    )
    command = [sys.executable, "-m", "mypy", "--no-error-summary", "script.py", "wrong.py"]
    command += ["--cache-dir", str(pytestconfig.cache.mkdir("mypy"))]
    done = subprocess.run(
        command,
        # An installed package is type-checked only when it says that it is typed.
        env=os.environ | {"PYTHONPATH": str(installed)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    found = [line.split(" error: ")[0] for line in done.stdout.splitlines() if " error: " in line]
    assert found == ["wrong.py:3:", "wrong.py:4:", "wrong.py:5:"], done.stdout + done.stderr
