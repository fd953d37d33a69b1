"""Kills commands, and Neo4j under them, at random moments: does the next try make it good?

    python -m benchmarks.chaos --kills 100 --server-kills 20 --minutes 30 --seed 1

The real command line works on a real Neo4j in processes of its own. A kill counts when it
interrupted a write: the process lived, and either a write transaction of it was open, or the graph
was neither what it had been nor what it was to become (records of runs left out). A kill of Neo4j
counts when the command noticed. Then the command is called again, sometimes killed again, and what
comes of it is compared, as a bag of all nodes and edges with their properties, with what the
command leaves when nobody disturbs it; so are the counters of all runs together. No lease may be
left, and no run at work. The lease of a command that was killed is ended by hand, to save the two
minutes that its successor would wait for it.
"""

import argparse
import contextlib
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.chaos_world import Kept, keep, lay_out, put_back
from benchmarks.output import machine, print_markdown
from kg_enrich.graph import migrations, schema
from kg_enrich.graph.connection import Graph
from tests.support.commands import COMMAND, environment
from tests.support.graphs import ask, tally
from tests.support.own_server import OwnServer

# What a killed run leaves beside what it was for. Its counters and its lease are looked at.
RECORDS = ("EnrichmentRun", "EnrichmentJob", "EvidenceUndo", "RunNotice")
ALL = ("run", "review", "publish", "rollback", "prune", "load", "read-images")
_WRITES = ("write", "schema")
_TRANSACTIONS = (
    "SHOW TRANSACTIONS YIELD metaData WHERE metaData.pid = $pid RETURN metaData.doing AS doing"
)
_SUMS = (
    "MATCH (r:EnrichmentRun) RETURN r.kind AS kind, sum(r.scored) AS scored, "
    "sum(r.abstained) AS abstained, sum(r.published) AS published, sum(r.withdrawn) AS withdrawn "
    "ORDER BY kind"
)
# Of being killed, whenever it is seen to write.
_CHANCE = 0.2
_SECONDS = 300  # for one command, on a machine that does other things as well


@dataclass(frozen=True)
class Size:
    """How large the graphs are."""

    documents: int = 400
    pictures: int = 10
    loaded: int = 1500


@dataclass
class Scenario:
    """A command on a graph, and what it leaves there when nobody disturbs it."""

    name: str
    arguments: list[str]
    base: Kept
    before: Counter[str]
    after: Counter[str]
    sums: list[dict[str, object]]
    window: float  # seconds from its first write to its end
    kills: int = 0
    idle: int = 0
    server_kills: int = 0
    carried: int = 0  # of the kills of Neo4j: how often the command itself got over it
    reruns: int = 0
    wrong: list[str] = field(default_factory=list)


