"""What only a process shows: its exit code, and what it leaves behind."""

import json
import os
from pathlib import Path

from kg_enrich.graph.connection import Graph
from tests.support.commands import bare_environment, call_process, environment
from tests.support.graphs import ask, evidence
from tests.support.neo4j_server import Neo4jServer


def settings(server: Neo4jServer, export: Path, readings: Path, **more: str) -> dict[str, str]:
    return environment(server, export, KG_ENRICH_CACHE_DIR=str(readings), **more)


def test_an_unreadable_image_is_exit_4_once(
    graph: Graph, neo4j_server: Neo4jServer, export: Path, readings: Path, tmp_path: Path
) -> None:
    env = settings(neo4j_server, export, readings, KG_ENRICH_CANDIDATES="explicit")
    env["KG_ENRICH_IMAGE_ROOTS"] = f"{export}{os.pathsep}{tmp_path}"
    call_process(env, export, "load", ".")
    (tmp_path / "broken.png").write_bytes(b"no picture at all")
    ask(graph, "CREATE (:Image {id: 'broken', path: 'broken.png'})")
    ask(graph, "MATCH (d:Document), (i:Image) CREATE (d)-[:CANDIDATE_IMAGE]->(i)")
    first = call_process(env, export, "run", "--json")
    assert first.code == 4
    assert json.loads(first.out)["failed"] == 3
    assert "unreadable-image" in first.err
    assert ("pump", "broken") not in evidence(graph)
    second = call_process(env, export, "run", "--json")
    assert second.code == 0
    assert json.loads(second.out)["failed"] == 0


def test_an_empty_graph_fails(
    graph: Graph, neo4j_server: Neo4jServer, export: Path, readings: Path
) -> None:
    done = call_process(settings(neo4j_server, export, readings), export, "run")
    assert done.code == 1
    assert done.err.splitlines()[-1].startswith("Error: ")
    assert "Traceback" not in done.err


def test_wrong_credentials_are_one_line_without_the_password(
    neo4j_server: Neo4jServer, export: Path, readings: Path
) -> None:
    env = settings(neo4j_server, export, readings) | {"NEO4J_PASSWORD": "wr0ng-s3cret"}
    done = call_process(env, export, "run")
    assert done.code == 2
    assert "NEO4J_PASSWORD" in done.err
    assert "wr0ng-s3cret" not in done.out + done.err


def test_reading_images_leaves_nothing_in_the_home_and_reports_to_nobody(
    export: Path, tmp_path: Path
) -> None:
    cache = tmp_path / "cache"
    env = bare_environment() | {"HOME": str(tmp_path), "KG_ENRICH_CACHE_DIR": str(cache)}
    env.pop("XDG_CACHE_HOME", None)
    assert call_process(env, export, "score", "text", "flange.png").code == 0
    # Telemetry of onnxruntime begins with a device id below the home's cache folder.
    assert [path.name for path in tmp_path.rglob("*") if not path.is_relative_to(cache)] == []
