"""One run over a real Ray cluster, in a process of its own: the driver.

Prints a JSON line a step: one each time that something was written, then how it ended.
"""

import argparse
import json
import os
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from kg_enrich.enrich import ray_engine
from kg_enrich.enrich.enrichment import Enrichment
from kg_enrich.enrich.pipeline import Engine, RunOptions, run
from kg_enrich.enrich.ray_options import RayOptions
from kg_enrich.enrich.stages import Stages
from kg_enrich.errors import KgEnrichError
from kg_enrich.graph.connection import Graph
from kg_enrich.images.hashes import ImageHashes
from kg_enrich.jobs.control import Control
from kg_enrich.jobs.runs import Job
from kg_enrich.models import Counters, Image, Judgement, Pair
from tests.support.graphs import SOURCE, begin_source, table_parts
from tests.support.worker import SlowScorer

AFTER = "table-2"
# Files in the folder `scratch` that a run with --hold waits for: to read any image, and to score
# the last document.
READ, SCORE = "read", "score"


@dataclass
class NodeScorer(SlowScorer):
    """A slow scorer that says where it is at work, and does as it is told."""

    folder: Path = Path()
    behave: str = ""
    hold: bool = False

    def __init__(self, folder: Path, seconds: float, behave: str, hold: bool) -> None:
        super().__init__(AFTER, seconds, (0, 1), quiet=True)
        self.folder, self.behave, self.hold = folder, behave, hold
        (folder / f"scorer-{os.getpid()}").touch()

    def prefetch(self, images: Sequence[Image]) -> None:
        for image in images:
            assert image.file.read_bytes().startswith(b"\x89PNG")

    def score(self, pairs: Sequence[Pair]) -> list[Judgement]:
        if self.behave == "hang":
            time.sleep(1000)
        last = any(pair.document.id == "d0039" for pair in pairs)
        if self.behave == "raise" and last:
            raise ValueError("no such colour")
        if self.hold and last:
            wait_for(self.folder / SCORE)
        judged = super().score(pairs)
        time.sleep(self.seconds * len(pairs))
        return judged


def stages(
    address: tuple[str, str], folder: Path, seconds: float, behave: str, hold: bool
) -> Callable[[str, Enrichment, int], Stages]:
    def make(run: str, parts: Enrichment, batch_pairs: int) -> Stages:
        return Stages(
            run,
            parts.question,
            batch_pairs,
            partial(Graph, address[0], "neo4j", address[1]),
            partial(NodeScorer, folder, seconds, behave, hold),
            partial(HeldHashes, folder / READ if hold else None),
            parts.roots,
            False,
            frozenset(),
        )

    return make


def tell(**what: object) -> None:
    print(json.dumps(what), flush=True)


def wait_for(file: Path) -> None:
    """Waits until the test has put it there."""
    while not file.exists():
        time.sleep(0.02)


class HeldHashes(ImageHashes):
    """Reads no file before `held` is there, if there is one to wait for."""

    def __init__(self, held: Path | None) -> None:
        super().__init__()
        self.held = held

    def of(self, file: Path) -> str:
        if self.held is not None:
            wait_for(self.held)
        return super().of(file)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="the image root")
    parser.add_argument("address", help="of the cluster")
    parser.add_argument("--seconds", type=float, default=0.0, help="that a pair takes")
    parser.add_argument("--scorers", type=int, default=2)
    parser.add_argument("--batch-pairs", type=int, default=16)
    parser.add_argument("--behave", default="")
    parser.add_argument("--send-images", action="store_true")
    parser.add_argument("--hold", action="store_true", help="wait for the files READ and SCORE")
    parser.add_argument("--stall", type=float, default=240.0)
    parser.add_argument("--lease", type=float, default=30.0)
    given = parser.parse_args()
    uri, password = os.environ["WORKER_URI"], os.environ["WORKER_PASSWORD"]
    scratch = given.folder / "scratch"
    scratch.mkdir(exist_ok=True)

    try:
        with Graph(uri, "neo4j", password) as graph:
            begin_source(graph)
            parts = table_parts(graph, given.folder, SlowScorer(AFTER, 0.0, (0, 1), quiet=True))
            options = RayOptions(
                given.address,
                given.scorers,
                send_images=given.send_images,
                stall_seconds=given.stall,
            )
            make = stages((uri, password), scratch, given.seconds, given.behave, given.hold)
            engine: Engine = ray_engine.engine(options, make)

            def progress(_: int, counters: Counters) -> None:
                tell(written=counters.scored + counters.failed)

            def say(line: str) -> None:
                tell(said=line)

            control = Control(given.lease, True, say=say, progress=progress)
            began = time.monotonic()
            record = run(
                parts, Job("run", SOURCE), control, RunOptions(given.batch_pairs, engine=engine)
            )
            tell(
                ended=record.status,
                scored=record.counters.scored,
                failed=record.counters.failed,
                documents=record.counters.documents,
                seconds=time.monotonic() - began,
            )
    except KgEnrichError as error:
        tell(error=str(error))
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