class World:
    """A server, a graph, folders to load, and the command line."""

    def __init__(self, server: OwnServer, graph: Graph, folder: Path, size: Size) -> None:
        self.server = server
        self.graph = graph
        self.folder = folder
        folder.mkdir()
        lay_out(folder / "small", size.documents, size.pictures, size.pictures)
        lay_out(folder / "large", size.loaded, size.loaded, 2)
        self.environment = environment(
            server.login,
            folder,
            KG_ENRICH_CACHE_DIR=str(folder / "cache"),
            KG_ENRICH_CANDIDATES="all",
            KG_ENRICH_BATCH_PAIRS=str(2 * size.pictures),
            KG_ENRICH_WORKERS="1",
            # Every report tells of what many others tell of, too, so that no word is rare.
            KG_ENRICH_MIN_SCORE="0.5",
            KG_ENRICH_PATIENCE_SECONDS="120",
            OMP_NUM_THREADS="1",
        )

    def begin(self, *arguments: str) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [COMMAND, *arguments],
            env=self.environment,
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def end(self, process: "subprocess.Popen[str]") -> tuple[int, str]:
        """Waits. Gives the exit code, and what it said."""
        try:
            _, said = process.communicate(timeout=_SECONDS)
        finally:
            process.kill()
        return process.returncode, said

    def do(self, *arguments: str) -> None:
        code, said = self.end(self.begin(*arguments))
        if code:
            raise RuntimeError(f"{' '.join(arguments)} ended with {code}: {said[-500:]}")

    def writes(self, process: "subprocess.Popen[str]") -> bool:
        """Whether a write transaction of the process is open."""
        rows = ask(self.graph, _TRANSACTIONS, pid=str(process.pid))
        return any(row["doing"] in _WRITES for row in rows)

    def await_write(self, process: "subprocess.Popen[str]") -> bool:
        """Waits for its first write. False when it ended before."""
        while process.poll() is None:
            if self.writes(process):
                return True
            time.sleep(0.005)
        return False

    def pass_time(self) -> None:
        """Ends the leases of the dead, as two minutes would."""
        ask(
            self.graph,
            "MATCH (j:EnrichmentJob) WHERE j.leaseUntil IS NOT NULL "
            "SET j.leaseUntil = datetime.realtime()",
        )

    def things(self) -> Counter[str]:
        return tally(self.graph, *RECORDS)

    def undisturbed(self, name: str, *arguments: str) -> Scenario:
        """Does the command once on the graph as it is, and leaves what it did."""
        base, before = keep(self.graph), self.things()
        process = self.begin(*arguments)
        seen = self.await_write(process)
        began = time.monotonic()
        code, said = self.end(process)
        if code or not seen:
            raise RuntimeError(f"{name} ended with {code}: {said[-500:]}")
        window = time.monotonic() - began
        after = self.things()
        if after == before:
            raise RuntimeError(f"{name} changed nothing: {said[-500:]}")
        sums = ask(self.graph, _SUMS)
        return Scenario(name, list(arguments), base, before, after, sums, window)


def scenarios(world: World, wanted: Collection[str] = ALL) -> list[Scenario]:
    """The commands wanted, each on the graph that it needs."""
    small, large = str(world.folder / "small"), str(world.folder / "large")
    # Reading pictures takes long, and only once: the large folder has some of the small one's.
    world.do("load", small)
    world.do("read-images")
    judging = world.undisturbed("run", "run", "--wait")
    made = [judging] if judging.name in wanted else []
    judged = keep(world.graph)
    run = ask(world.graph, "MATCH (r:EnrichmentRun {kind: 'run'}) RETURN r.id AS id")[0]["id"]
    source = ask(world.graph, "MATCH (s:EvidenceSource) RETURN s.name AS name")[0]["name"]
    accept = ("--accept", "--min-confidence", "0.13", "--token", "chaos", "--by", "chaos")
    for name, *arguments in (
        ("review", *accept, "--yes"),
        ("publish", "--top-k", "1", "--min-score", "1", "--yes", "--wait"),
        ("rollback", run, "--wait"),
        ("prune", "--source", source, "--yes", "--wait"),
    ):
        if name in wanted:
            put_back(world.graph, judged)
            made.append(world.undisturbed(name, name, *arguments))
    put_back(world.graph, Kept([], []))
    for name, *arguments in (("load", large, "--wait"), ("read-images",)):
        if name in wanted:
            made.append(world.undisturbed(name, name, *arguments))
    return made


def catch(world: World, process: "subprocess.Popen[str]", draw: random.Random) -> bool:
    """Waits for one of its writes, whichever chance takes. False when it ended before."""
    while process.poll() is None:
        if world.writes(process) and draw.random() < _CHANCE:
            return True
        time.sleep(0.005)
    return False


def kill_command(world: World, scenario: Scenario, draw: random.Random) -> bool:
    """Kills the command once at work. Whether it must be called again: it did not end by itself."""
    process, writing, alive = world.begin(*scenario.arguments), False, False
    try:
        writing = alive = catch(world, process, draw)
        # Half of the kills come a moment later: in another write, or between two.
        if alive and draw.random() < 1 / 2:
            time.sleep(draw.uniform(0, 0.1))
            writing, alive = False, process.poll() is None
    finally:
        process.kill()
        code, _ = world.end(process)
    # The server rolls back what the process left open as soon as it sees that it is gone.
    while world.writes(process):
        time.sleep(0.02)
    world.pass_time()
    things = world.things()
    counted = alive and (writing or things not in (scenario.before, scenario.after))
    scenario.kills += counted
    scenario.idle += not counted
    return code != 0


