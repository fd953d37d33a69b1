"""The wheel carries all it needs, and works from an empty folder."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from kg_enrich.graph.connection import Graph
from tests.support.commands import environment
from tests.support.export import PICTURES, TEXTS, picture
from tests.support.graphs import evidence
from tests.support.neo4j_server import Neo4jServer

ROOT = Path(__file__).parents[2]


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


def test_it_holds_everything_under_its_own_name(installed: Path) -> None:
    assert {path.name for path in installed.iterdir() if not path.name.endswith(".dist-info")} == {
        "kg_enrich",
        "bin",
    }
    package = installed / "kg_enrich"
    for folder in ("cypher", "migrations", "schemas"):
        packaged = package / {"migrations": "migrations_cypher"}.get(folder, folder)
        files = {file.name for file in packaged.iterdir()}
        assert files == {file.name for file in (ROOT / folder).iterdir()}
    assert (package / "py.typed").is_file()


def test_migrate_load_and_run_from_an_empty_folder(
    graph: Graph, neo4j_server: Neo4jServer, installed: Path, tmp_path: Path
) -> None:
    export = tmp_path / "export"
    export.mkdir()
    picture(export / "flange.png", PICTURES["flange"])
    document = {"id": "pump", "title": "", "text": TEXTS["pump"]}
    (export / "documents.jsonl").write_text(json.dumps(document))
    image = {"id": "flange", "path": "flange.png", "caption": "flange"}
    (export / "images.jsonl").write_text(json.dumps(image))
    env = environment(
        neo4j_server,
        tmp_path,
        KG_ENRICH_CACHE_DIR=str(tmp_path / "cache"),
        PYTHONPATH=str(installed),
    )
    empty = tmp_path / "empty"
    empty.mkdir()

    def call(*arguments: str) -> str:
        command = [sys.executable, str(installed / "bin" / "kg-enrich"), *arguments]
        done = subprocess.run(command, env=env, cwd=empty, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return str(done.stdout)

    where = [sys.executable, "-c", "import kg_enrich; print(kg_enrich.__file__)"]
    found = subprocess.run(where, env=env, cwd=empty, capture_output=True, text=True, check=True)
    assert Path(found.stdout.strip()).is_relative_to(installed)
    call("migrate")
    call("load", str(export))
    assert json.loads(call("run", "--json"))["published"] == 1
    assert set(evidence(graph)) == {("pump", "flange")}


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
