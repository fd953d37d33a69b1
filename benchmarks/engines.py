"""How busy is a slow scorer end to end: the local engine, and Ray with one and two scorers?

    python -m benchmarks.engines --sleeps 20 50 --documents 60

The scorer sleeps so many milliseconds a pair and says when it was at work. `of the run` is its
share of the whole run; `between first and last` leaves out what comes before the first pair (the
start of actors) and after the last, which have columns of their own. A Ray of this machine is
started before, and is not counted. A short run with the local engine warms Neo4j up.
"""

import argparse
import os
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")

import ray

from benchmarks.output import machine, print_markdown
from benchmarks.servers import temporary_server
from kg_enrich.enrich import ray_engine
from kg_enrich.enrich.enrichment import Enrichment
from kg_enrich.enrich.pipeline import Engine, RunOptions, run
from kg_enrich.enrich.ray_options import RayOptions
from kg_enrich.enrich.stages import Stages
from kg_enrich.graph.connection import Graph
from kg_enrich.images.hashes import ImageHashes
from kg_enrich.jobs.runs import Job
from kg_enrich.models import Judgement, Pair
from tests.graph.test_overlap import IMAGES, lay_out
from tests.support.graphs import SOURCE, begin_source, table_parts
from tests.support.worker import SlowScorer


@dataclass
class Sleeper(SlowScorer):
    """Sleeps for each pair, and writes down when."""

    def __init__(self, fingerprint: str, milliseconds: float, log: Path) -> None:
        super().__init__(fingerprint, 0.0, (0, 1), quiet=True)
        self.milliseconds, self.log = milliseconds, log

    def score(self, pairs: Sequence[Pair]) -> list[Judgement]:
        began = time.time()
        time.sleep(self.milliseconds / 1000 * len(pairs))
        judged = super().score(pairs)
        with self.log.open("a") as log:
            log.write(f"{began} {time.time()}\n")
        return judged


def stages(
    address: tuple[str, str, str], scorer: Callable[[], Sleeper]
) -> Callable[[str, Enrichment, int], Stages]:
    def make(run: str, parts: Enrichment, batch_pairs: int) -> Stages:
        graph = partial(Graph, *address)
        return Stages(
            run, parts.question, batch_pairs, graph, scorer, ImageHashes, parts.roots, False,
            frozenset(),
        )  # fmt: skip

    return make


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--documents", type=int, default=60)
    parser.add_argument("--sleeps", type=float, nargs="+", default=[20, 50], help="ms a pair")
    parser.add_argument("--batch-pairs", type=int, default=16)
    parser.add_argument(
        "--scorers", type=int, nargs="+", default=[0, 1, 2], help="of Ray; 0 is the local engine"
    )
    given = parser.parse_args()
    rows = []
    with temporary_server() as (server, graph, _), tempfile.TemporaryDirectory() as root:
        lay_out(graph, Path(root), given.documents)
        ray.init(
            address="local",
            num_cpus=2,
            object_store_memory=150 << 20,
            include_dashboard=False,
            log_to_driver=False,
            configure_logging=False,
        )
        begin_source(graph)
        warm = Sleeper("warm", 0.0, Path(root) / "log-warm")
        run(table_parts(graph, Path(root), warm), Job("run", SOURCE))
        for sleep in given.sleeps:
            first = 0.0
            for scorers in given.scorers:
                log = Path(root) / f"log-{sleep}-{scorers}"
                make = partial(Sleeper, f"{sleep} {scorers}", sleep, log)
                parts = table_parts(graph, Path(root), make())
                engine: Engine | None = None
                if scorers:
                    engine = ray_engine.engine(
                        RayOptions(None, scorers),
                        stages((server.uri, server.username, server.password), make),
                    )
                began = time.time()
                run(
                    parts, Job("run", SOURCE),
                    options=RunOptions(given.batch_pairs, engine=engine),
                )  # fmt: skip
                ended = time.time()
                seconds = ended - began
                spans = [tuple(map(float, line.split())) for line in log.read_text().splitlines()]
                start, end = min(start for start, _ in spans), max(end for _, end in spans)
                span = end - start
                asleep = given.documents * IMAGES * sleep / 1000
                first = first or asleep / span
                rows.append(
                    [
                        sleep, f"Ray, {scorers} scorers" if scorers else "local",
                        given.documents * IMAGES, f"{seconds:.1f}",
                        f"{asleep / seconds / max(1, scorers):.0%}",
                        f"{asleep / span / max(1, scorers):.0%}",
                        f"{asleep / span / first:.2f}",
                        f"{start - began:.1f}", f"{ended - end:.1f}",
                    ]
                )  # fmt: skip
        ray.shutdown()
    print(machine("neo4j", "ray"))
    columns = ["ms a pair", "engine", "pairs", "seconds of the run", "busy, of the run",
               "busy, between first and last", "pairs/s beside the first line's, first to last",
               "s before the first pair", "s after the last"]  # fmt: skip
    print_markdown(columns, rows)


if __name__ == "__main__":
    main()
