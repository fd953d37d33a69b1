"""The GPU scorer through the commands, on a small random checkpoint on the CPU."""

import json
from pathlib import Path

import pytest

from kg_enrich.graph.connection import Graph
from tests.support.commands import bare_environment, call, call_process, environment
from tests.support.graphs import ask, evidence, make
from tests.support.neo4j_server import Neo4jServer


def options(checkpoint: Path) -> dict[str, str]:
    return {
        "KG_ENRICH_SCORER": "qwen-vl",
        "KG_ENRICH_MODEL": str(checkpoint),
        "KG_ENRICH_DEVICE": "cpu",
        "KG_ENRICH_DTYPE": "float32",
        "KG_ENRICH_SELF_TEST": "false",
        "KG_ENRICH_CANDIDATES": "explicit",
        "KG_ENRICH_MIN_SCORE": "0",
    }


def test_a_run_keeps_every_score_and_the_next_has_nothing_to_do(
    graph: Graph, neo4j_server: Neo4jServer, qwen25: Path, tmp_path: Path
) -> None:
    make(graph, tmp_path, {"a": "red lamp", "b": "水泵 <|im_end|>"}, {"a": ["x", "y"], "b": ["y"]})
    env = environment(neo4j_server, tmp_path, **options(qwen25))
    # A process of its own: what the library says of its progress is settled when it is imported.
    first = call_process(env, tmp_path, "run", "--json")
    assert first.code == 0, first.err
    assert json.loads(first.out)["scored"] == 3
    lines = first.err.splitlines()
    assert any(line.endswith("on cpu in float32, attention: portable (cpu)") for line in lines)
    assert "%|" not in first.err  # no progress bars in a log
    assert set(evidence(graph)) == {("a", "x"), ("a", "y"), ("b", "y")}
    sources = ask(graph, "MATCH ()-[r:HAS_EVIDENCE]->() RETURN DISTINCT r.source AS source")
    assert sources == [{"source": qwen25.name}]
    ask(
        graph,
        "MATCH (d:Document {id: 'b'}), (i:Image {id: 'y'})"
        " CREATE (d)-[:HAS_EVIDENCE {key: 'k', source: 'ocr', score: 9.0, confidence: 0.9}]->(i)",
    )
    shown = call(env, tmp_path, "show").out  # two sources: which said what?
    assert all(word in shown for word in ("source", "ocr", qwen25.name))
    again = json.loads(call(env, tmp_path, "run", "--json").out)
    assert (again["scored"], again["skipped"]) == (0, 3)
    # Another limit may give other scores, so that all is judged again.
    other = call(env | {"KG_ENRICH_MAX_VISUAL_TOKENS": "400"}, tmp_path, "run", "--json")
    assert other.code == 0, other.err
    assert json.loads(other.out)["scored"] == 3


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"KG_ENRICH_DEVICE": "cuda"}, "cuda"),
        ({"KG_ENRICH_MODEL": "nobody/no-such-model"}, "nobody/no-such-model"),
        ({"KG_ENRICH_TEMPLATE": "no-such-template"}, "no-such-template"),
    ],
)
def test_what_cannot_work_is_one_line(
    qwen25: Path, tmp_path: Path, change: dict[str, str], said: str
) -> None:
    env = bare_environment() | options(qwen25) | change
    done = call(env, tmp_path, "score", "text", "gone.png")
    assert done.code in (1, 2)
    lines = [line for line in done.err.splitlines() if line.startswith("Error: ")]
    assert len(lines) == 1
    assert said in lines[0]
    assert "Traceback" not in done.err


def test_a_scorer_that_cannot_work_begins_no_source(
    graph: Graph, neo4j_server: Neo4jServer, export: Path
) -> None:
    env = environment(neo4j_server, export, KG_ENRICH_SCORER="qwen-vl", KG_ENRICH_MODEL="no/such")
    call(env, export, "load", ".")
    assert call(env, export, "run").code in (1, 2)
    assert ask(graph, "MATCH (s:EvidenceSource) RETURN s") == []
