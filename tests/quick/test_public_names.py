"""What `import kg_enrich` gives, and what it costs."""

import inspect
import pkgutil
import subprocess
import sys

import pytest

import kg_enrich

# None of these is needed before something is done.
HEAVY = {"neo4j", "PIL", "numpy", "rich", "pydantic", "click", "onnxruntime", "torch", "requests"}


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
