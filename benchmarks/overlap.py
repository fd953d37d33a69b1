"""Four jobs over the same documents at once: does any of them lose or contradict anything?

    python -m benchmarks.overlap --documents 600 --rounds 3

All ledgers and edges are there from a first run. Then four processes judge everything anew, each
its own share of every document's images, in four different orders.
"""

import argparse
import tempfile
import time
from pathlib import Path

from benchmarks.output import print_markdown
from benchmarks.servers import temporary_server
from tests.graph.test_overlap import (
    IMAGES,
    contradictions,
    exits_of,
    lay_out,
    lost_entries,
    overlapping_jobs,
)
from tests.support.graphs import empty
from tests.support.workers import runs, started


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--documents", type=int, default=600)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    rows = []
    with temporary_server() as (server, graph, _):
        for _ in range(given.rounds):
            with tempfile.TemporaryDirectory() as root:
                empty(graph)
                lay_out(graph, Path(root), given.documents)
                jobs = overlapping_jobs(given.documents)
                with started(server, Path(root), *jobs) as workers:
                    began = time.monotonic()
                    exits = exits_of(workers)
                    seconds = time.monotonic() - began
                    retried = sum(
                        worker.errors().count("will be tried again") for worker in workers
                    )
                _, *overlapping = runs(graph)
                begins = [run["started"] for run in overlapping]
                ends = [run["finished"] for run in overlapping]
                together = (min(ends) - max(begins)) / (max(ends) - min(begins))
                rows.append(
                    [given.documents, given.documents * IMAGES, exits, f"{together:.0%}", retried,
                     len(lost_entries(graph)), len(contradictions(graph)), f"{seconds:.1f}"]
                )  # fmt: skip
    print_markdown(
        ["documents", "pairs", "exits", "of the time all four worked", "transactions tried again",
         "lost entries", "documents whose edges contradict the ledger", "seconds"],
        rows,
    )  # fmt: skip


if __name__ == "__main__":
    main()
