"""1, 2 and 4 shards at once: throughput of writing, transactions tried again, anything lost?

    python -m benchmarks.shards --documents 600

Every shard is a process over a scorer that takes no time, so that Neo4j is what they share. All
ledgers are there from a first run and are rewritten; then the group is rolled back.
"""

import argparse
import re
import tempfile
import time
from pathlib import Path

from benchmarks.output import machine, print_markdown
from benchmarks.servers import temporary_server
from kg_enrich.upkeep.rollback import rollback
from tests.graph.test_overlap import AFTER, IMAGES, contradictions, lay_out, lost_entries
from tests.graph.test_rollback import digest
from tests.support.graphs import ask, empty
from tests.support.workers import started


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--documents", type=int, default=600)
    parser.add_argument("--shards", type=int, nargs="+", default=[1, 2, 4])
    given = parser.parse_args()
    rows = []
    with temporary_server() as (server, graph, _), tempfile.TemporaryDirectory() as root:
        for of in given.shards:
            empty(graph)
            lay_out(graph, Path(root), given.documents)
            before = digest(graph)
            several = [
                ("--shard", f"{number}/{of}", "--fingerprint", AFTER, "--quiet",
                 "--batch-pairs", "128") for number in range(of)
            ]  # fmt: skip
            with started(server, Path(root), *several) as workers:
                began = time.monotonic()
                for worker in workers:
                    worker.go()
                exits = [worker.end(600) for worker in workers]
                seconds = time.monotonic() - began
                again = sum(len(re.findall("again", worker.errors())) for worker in workers)
            lost, wrong = lost_entries(graph), contradictions(graph)
            chunks = ask(
                graph,
                "MATCH (u:EvidenceUndo) RETURN count(u) AS many, count(DISTINCT u.key) AS keys",
            )[0]
            (group,) = {
                row["group"]
                for row in ask(
                    graph,
                    "MATCH (r:EnrichmentRun) WHERE r.group IS NOT NULL RETURN r.group AS group",
                )
            }
            rollback(graph, group)
            pairs = given.documents * IMAGES
            rows.append(
                [of, pairs, exits, f"{pairs / seconds:,.0f}", again, len(lost), len(wrong),
                 f"{chunks['many']} ({chunks['keys']})", digest(graph) == before]
            )  # fmt: skip
    print(machine("neo4j"))
    columns = ["shards", "pairs", "exits", "pairs/s", "transactions tried again", "lost entries",
               "contradictions", "undo chunks (keys)", "rolled back exactly"]  # fmt: skip
    print_markdown(columns, rows)


if __name__ == "__main__":
    main()
