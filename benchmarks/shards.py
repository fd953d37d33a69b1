"""1, 2 and 4 shards at once: throughput of writing, transactions tried again, anything lost?

    python -m benchmarks.shards --documents 600

Every shard is a process over a scorer that takes no time, so that Neo4j is what they share. All
ledgers are there from a first run and are rewritten; then the group is rolled back. A round that
is not counted warms the server up; then 1, 2 and 4 take turns, and the median round is printed.
"""

import argparse
import re
import statistics
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

from benchmarks.output import machine, print_markdown
from benchmarks.servers import temporary_server
from kg_enrich.graph.connection import Graph
from kg_enrich.upkeep.rollback import rollback
from tests.graph.test_overlap import AFTER, IMAGES, contradictions, lay_out, lost_entries
from tests.graph.test_rollback import digest
from tests.support.graphs import ask, empty
from tests.support.neo4j_server import Neo4jServer
from tests.support.workers import started


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--documents", type=int, default=600)
    parser.add_argument("--shards", type=int, nargs="+", default=[1, 2, 4])
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    rounds: dict[int, list[Round]] = {of: [] for of in given.shards}
    with temporary_server() as (server, graph, pid):
        _round(server, graph, pid, given.documents, max(given.shards))
        for _ in range(given.rounds):
            for of in given.shards:
                rounds[of].append(_round(server, graph, pid, given.documents, of))
    rows = [_row(of, given.documents * IMAGES, several) for of, several in rounds.items()]
    print(machine("neo4j"))
    columns = ["shards", "pairs", "exits", "pairs/s (least to most)",
               "CPU µs a pair of Neo4j", "transactions tried again", "lost entries",
               "contradictions", "undo chunks (keys)", "rolled back exactly"]  # fmt: skip
    print_markdown(columns, rows)


@dataclass(frozen=True)
class Round:
    """One time over all documents. cpu: seconds of Neo4j's. undo: chunks, and different keys."""

    exits: list[int]
    seconds: float
    cpu: float
    again: int
    lost: int
    wrong: int
    undo: tuple[int, int]
    is_undone: bool


def _round(server: Neo4jServer, graph: Graph, pid: int, documents: int, of: int) -> Round:
    several = [
        ("--shard", f"{number}/{of}", "--fingerprint", AFTER, "--quiet", "--batch-pairs", "128")
        for number in range(of)
    ]
    empty(graph)
    with tempfile.TemporaryDirectory() as root:
        lay_out(graph, Path(root), documents)
        before = digest(graph)
        with started(server, Path(root), *several) as workers:
            began, cpu = time.monotonic(), _cpu(pid)
            for worker in workers:
                worker.go()
            exits = [worker.end(600) for worker in workers]
            seconds, cpu = time.monotonic() - began, _cpu(pid) - cpu
            again = sum(len(re.findall("again", worker.errors())) for worker in workers)
    lost, wrong = lost_entries(graph), contradictions(graph)
    (chunks,) = ask(
        graph, "MATCH (u:EvidenceUndo) RETURN count(u) AS many, count(DISTINCT u.key) AS keys"
    )
    groups = ask(
        graph,
        "MATCH (r:EnrichmentRun) WHERE r.group IS NOT NULL RETURN DISTINCT r.group AS group",
    )
    (group,) = (row["group"] for row in groups)
    rollback(graph, group)
    undo = chunks["many"], chunks["keys"]
    is_undone = digest(graph) == before
    return Round(exits, seconds, cpu, again, len(lost), len(wrong), undo, is_undone)


def _cpu(pid: int) -> float:
    times = psutil.Process(pid).cpu_times()
    return float(times.user + times.system)


def _row(of: int, pairs: int, rounds: Sequence[Round]) -> list[object]:
    rates = sorted(pairs / one.seconds for one in rounds)
    return [
        of,
        pairs,
        sorted({code for one in rounds for code in one.exits}),
        f"{statistics.median(rates):,.0f} ({rates[0]:,.0f} to {rates[-1]:,.0f})",
        f"{statistics.median(one.cpu for one in rounds) / pairs * 1e6:,.0f}",
        sum(one.again for one in rounds),
        sum(one.lost for one in rounds),
        sum(one.wrong for one in rounds),
        ", ".join(f"{many} ({keys})" for many, keys in (one.undo for one in rounds)),
        all(one.is_undone for one in rounds),
    ]


if __name__ == "__main__":
    main()
