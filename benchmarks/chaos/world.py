"""A server, a graph, folders to load, and programs that work on them."""

import contextlib
import socket
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.company import lay_out
from kg_enrich.graph import migrations, schema
from kg_enrich.graph.connection import Graph
from tests.support.commands import COMMAND, environment
from tests.support.graphs import ask, tally
from tests.support.own_server import OwnServer

# What a killed run leaves beside what it was for. Its counters and its lease are looked at.
RECORDS = ("EnrichmentRun", "EnrichmentJob", "EvidenceUndo", "RunNotice")
_WRITES = ("write", "schema")
_TRANSACTIONS = (
    "SHOW TRANSACTIONS YIELD metaData WHERE metaData.pid = $pid RETURN metaData.doing AS doing"
)
_SUMS = (
    "MATCH (r:EnrichmentRun) RETURN r.kind AS kind, sum(r.scored) AS scored, "
    "sum(r.abstained) AS abstained, sum(r.published) AS published, sum(r.withdrawn) AS withdrawn "
    "ORDER BY kind"
)
_LEFT = (
    "MATCH (j:EnrichmentJob) WHERE j.leaseUntil IS NOT NULL RETURN 'a lease' AS what UNION ALL "
    "MATCH (r:EnrichmentRun {status: 'running'}) RETURN 'run at work: ' + r.kind AS what"
)
_SECONDS = 300  # for one command, on a machine that does other things as well


@dataclass(frozen=True)
class Size:
    """How large the graphs are."""

    documents: int = 150
    pictures: int = 6
    loaded: int = 400


class Program:
    """A command at work in a process of its own."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self.process = process

    def alive(self) -> bool:
        return self.process.poll() is None

    def kill(self) -> None:
        """Ends it without any warning."""
        self.process.kill()

    def end(self) -> tuple[int, str]:
        """Waits. Gives the exit code, and what it said."""
        try:
            _, said = self.process.communicate(timeout=_SECONDS)
        finally:
            self.process.kill()
        return self.process.returncode, said


class World:
    """A server, a graph, folders to load, and the command line."""

    def __init__(self, server: OwnServer, graph: Graph, folder: Path, size: Size) -> None:
        self.server = server
        self.graph = graph
        self.folder = folder
        self.size = size
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
            KG_ENRICH_SERVICE_USER="chaos",
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

    def do(self, *arguments: str) -> None:
        """A command that must succeed."""
        code, said = Program(self.begin(*arguments)).end()
        if code:
            raise RuntimeError(f"{' '.join(arguments)} ended with {code}: {said[-500:]}")

    def writes(self, program: Program) -> bool:
        """Whether a write transaction of the program is open."""
        rows = ask(self.graph, _TRANSACTIONS, pid=str(program.process.pid))
        return any(row["doing"] in _WRITES for row in rows)

    def pass_time(self) -> None:
        """Ends the leases of the dead, as two minutes would."""
        ask(
            self.graph,
            "MATCH (j:EnrichmentJob) WHERE j.leaseUntil IS NOT NULL "
            "SET j.leaseUntil = datetime.realtime()",
        )

    def things(self) -> Counter[str]:
        """Every node and edge, but for records of runs."""
        return tally(self.graph, *RECORDS)

    def sums(self) -> list[dict[str, object]]:
        """The counters of all runs of a kind together."""
        return ask(self.graph, _SUMS)

    def left(self) -> list[str]:
        """Leases that are held, and runs that seem to be at work."""
        return [row["what"] for row in ask(self.graph, _LEFT)]


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


def await_gone(world: World, program: Program) -> None:
    """Waits until the server has rolled back what a dead program left open."""
    while world.writes(program):
        time.sleep(0.02)


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
