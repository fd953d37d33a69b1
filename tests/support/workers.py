"""Starts runs in processes of their own, to see what happens when they meet, stop or die."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from kg_enrich.graph.connection import Graph, Row
from tests.support.graphs import ask
from tests.support.neo4j_server import Neo4jServer

ROOT = Path(__file__).parents[2]


class Worker:
    """A process that runs `tests.support.worker`; it waits at its start until `go`."""

    def __init__(self, server: Neo4jServer, folder: Path, *arguments: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.support.worker", str(folder), *arguments],
            cwd=ROOT,
            env={
                **os.environ,
                "WORKER_URI": server.uri,
                "WORKER_PASSWORD": server.password,
                "OMP_NUM_THREADS": "1",
            },
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            # The kernel wakes the stopped children of a process group that lost its parent.
            start_new_session=True,
        )

    def ready(self) -> None:
        line = _pipe(self.process.stdout).readline()
        assert line == "ready\n", self.errors()

    def go(self) -> None:
        """Lets it begin; a paced one, judge the batch that it told last."""
        _pipe(self.process.stdin).write("go\n")
        _pipe(self.process.stdin).flush()

    def hurry(self) -> None:
        """Lets a paced one go on to its end by itself."""
        _pipe(self.process.stdin).close()

    def batch(self) -> list[tuple[str, str]]:
        """The pairs of the next batch, as soon as it is being judged; empty after the last."""
        line = _pipe(self.process.stdout).readline()
        return [(document, image) for document, image in json.loads(line or "[]")]

    def batches(self) -> list[list[tuple[str, str]]]:
        """Every further batch, once the process has ended."""
        return list(iter(self.batch, []))

    def end(self, seconds: float = 240) -> int:
        """Waits for the exit code."""
        return self.process.wait(seconds)

    def errors(self) -> str:
        return _pipe(self.process.stderr).read()

    def signal(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
            with suppress(BrokenPipeError):
                _pipe(pipe).close()


@contextmanager
def started(server: Neo4jServer, folder: Path, *several: tuple[str, ...]) -> Iterator[list[Worker]]:
    """A worker for each list of arguments, all of them ready; none outlives the `with`."""
    workers = [Worker(server, folder, *arguments) for arguments in several]
    try:
        for worker in workers:
            worker.ready()
        yield workers
    finally:
        for worker in workers:
            worker.close()


def expire(graph: Graph) -> None:
    """Ends every lease, as time does: who asks for it next has it.

    Afterwards nothing that a dead process left open is written any more.
    """
    ask(
        graph,
        "MATCH (j:EnrichmentJob) WHERE j.leaseUntil IS NOT NULL "
        "SET j.leaseUntil = datetime.realtime()",
    )


def until(condition: Callable[[], object], seconds: float = 120) -> None:
    """Returns when the condition holds. Errors: TimeoutError."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError("it did not come true")
        time.sleep(0.02)


def runs(graph: Graph) -> list[Row]:
    """Every run's id, status, counts, begin and end (milliseconds of the epoch), in order."""
    return ask(
        graph,
        "MATCH (r:EnrichmentRun) RETURN r.id AS id, r.status AS status, r.scored AS scored, "
        "r.abstained AS abstained, "
        "r.error AS error, r.startedAt.epochMillis AS started, "
        "r.finishedAt.epochMillis AS finished ORDER BY r.startedAt",
    )


def written_by(graph: Graph, run: str) -> dict[str, str]:
    """All that stands in the graph in a run's name, by key: ledgers, edges, undo and its counts."""
    rows = ask(
        graph,
        "MATCH (l:EvidenceLedger {runId: $run}) RETURN l.key AS key, toString(l.judgedAt) AS what "
        "UNION ALL MATCH ()-[r:HAS_EVIDENCE {runId: $run}]->() "
        "RETURN r.key AS key, toString(r.updatedAt) AS what "
        "UNION ALL MATCH (:EnrichmentRun {id: $run})-[:CHANGED]->(u:EvidenceUndo) "
        "RETURN u.key AS key, toString(u.edges) AS what "
        "UNION ALL MATCH (r:EnrichmentRun {id: $run}) "
        "RETURN r.id AS key, r.status + ' ' + r.scored + ' ' + r.published AS what",
        run=run,
    )
    return {row["key"]: row["what"] for row in rows}


def _pipe(pipe: IO[str] | None) -> IO[str]:
    assert pipe is not None
    return pipe
