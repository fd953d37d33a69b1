"""One run in a process of its own, over a scorer that takes its time.

Started by `tests.support.workers` as `python -m tests.support.worker`. Says "ready", begins when a
line comes in, then prints one JSON list of pairs for every batch that it is about to judge; a paced
one waits for a further line then, until its stdin ends. Exits as the command line would. A
transaction that is tried again is told on stderr.
"""

import argparse
import json
import logging
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from kg_enrich.errors import KgEnrichError
from kg_enrich.evidence.models import Policy
from kg_enrich.graph.connection import Graph
from kg_enrich.jobs.control import Control
from kg_enrich.jobs.runs import Job
from kg_enrich.jobs.shards import parse
from kg_enrich.models import DocumentId, Judgement, Outcome, Pair, Scope
from tests.support.graphs import SOURCE, TableScorer, run_table


class SlowScorer(TableScorer):
    """Judges its share of the images, a batch in `seconds`; the other pairs fail.

    share: (number, of how many). paced: a batch is judged when a line comes in.
    """

    def __init__(
        self,
        fingerprint: str,
        seconds: float,
        share: tuple[int, int],
        quiet: bool,
        paced: bool = False,
    ) -> None:
        super().__init__(fingerprint=fingerprint)
        self.seconds = seconds
        self.share = share
        self.quiet = quiet
        self.paced = paced

    def score(self, pairs: Sequence[Pair]) -> list[Judgement]:
        if not self.quiet:
            print(json.dumps([(pair.document.id, pair.image.id) for pair in pairs]), flush=True)
        if self.paced:
            sys.stdin.readline()
        self.scores = {
            (pair.document.id, pair.image.id): score_of(
                self.fingerprint, pair.document.id, pair.image.id
            )
            if self._is_ours(pair)
            else Outcome.FAILED
            for pair in pairs
        }
        time.sleep(self.seconds)
        return super().score(pairs)

    def _is_ours(self, pair: Pair) -> bool:
        number, of = self.share
        return sum(pair.image.id.encode()) % of == number


def score_of(fingerprint: str, document: str, image: str) -> float:
    """A score in [0, 10] that depends on nothing else."""
    parts = f"{fingerprint} {document} {image}".encode()
    return sum(value * (place + 7) for place, value in enumerate(parts)) % 101 / 10


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="the image root")
    parser.add_argument("--kind", default="run", help="of the job")
    parser.add_argument("--documents", default="", help="ids, separated by commas")
    parser.add_argument("--fingerprint", default="table-1")
    parser.add_argument("--seconds", type=float, default=0.0, help="that a batch takes to judge")
    parser.add_argument("--paced", action="store_true", help="judge a batch when a line comes in")
    parser.add_argument("--batch-pairs", type=int, default=1)
    parser.add_argument("--lease", type=float, default=30.0, help="seconds")
    parser.add_argument("--share", type=int, nargs=2, default=(0, 1), help="number, of how many")
    parser.add_argument("--shard", default="", help="as I/N")
    parser.add_argument("--max-documents", type=int, default=100)
    parser.add_argument("--wait", action="store_true")
    parser.add_argument("--quiet", action="store_true", help="print no batches")
    given = parser.parse_args()

    logging.basicConfig()
    logging.getLogger("kg_enrich.graph").setLevel(logging.DEBUG)
    scope = Scope(tuple(DocumentId(one) for one in given.documents.split(",") if one))
    shard = parse(given.shard, {}) if given.shard else None
    control = Control(given.lease, given.wait)
    share = tuple(given.share)
    with Graph(os.environ["WORKER_URI"], "neo4j", os.environ["WORKER_PASSWORD"]) as graph:
        graph.server()
        print("ready", flush=True)
        sys.stdin.readline()
        try:
            run_table(
                graph,
                given.folder,
                SlowScorer(given.fingerprint, given.seconds, share, given.quiet, given.paced),
                Policy(max_documents=given.max_documents),
                scope,
                Job(given.kind, SOURCE, scope, shard),
                control,
                given.batch_pairs,
            )
        except KgEnrichError as error:
            print(error, file=sys.stderr)
            return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
