"""The house is as ARCHITECTURE.md draws it, and its rooms stay readable."""

import ast
import re
from configparser import ConfigParser
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "kg_enrich"
MODULES = sorted(PACKAGE.rglob("*.py"))
# A list with a line or two for each setting.
LONG = {PACKAGE / "settings.py"}


def layers() -> list[list[str]]:
    contracts = ConfigParser()
    contracts.read(ROOT / ".importlinter")
    lines = contracts["importlinter:contract:house"]["layers"].split("\n")
    return [re.findall(r"\w+", line) for line in lines if line.strip()]


def test_the_drawing_has_the_rooms_in_the_order_of_the_contract() -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    drawing = text.partition("## The house")[2].split("```")[1]
    drawn = re.findall(r"^.{14}(\w+)(?:/|\.py)  ", drawing, re.MULTILINE)
    ground = set(re.findall(r"\w+", drawing.rpartition("ground")[2]))
    known = [room for line in layers() for room in line]
    rooms = [room for room in known if room not in ground]
    assert drawn == rooms
    assert ground == {*known} - {*rooms}


def test_files_are_short_and_few_lie_at_the_root() -> None:
    long = {file for file in MODULES if len(file.read_text("utf-8").splitlines()) > 300}
    assert long <= LONG
    assert len(list(PACKAGE.glob("*.py"))) <= 12


def test_a_query_is_used_where_it_is_read() -> None:
    """Others call a function of that room."""
    queries = {}
    for file in MODULES:
        for node in ast.parse(file.read_text("utf-8")).body:
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call):
                called = node.value.func
                if isinstance(called, ast.Name) and called.id == "query":
                    queries[file, ast.unparse(node.targets[0])] = True
    names = {name for _, name in queries}
    taken = {
        (str(file.relative_to(ROOT)), alias.name)
        for file in MODULES
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
        if alias.name in names
    }
    assert len(names) > 50
    assert taken == set()
