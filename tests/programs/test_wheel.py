"""The wheel carries all it needs, and works from an empty folder."""

import json
import subprocess
import sys
from pathlib import Path

from kg_enrich.graph.connection import Graph
from tests.programs.test_command_line import PICTURES, TEXTS, picture
from tests.support.commands import environment
from tests.support.graphs import evidence
from tests.support.neo4j_server import Neo4jServer

ROOT = Path(__file__).parents[2]


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
