"""Text in other encodings than UTF-8: typed, and printed."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from kg_enrich.graph.connection import Graph
from tests.support.commands import COMMAND, call_process, environment
from tests.support.graphs import ask
from tests.support.neo4j_server import Neo4jServer

GBK = "网络".encode("gbk")


@pytest.mark.parametrize(
    "arguments",
    [("show", GBK), ("candidates", GBK), ("backfill", "--id", GBK), ("score", GBK, "a.png")],
)
def test_an_argument_in_another_encoding_is_one_line(
    arguments: tuple[str | bytes, ...], migrated: Neo4jServer, tmp_path: Path
) -> None:
    done = subprocess.run(
        [os.fsencode(COMMAND), *map(os.fsencode, arguments)],
        env=environment(migrated, tmp_path),
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 2
    assert "is not UTF-8" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_file_may_be_called_anything(migrated: Neo4jServer, tmp_path: Path) -> None:
    file = os.path.join(os.fsencode(tmp_path), GBK + b".png")
    with open(file, "wb") as opened:
        opened.write(b"no picture")
    done = subprocess.run(
        [os.fsencode(COMMAND), b"score", b"words", file, b"--json"],
        env=environment(migrated, tmp_path, KG_ENRICH_CACHE_DIR=str(tmp_path / "cache")),
        cwd=tmp_path,
        capture_output=True,
    )
    assert done.returncode == 4, done.stderr
    assert len(json.loads(done.stdout)["skipped"]) == 1


def test_an_output_that_cannot_hold_the_words_gets_escapes(
    graph: Graph, migrated: Neo4jServer, tmp_path: Path
) -> None:
    ask(
        graph,
        "CREATE (:Document {id: 'é网😀', title: 't'})-[:HAS_EVIDENCE {confidence: 0.9, score: 9.0, "
        "key: 'k', source: 'ocr', reason: 'words'}]->(:Image {id: 'x', path: 'x.png'})",
    )
    env = environment(migrated, tmp_path, PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    table = call_process(env, tmp_path, "show")
    assert (table.code, table.err.count("which cannot hold every character")) == (0, 1)
    assert r"\u00e9\u7f51\ud83d\ude00" in table.out
    shown = json.loads(call_process(env, tmp_path, "show", "--json").out)
    assert shown["pairs"][0]["document"] == "é网😀"
