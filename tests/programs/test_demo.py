"""The demo finds what its authors put into it."""

import json
from pathlib import Path

from kg_enrich.graph.connection import Graph
from tests.support.commands import call, environment
from tests.support.graphs import evidence
from tests.support.neo4j_server import Neo4jServer

DEMO = Path(__file__).parents[2] / "demo"


def test_exactly_the_expected_evidence_is_published_and_nothing_misleading(
    graph: Graph, neo4j_server: Neo4jServer, readings: Path, tmp_path: Path
) -> None:
    rows = [json.loads(line) for line in (DEMO / "expected.jsonl").read_text("utf-8").splitlines()]
    expected = {
        (row["document_id"], row["image_id"]) for row in rows if row["expected"] == "evidence"
    }
    env = environment(neo4j_server, DEMO, KG_ENRICH_CACHE_DIR=str(readings))
    for _ in range(2):
        done = call(env, tmp_path, "run", "--load", str(DEMO))
        assert done.code == 0, done.err
        assert set(evidence(graph)) == expected
