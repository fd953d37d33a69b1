"""Whether a job's lease keeps processes apart: races for it, and holders that fall asleep.

    python -m benchmarks.lease --rounds 50 --processes 4

A race: so many processes ask for one job's lease at the same moment; exactly one may work, the
others must exit with 3 while it still does. A sleeper: the holder is stopped (SIGSTOP) at a random
moment of its work, its lease runs out, a second process takes over, and while that one works the
sleeper is woken; it must write nothing more.
"""

import argparse
import random
import signal
import statistics
import tempfile
import time
from collections import Counter
from pathlib import Path

from benchmarks.output import print_markdown
from benchmarks.servers import temporary_server
from kg_enrich.errors import LeaseHeldError
from kg_enrich.graph.connection import Graph
from tests.support.graphs import make
from tests.support.neo4j_server import Neo4jServer
from tests.support.workers import runs, started, until, written_by

DOCUMENTS: dict[str | int, str] = {f"d{n:02}": f"text {n}" for n in range(30)}
LEASE_SECONDS = 3


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=50)
    parser.add_argument("--processes", type=int, default=4, help="that race")
    given = parser.parse_args()
    with temporary_server() as (server, graph, _), tempfile.TemporaryDirectory() as root:
        folder = Path(root)
        make(graph, folder, DOCUMENTS, {document: ["x"] for document in DOCUMENTS})
        races(server, graph, folder, given.rounds, given.processes)
        sleepers(server, graph, folder, given.rounds)


def races(server: Neo4jServer, graph: Graph, folder: Path, rounds: int, processes: int) -> None:
    exits: Counter[int] = Counter()
    single = overlapping = 0
    seconds: list[float] = []
    for number in range(rounds):
        known = len(runs(graph))
        # Another scorer every round, so that everything is to be judged again.
        arguments = ("--seconds", "0.05", "--fingerprint", f"race-{number}")
        with started(server, folder, *[arguments] * processes) as workers:
            for worker in workers:
                worker.go()
            asked = time.monotonic()
            working = [worker for worker in workers if worker.batch()]
            for worker in workers:
                if worker not in working:
                    exits[worker.end()] += 1
            seconds.append(time.monotonic() - asked)
            overlapping += any(worker.process.poll() is None for worker in working)
            for worker in working:
                exits[worker.end()] += 1
        new = runs(graph)[known:]
        single += len(working) == len(new) == 1 and new[0]["scored"] == len(DOCUMENTS)
    print_markdown(
        ["races", "processes", "exactly one worked", "others left while it worked",
         "exit 0", "exit 3", "other exits", "seconds until all others left (median, most)"],
        [[rounds, processes, single, overlapping, exits[0], exits[LeaseHeldError.exit_code],
          exits.total() - exits[0] - exits[LeaseHeldError.exit_code],
          f"{statistics.median(seconds):.2f}, {max(seconds):.2f}"]],
    )  # fmt: skip


def sleepers(server: Neo4jServer, graph: Graph, folder: Path, rounds: int) -> None:
    exits: Counter[tuple[int, int]] = Counter()
    words: Counter[str] = Counter()
    interrupted = late = overlapping = 0
    silences: list[float] = []
    draw = random.Random(0)
    for number in range(rounds):
        known = len(runs(graph))
        arguments = ("--seconds", "0.02", "--fingerprint", f"sleeper-{number}",
                     "--lease", str(LEASE_SECONDS))  # fmt: skip
        with started(server, folder, arguments, ("--wait", *arguments)) as (sleeper, successor):
            sleeper.go()
            sleeper.batch()
            time.sleep(draw.uniform(0, 0.3))
            sleeper.signal(signal.SIGSTOP)
            stopped = time.monotonic()
            successor.go()
            wait_for_runs(graph, known + 2)
            silences.append(time.monotonic() - stopped)
            one = str(runs(graph)[known]["id"])
            before = written_by(graph, one)
            successor.batch()
            sleeper.signal(signal.SIGCONT)
            overlapping += successor.process.poll() is None
            exits[sleeper.end(), successor.end()] += 1
            words["lost its lease" if "lost its lease" in sleeper.errors() else "other"] += 1
        late += len(written_by(graph, one).items() - before.items())
        interrupted += runs(graph)[known]["status"] == "interrupted"
    print_markdown(
        ["sleepers", "woke while the successor worked", "records interrupted",
         "exits (sleeper, successor)", "what the sleeper said", "writes after the takeover",
         f"seconds from stop to takeover, lease {LEASE_SECONDS} s (median, most)"],
        [[rounds, overlapping, interrupted, dict(exits), dict(words), late,
          f"{statistics.median(silences):.1f}, {max(silences):.1f}"]],
    )  # fmt: skip


def wait_for_runs(graph: Graph, many: int) -> None:
    until(lambda: len(runs(graph)) == many)


if __name__ == "__main__":
    main()
