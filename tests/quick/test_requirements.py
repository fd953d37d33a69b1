"""What is installed by hash: nothing is missing, and the versions are those that passed."""

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]
SETS = ("build", "gpu", "service", "test")
LINE = re.compile(r"([a-z0-9.-]+)==(\S+)(?: ; [^\\]+)?((?: \\\n    --hash=sha256:[0-9a-f]{64})+)\n")


@pytest.fixture(scope="module")
def script() -> ModuleType:
    file = ROOT / "scripts" / "write_requirements.py"
    spec = importlib.util.spec_from_file_location(file.stem, file)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_set_is_there(script: ModuleType) -> None:
    assert set(script.SETS) == set(SETS) == {file.stem for file in script.FOLDER.glob("*.txt")}
    makefile = (ROOT / "Makefile").read_text("utf-8")
    (extras,) = re.findall(r"--editable '\.\[([\w,]+dev)\]'", makefile)
    assert tuple(extras.split(",")) == script.SETS["test"][0]


@pytest.mark.parametrize("name", SETS)
def test_a_set_has_all_that_it_needs_with_hashes(name: str, script: ModuleType) -> None:
    extras, more, machines = script.SETS[name]
    heading, _, rest = (script.FOLDER / f"{name}.txt").read_text("utf-8").partition("\n")
    assert heading.startswith("#")
    # Nothing else stands there: no option, and no address of an index.
    assert LINE.sub("", rest) == ""
    found = {one: version for one, version, _ in LINE.findall(rest)}
    assert found.items() <= script.pins().items()
    needed = (script.needed(extras, more, python, machines[0]) for python in script.PYTHONS)
    assert found.keys() == set().union(*needed), "run scripts/write_requirements.py"
