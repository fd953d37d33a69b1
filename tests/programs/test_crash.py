"""Runs that are killed or told to stop, and the runs that go on after them."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from kg_enrich.graph.connection import Graph
from tests.support.graphs import ask, make, run_table, snapshot
from tests.support.neo4j_server import Neo4jServer
from tests.support.worker import SlowScorer
from tests.support.workers import ROOT, expire, runs, started, until

DOCUMENTS: dict[str | int, str] = {f"d{n:03}": f"text {n}" for n in range(120)}
CANDIDATES: dict[str | int, list[str | int]] = {
    document: [f"i{n}", f"i{n + 1}"] for n, document in enumerate(DOCUMENTS)
}
# A batch that is judged, those that are being written, and those that wait to be written.
IN_HAND = 66
OURS = ("EnrichmentRun", "EnrichmentJob", "EvidenceUndo")


@pytest.mark.parametrize(
    ("judged", "further"),
    [(1, False), (90, True)],
    ids=["in the first batch", "between two batches"],
)
def test_a_killed_run_is_made_good_by_the_next(
    graph: Graph, tmp_path: Path, migrated: Neo4jServer, judged: int, further: bool
) -> None:
    make(graph, tmp_path, DOCUMENTS, CANDIDATES)
    run_table(graph, tmp_path, SlowScorer("table-1", 0.0, (0, 1), quiet=True))
    undisturbed = snapshot(graph, *OURS)
    for label in ("EvidenceLedger", *OURS):
        ask(graph, f"MATCH (n:{label}) DETACH DELETE n")
    ask(graph, "MATCH ()-[r:HAS_EVIDENCE]->() DELETE r")

    with started(migrated, tmp_path, ("--paced",), ("--wait",)) as (first, second):
        before = []
        for _ in range(judged):
            first.go()
            before.append(first.batch())
        if further:
            first.go()  # it goes from this batch to the next
        first.signal(signal.SIGKILL)
        before += first.batches()
        first.end()
        expire(graph)
        second.go()
        after = second.batches()
        assert second.end() == 0
    assert snapshot(graph, *OURS) == undisturbed
    assert [run["status"] for run in runs(graph)] == ["interrupted", "succeeded"]
    twice = {pair for batch in before for pair in batch} & {pair for b in after for pair in b}
    assert twice <= {pair for batch in before[-IN_HAND:] for pair in batch}


def test_sigterm_finishes_the_batch_in_hand_and_the_next_run_the_rest(
    graph: Graph, tmp_path: Path, migrated: Neo4jServer
) -> None:
    make(graph, tmp_path, DOCUMENTS, CANDIDATES)
    with command(migrated, tmp_path) as process:
        until(lambda: ask(graph, "MATCH (l:EvidenceLedger) RETURN l LIMIT 1"))
        process.send_signal(signal.SIGTERM)
        output, errors = process.communicate(timeout=240)
    assert process.returncode == 130, errors
    assert "finishing the batch in hand" in errors
    (stopped,) = runs(graph)
    assert stopped["status"] == json.loads(output)["status"] == "interrupted"

    with command(migrated, tmp_path) as process:
        output, errors = process.communicate(timeout=240)
    assert process.returncode == 0, errors
    done = json.loads(output)
    assert done["status"] == "succeeded"
    # The pictures are plain, and the OCR scorer abstains on what has no text.
    assert 0 < stopped["abstained"] < 2 * len(DOCUMENTS)
    assert stopped["abstained"] + done["abstained"] == 2 * len(DOCUMENTS)


def command(server: Neo4jServer, folder: Path) -> subprocess.Popen[str]:
    """`kg-enrich run` over explicit candidates, with small batches."""
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("NEO4J_", "KG_"))
    }
    return subprocess.Popen(
        [sys.executable, "-c", "from kg_enrich.cli import main; main()", "run", "--json"],
        cwd=folder,
        env={
            **kept,
            "PYTHONPATH": str(ROOT),
            "OMP_NUM_THREADS": "1",
            "NEO4J_URI": server.uri,
            "NEO4J_USERNAME": server.username,
            "NEO4J_PASSWORD": server.password,
            "KG_ENRICH_CANDIDATES": "explicit",
            "KG_ENRICH_BATCH_PAIRS": "1",
            "KG_ENRICH_WORKERS": "1",
            "KG_ENRICH_CACHE_DIR": str(folder / "cache"),
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
