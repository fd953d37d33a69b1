"""What a run costs when there is nothing to do: all pairs are judged, none has changed.

    python -m benchmarks.noop --pairs 10000 100000
    python -m benchmarks.noop --pairs 1000000          # lays out 50,000 documents first: minutes

explicit: CANDIDATE_IMAGE edges. explicit, versions: with version properties named for documents
and images, so that no text is hashed and no file is looked at. fulltext: the best 20 images that
the full-text index finds for each document. index alone: the same full-text queries and nothing
else; the two take turns, so that both meet the same machine, and the ratio is that of each turn.
Every measurement is a process of its own; the memory is that process's peak.
"""

import argparse
import multiprocessing
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import psutil

from benchmarks.judged import CANDIDATES, DrawingScorer, lay_out
from benchmarks.output import print_markdown
from benchmarks.servers import temporary_server
from kg_enrich.candidates.finders import SOURCES, CandidateOptions, fulltext_query
from kg_enrich.documents.required import require_documents
from kg_enrich.enrich.enrichment import Enrichment
from kg_enrich.enrich.extractor import Question
from kg_enrich.enrich.pipeline import RunOptions, run
from kg_enrich.evidence.models import Policy
from kg_enrich.evidence.sources import take_statistics
from kg_enrich.graph import schema
from kg_enrich.graph.connection import Graph
from kg_enrich.images.hashes import ImageHashes
from kg_enrich.jobs.runs import Job
from kg_enrich.models import Document, DocumentId
from kg_enrich.names import Names
from kg_enrich.text import CorpusStatistics
from tests.support.graphs import SOURCE, ask
from tests.support.neo4j_server import Neo4jServer

VERSIONS = Names(document_version="updatedAt", image_version="hash")


@dataclass(frozen=True)
class Case:
    """What a child process needs to run."""

    name: str
    server: Neo4jServer
    folder: Path
    names: Names
    candidates: CandidateOptions
    words: bytes


