"""What publishing without a scorer and undoing it cost.

    python -m benchmarks.publishing --pairs 10000 100000

A quarter of the pairs has edges; the new minimum withdraws half of these, and the rollback puts
them back. Dry runs say the same and write nothing.
"""

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.judged import CANDIDATES, DrawingScorer, lay_out
from benchmarks.output import print_markdown
from benchmarks.servers import temporary_server
from kg_enrich.graph.connection import Graph
from kg_enrich.jobs.plan import Change
from kg_enrich.models import RunRecord
from kg_enrich.upkeep.publish import plan_publish, publish
from kg_enrich.upkeep.rollback import plan_rollback, rollback
from tests.support.graphs import SOURCE, run_table


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--pairs", type=int, nargs="+", default=[10_000, 100_000])
    given = parser.parse_args()
    rows: list[list[object]] = []
    for pairs in given.pairs:
        with temporary_server("2g") as (_, graph, _), tempfile.TemporaryDirectory() as root:
            lay_out(graph, Path(root), pairs // CANDIDATES)
            run_table(graph, Path(root), DrawingScorer(), batch_pairs=2000)
            rows += [[pairs, *row] for row in _measure(graph)]
    print_markdown(["judged pairs", "what", "edges changed", "seconds"], rows)


def _measure(graph: Graph) -> list[list[object]]:
    stricter = {"min_score": 5.83}
    rows = [_timed("publish, nothing changes", lambda: publish(graph, SOURCE, {}))]
    rows.append(_plan("publish --dry-run", lambda: plan_publish(graph, SOURCE, stricter).counts))
    record = publish(graph, SOURCE, stricter)
    rows.append(["publish", record.counters.published + record.counters.withdrawn,
                 f"{record.seconds:.1f}"])  # fmt: skip
    rows.append(_plan("rollback --dry-run", lambda: plan_rollback(graph, record.id).counts))
    rows.append(_timed("rollback", lambda: rollback(graph, record.id)))
    return rows


def _timed(what: str, work: Callable[[], RunRecord]) -> list[object]:
    began = time.monotonic()
    counters = work().counters
    return [what, counters.published + counters.withdrawn, f"{time.monotonic() - began:.1f}"]


def _plan(what: str, work: Callable[[], dict[Change, int]]) -> list[object]:
    began = time.monotonic()
    edges = sum(work().values())
    return [what, edges, f"{time.monotonic() - began:.1f}"]


if __name__ == "__main__":
    main()