def kill_server(world: World, scenario: Scenario, draw: random.Random) -> bool:
    """Kills Neo4j while the command is at work, and starts it again at once.

    Whether the command must be called again.
    """
    process = world.begin(*scenario.arguments)
    try:
        alive = catch(world, process, draw)
        world.server.kill()
        world.server.restart()
        code, said = world.end(process)
    finally:
        process.kill()
    noticed = alive and (code != 0 or "will be tried again" in said)
    scenario.server_kills += noticed
    scenario.idle += not noticed
    scenario.carried += noticed and code == 0
    return code != 0


def make_good(world: World, scenario: Scenario, again: bool = True) -> None:
    """Calls the command again, and compares what it leaves with what it should."""
    wrong = []
    if again:
        scenario.reruns += 1
        world.pass_time()
        code, said = world.end(world.begin(*scenario.arguments))
        wrong = [f"exit {code}: {said.strip().splitlines()[-1:]}"] if code else []
    things = world.things()
    for text, one, other in (
        ("missing", scenario.after, things),
        ("too many", things, scenario.after),
    ):
        if found := one - other:
            wrong.append(f"{found.total()} {text}, as {next(iter(found))[:200]}")
    if (sums := ask(world.graph, _SUMS)) != scenario.sums:
        wrong.append(f"counters {sums}, not {scenario.sums}")
    left = ask(
        world.graph,
        "MATCH (j:EnrichmentJob) WHERE j.leaseUntil IS NOT NULL RETURN 'a lease' AS what UNION ALL "
        "MATCH (r:EnrichmentRun {status: 'running'}) RETURN 'run at work: ' + r.kind AS what",
    )
    wrong += [f"left: {row['what']}" for row in left]
    for line in wrong:
        print(f"  {scenario.name}: {line}", file=sys.stderr, flush=True)
    scenario.wrong += wrong


def disturb(world: World, scenario: Scenario, draw: random.Random, server: bool) -> None:
    """One time from the beginning: one to three kills, and then in peace."""
    put_back(world.graph, scenario.base)
    again = kill_server(world, scenario, draw) if server else kill_command(world, scenario, draw)
    while again and not server and draw.random() < 1 / 3:
        again = kill_command(world, scenario, draw)
    make_good(world, scenario, again)


@contextlib.contextmanager
def world(size: Size, disk: Path | None = None) -> Iterator[World]:
    """A world of its own, gone afterwards. disk: where Neo4j keeps its store, if not beside it."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as place:
        server = OwnServer((disk or Path(place)) / "neo4j")
        try:
            with Graph(*server.login) as graph:
                migrations.apply(graph, migrations.load())
                schema.ensure(graph)
                yield World(server, graph, Path(place) / "work", size)
        finally:
            server.close()


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
    with world(Size()) as here:
        found = here.graph.server()
        print(f"{machine('neo4j')}, Neo4j {found.version} {found.edition}, seed {given.seed}")
        done = scenarios(here, given.only.split(","))
        print(", ".join(f"{s.name} {s.window:.1f} s" for s in done), file=sys.stderr, flush=True)
        began = time.monotonic()
        share = given.minutes * 60 * (0.65 if given.server_kills else 1)
        turn = 0
        while sum(s.kills for s in done) < given.kills and time.monotonic() - began < share:
            disturb(here, done[turn % len(done)], draw, server=False)
            turn += 1
            print(f"{sum(s.kills for s in done)} kills", file=sys.stderr, flush=True)
        while (
            sum(s.server_kills for s in done) < given.server_kills
            and time.monotonic() - began < given.minutes * 60
        ):
            disturb(here, done[turn % len(done)], draw, server=True)
            turn += 1
            print(f"{sum(s.server_kills for s in done)} of Neo4j", file=sys.stderr, flush=True)
    print_table(done)
    print(f"\n{(time.monotonic() - began) / 60:.0f} minutes.")
    sys.exit(1 if any(s.wrong for s in done) else 0)


if __name__ == "__main__":
    main()