@dataclass(frozen=True)
class Cost:
    """One run. seconds: wall; cpu, server: seconds of CPU of the process and of Neo4j; peak, base:
    bytes with and without the run."""

    pairs: int
    calls: int
    seconds: float
    cpu: float
    peak: int
    base: int
    server: float = 0.0


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--pairs", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument(
        "--candidates", nargs="+", default=["explicit", "fulltext"],
        choices=["explicit", "fulltext"],
    )  # fmt: skip
    given = parser.parse_args()
    rows = []
    for pairs in given.pairs:
        with temporary_server("2g") as (server, graph, pid), tempfile.TemporaryDirectory() as root:
            lay_out(graph, Path(root), pairs // CANDIDATES)
            for case in _cases(server, graph, Path(root), given.candidates):
                _forget(graph)
                enrich(case, batch_pairs=2000)
                works: list[Callable[[Case], Cost]] = [enrich]
                if "fulltext" in case.candidates.sources:
                    works.insert(0, ask_index)
                    _in_process(ask_index, case, pid)  # it warms the index up
                turns = [[_in_process(w, case, pid) for w in works] for _ in range(given.repeats)]
                rows += _rows(case.name, turns)
    print_markdown(
        ["candidates", "judged pairs", "scorer calls", "seconds (least to most)",
         "CPU seconds, client + server", "pairs/s", "peak memory, MB (of it before the run)",
         "beside the index alone: seconds (least to most), CPU"],
        rows,
    )  # fmt: skip


def _cases(
    server: Neo4jServer, graph: Graph, folder: Path, candidates: Sequence[str]
) -> list[Case]:
    explicit = Case(
        "explicit", server, folder, Names(), CandidateOptions(("explicit",)),
        CorpusStatistics.from_texts(()).to_bytes(),
    )  # fmt: skip
    cases = [explicit, replace(explicit, name="explicit, versions", names=VERSIONS)]
    if "explicit" not in candidates:
        cases.clear()
    if "fulltext" in candidates:
        options = CandidateOptions(("fulltext",), CANDIDATES, schema.fulltext_index(graph))
        words = take_statistics(graph).to_bytes()
        cases.append(replace(explicit, name="fulltext", candidates=options, words=words))
    return cases


def _forget(graph: Graph) -> None:
    for former in ("MATCH (x:EvidenceLedger)", "MATCH ()-[x:HAS_EVIDENCE]->()"):
        # Some at a time: a million edges are more than a transaction's memory.
        while ask(graph, f"{former} WITH x LIMIT 50000 DELETE x RETURN 1 AS deleted LIMIT 1"):
            pass


def _in_process(work: Callable[[Case], Cost], case: Case, pid: int) -> Cost:
    before = psutil.Process(pid).cpu_times()
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        cost = pool.submit(work, case).result()
    after = psutil.Process(pid).cpu_times()
    return replace(cost, server=after.user + after.system - before.user - before.system)


def _rows(name: str, turns: Sequence[Sequence[Cost]]) -> list[list[object]]:
    """A row for what was measured alone, or two: the index alone, and beside it the run."""
    runs = [turn[-1] for turn in turns]
    if len(turns[0]) == 1:
        return [_row(name, runs, "")]
    alone = [turn[0] for turn in turns]
    ratios = sorted(run.seconds / index.seconds for index, run in turns)
    cpu = sum(map(_cpu, runs)) / sum(map(_cpu, alone))
    beside = f"{statistics.median(ratios):.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f}), {cpu:.2f}"
    return [_row("index alone", alone, ""), _row(name, runs, beside)]


def _cpu(cost: Cost) -> float:
    return cost.cpu + cost.server


def _row(name: str, costs: Sequence[Cost], beside: str) -> list[object]:
    seconds = sorted(cost.seconds for cost in costs)
    best = min(costs, key=lambda cost: cost.seconds)
    cheapest = min(costs, key=_cpu)
    return [
        name,
        best.pairs,
        sum(cost.calls for cost in costs),
        f"{seconds[0]:.1f} to {seconds[-1]:.1f}",
        f"{cheapest.cpu:.1f} + {cheapest.server:.1f}",
        f"{best.pairs / best.seconds:,.0f}",
        f"{best.peak / 1e6:.0f} ({best.base / 1e6:.0f})",
        beside,
    ]


def enrich(case: Case, batch_pairs: int = 64) -> Cost:
    """One run."""
    scorer = DrawingScorer()
    with Graph(*case.server, names=case.names) as graph:
        graph.server()
        question = Question(
            SOURCE,
            scorer.fingerprint,
            Policy(),
            case.candidates,
            CorpusStatistics.from_bytes(case.words),
        )
        # Remembered from run to run, as the commands do.
        hashes = ImageHashes(case.folder / "hashes.sqlite")
        base, cpu, began = _peak(), time.process_time(), time.monotonic()
        record = run(
            Enrichment(
                graph, scorer, question, (case.folder,), require_documents(graph), hashes
            ), Job("run", SOURCE),
            options=RunOptions(batch_pairs),
        )  # fmt: skip
        seconds, cpu = time.monotonic() - began, time.process_time() - cpu
    return Cost(record.counters.pairs, len(scorer.asked), seconds, cpu, _peak(), base)


def ask_index(case: Case) -> Cost:
    """The full-text queries of all documents, and nothing else."""
    words = CorpusStatistics.from_bytes(case.words)
    with Graph(*case.server) as graph:
        rows = ask(graph, "MATCH (d:Document) RETURN d.id AS id, d.title AS t, d.text AS text")
        documents = [
            (Document(DocumentId(row["id"]), row["t"], row["text"], ""), row["id"]) for row in rows
        ]
        queries = [{"id": i, "query": fulltext_query(d, words)} for d, i in documents]
        base, cpu, began = _peak(), time.process_time(), time.monotonic()
        pairs = 0
        for start in range(0, len(queries), 200):
            found = graph.read(
                SOURCES["fulltext"],
                documents=queries[start : start + 200],
                index=case.candidates.fulltext_index,
                limit=case.candidates.fulltext_limit,
                asked=2 * case.candidates.fulltext_limit,
            )
            pairs += sum(len(row["image"]) for row in found)
        seconds, cpu = time.monotonic() - began, time.process_time() - cpu
    return Cost(pairs, 0, seconds, cpu, _peak(), base)


def _peak() -> int:
    """Most memory that this process has had, in bytes (Linux)."""
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) * 1024


if __name__ == "__main__":
    main()
