"""Kills commands, and Neo4j under them, at random moments: does the next try make it good?

    python -m benchmarks.chaos --kills 100 --server-kills 20 --minutes 30 --seed 1

The real command line works on a real Neo4j in processes of its own. A kill counts when it
interrupted a write: the process lived, and either a write transaction of it was open, or things
were neither what they had been nor what they were to become (records of runs left out). A kill of
Neo4j counts when the command noticed. Then the command is called again, often killed again, and
what comes of it is compared, as a bag of all nodes and edges with their properties, with what the
command leaves when nobody disturbs it; so are the counters of all runs together. No lease may be
left, and no run at work. The lease of a command that was killed is ended by hand, to save the two
minutes that its successor would wait for it.

`serve` is killed while four people say words through it, who say again what was not answered;
`watch`, while it has a job in hand or loads a folder, and its answers and jobs are compared, too;
`migrate`, with all constraints, indexes and the chain of migrations; the one write of `calibrate`
takes a millisecond, and is made to wait for a lock so that a kill can fall into it.
"""

import argparse
import random
import sys
import time

from benchmarks.chaos.kills import disturb
from benchmarks.chaos.scenario import Scenario
from benchmarks.chaos.scenarios import ALL, scenarios
from benchmarks.chaos.world import Size, world
from benchmarks.output import machine, print_markdown

# Of a further kill of the same command, after one.
_AGAIN = 0.8


def least(done: list[Scenario], server: bool) -> Scenario:
    """Whichever was killed least."""
    return min(done, key=lambda one: one.server_kills if server else one.kills)


def print_table(done: list[Scenario]) -> None:
    columns = ("what", "kills that interrupted a write", "kills of Neo4j in mid-command",
               "of these the command got over", "other kills", "calls afterwards",
               "differences")  # fmt: skip
    counts = [(s.kills, s.server_kills, s.carried, s.idle, s.reruns, len(s.wrong)) for s in done]
    rows = [[one.name, *numbers] for one, numbers in zip(done, counts, strict=True)]
    rows.append(["all", *map(sum, zip(*counts, strict=True))])
    print_markdown(columns, rows)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--kills", type=int, default=100, help="that interrupt a write")
    parser.add_argument("--server-kills", type=int, default=20)
    parser.add_argument("--minutes", type=float, default=30.0, help="for both; after that it ends")
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    parser.add_argument("--only", default=",".join(ALL), help="commands, separated by commas")
    given = parser.parse_args()
    draw = random.Random(given.seed)
    size = Size()
    with world(size) as here:
        found = here.graph.server()
        print(f"{machine('neo4j')}, Neo4j {found.version} {found.edition}, seed {given.seed}, "
              f"{size}", flush=True)  # fmt: skip
        done = scenarios(here, given.only.split(","))
        print(", ".join(f"{s.name} {s.window:.1f} s" for s in done), file=sys.stderr, flush=True)
        began = time.monotonic()
        share = given.minutes * 60 * (0.65 if given.server_kills else 1)
        while sum(s.kills for s in done) < given.kills and time.monotonic() - began < share:
            disturb(least(done, server=False), draw, server=False, again=_AGAIN)
            _tell(done, began)
        while (
            sum(s.server_kills for s in done) < given.server_kills
            and time.monotonic() - began < given.minutes * 60
        ):
            disturb(least(done, server=True), draw, server=True)
            _tell(done, began)
    print_table(done)
    print(f"\n{(time.monotonic() - began) / 60:.0f} minutes.")
    sys.exit(1 if any(s.wrong for s in done) else 0)


def _tell(done: list[Scenario], began: float) -> None:
    counts = ", ".join(f"{one.name} {one.kills}+{one.server_kills}" for one in done)
    print(f"{time.monotonic() - began:.0f} s: {counts}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
