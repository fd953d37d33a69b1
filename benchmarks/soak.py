"""A month of scheduled runs in minutes: do memory, store, open files and run time stay flat?

    python -m benchmarks.soak --days 30 --runs 20 --minutes 30

One handle stays open for all of it, as a service does; the last run of a day is a process of its
own, as cron would start it. Before each run some documents tell of something else, one goes and
one comes, a picture is exchanged and people say something. A day is over when its runs are and
`prune` has taken what documents left behind: all times on record are put back by a day, so that
retention has something to forget from day KEEP on.
"""

import argparse
import random
import shutil
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import psutil

import kg_enrich
from benchmarks.company import document, lay_out
from benchmarks.output import machine, print_markdown
from kg_enrich.graph import migrations, schema
from kg_enrich.graph.connection import Graph
from kg_enrich.settings import load_settings
from tests.support.commands import call_process, environment
from tests.support.graphs import ask
from tests.support.own_server import OwnServer

_PICTURES = 24
_AGE = (
    "MATCH (r:EnrichmentRun) SET r.startedAt = r.startedAt - duration({days: 1}), "
    "r.finishedAt = r.finishedAt - duration({days: 1})"
)
_RECORDS = (
    "RETURN COUNT { (:Document) } AS documents, COUNT { (:EnrichmentRun) } AS runs, "
    "COUNT { (:EvidenceUndo) } AS undo, "
    "COUNT { (:EvidenceLedger) } AS ledgers, COUNT { ()-[:HAS_EVIDENCE]->() } AS evidence, "
    "COUNT { (:EvidenceReview) } AS words"
)
_COLUMNS = ("day", "runs so far", "run, median s", "its CPU s", "as a process, s", "memory, MiB",
            "Neo4j, MiB", "open files", "threads", "store, MiB", "logs of transactions, MiB",
            "documents", "records", "undo", "ledgers", "evidence", "words")  # fmt: skip


@dataclass
class Month:
    """The graph, what stands in its folder, and what changes there."""

    server: OwnServer
    graph: Graph
    folder: Path
    draw: random.Random
    there: list[int]  # documents, by number
    next: int = 0

    def __post_init__(self) -> None:
        self.next = len(self.there)

    def change(self, kg: kg_enrich.KnowledgeGraph) -> None:
        """What happens between two runs: texts, a document, a picture, words."""
        self.exchange_one()
        some = self.draw.sample(self.there, 5)
        rows = [document(n, _PICTURES, self.draw.randrange(_PICTURES)) for n in some]
        ask(
            self.graph,
            "UNWIND $rows AS row MATCH (d:Document {id: row.id}) SET d.text = row.text",
            rows=rows,
        )
        one, other = self.draw.sample(range(_PICTURES), 2)
        shutil.copy(self.folder / f"{one}.png", self.folder / "kept.png")
        shutil.copy(self.folder / f"{other}.png", self.folder / f"{one}.png")
        (self.folder / "kept.png").replace(self.folder / f"{other}.png")
        evidence = ask(
            self.graph,
            "MATCH (d:Document)-[:HAS_EVIDENCE]->(i:Image) WITH d, i ORDER BY d.id, i.id "
            "SKIP $skip LIMIT 1 RETURN d.id AS document, i.id AS image",
            skip=self.draw.randrange(len(self.there)),
        )
        for row in evidence:
            kg.review(row["document"], row["image"], self.draw.choice([*kg_enrich.Decision]),
                      by="soak")  # fmt: skip

    def exchange_one(self) -> None:
        """One document goes, with all its edges; another comes."""
        gone = self.there.pop(self.draw.randrange(len(self.there)))
        ask(self.graph, "MATCH (d:Document {id: $id}) DETACH DELETE d",
            id=document(gone, _PICTURES)["id"])  # fmt: skip
        ask(self.graph, "CREATE (d:Document) SET d = $row", row=document(self.next, _PICTURES))
        self.there.append(self.next)
        self.next += 1

    def store(self) -> dict[str, float]:
        """MiB of each file of the store, by its name."""
        folder = self.server.home / "data" / "databases" / "neo4j"
        return {
            str(file.relative_to(folder)): file.stat().st_blocks * 512 / 2**20
            for file in folder.rglob("*")
            if file.is_file()
        }

    def look(self, process: psutil.Process) -> list[str]:
        home = self.server.home / "data"
        records = ask(self.graph, _RECORDS)[0]
        return [
            f"{process.memory_info().rss / 2**20:.0f}",
            f"{self.server.process.memory_info().rss / 2**20:.0f}",
            str(process.num_fds()),
            str(process.num_threads()),
            f"{_size(home / 'databases'):.1f}",
            f"{_size(home / 'transactions'):.1f}",
            *(str(value) for value in records.values()),
        ]


def _size(folder: Path) -> float:
    """MiB on disk."""
    files = [file.stat().st_blocks * 512 for file in folder.rglob("*") if file.is_file()]
    return sum(files) / 2**20


def soak(month: Month, env: dict[str, str], days: int, runs: int, keep: int, until: float) -> int:
    """Prints a line a day. Returns how many runs and prunes did not succeed."""
    process, rows, failed, total = psutil.Process(), [], 0, 0
    full: dict[str, float] = {}
    settings = load_settings(
        neo4j_uri=env["NEO4J_URI"], neo4j_username=env["NEO4J_USERNAME"],
        neo4j_password=env["NEO4J_PASSWORD"], candidates=("all",), keep_days=keep,
        image_roots=(month.folder,), workers=1, cache_dir=Path(env["KG_ENRICH_CACHE_DIR"]),
        brake_share=1.0, min_score=1.0,
    )  # fmt: skip
    with kg_enrich.open(settings, say=lambda _: None) as kg:
        for day in range(1, days + 1):
            took, cpu = [], []
            for _ in range(runs - 1):
                month.change(kg)
                began, used = time.monotonic(), sum(process.cpu_times()[:2])
                failed += kg.run().status is not kg_enrich.RunStatus.SUCCEEDED
                took.append(time.monotonic() - began)
                cpu.append(sum(process.cpu_times()[:2]) - used)
            month.change(kg)
            began = time.monotonic()
            failed += call_process(env, month.folder, "run", "--json").code != 0
            alone = time.monotonic() - began
            failed += call_process(env, month.folder, "prune", "--yes").code != 0
            total += runs
            rows.append([str(day), str(total), f"{statistics.median(took):.2f}",
                         f"{statistics.median(cpu):.2f}", f"{alone:.1f}",
                         *month.look(process)])  # fmt: skip
            print(" ".join(rows[-1]), file=sys.stderr, flush=True)
            if day == keep + 1:
                full = month.store()
            ask(month.graph, _AGE)
            if time.monotonic() > until:
                break
    step = max(1, len(rows) // 10)
    print_markdown(_COLUMNS, [row for n, row in enumerate(rows) if n % step == 0 or n < 2
                              or row is rows[-1]])  # fmt: skip
    if full:
        grown = {name: size - full.get(name, 0) for name, size in month.store().items()}
        most = sorted(grown, key=grown.__getitem__, reverse=True)[:8]
        print(f"\nFiles of the store that grew most since day {keep + 1}:\n")
        print_markdown(("file", "MiB more"), [(name, f"{grown[name]:.2f}") for name in most])
    return failed


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--runs", type=int, default=20, help="a day")
    parser.add_argument("--documents", type=int, default=200)
    parser.add_argument("--keep", type=int, default=7, help="days of retention")
    parser.add_argument("--minutes", type=float, default=60.0, help="after these it ends")
    given = parser.parse_args()
    until = time.monotonic() + given.minutes * 60
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as place:
        folder = Path(place) / "work"
        lay_out(folder, given.documents, _PICTURES, _PICTURES)
        server = OwnServer(Path(place) / "neo4j")
        try:
            with Graph(*server.login) as graph:
                migrations.apply(graph, migrations.load())
                schema.ensure(graph)
                found = graph.server()
                print(f"{machine('neo4j')}, Neo4j {found.version} {found.edition}", flush=True)
                env = environment(
                    server.login, folder,
                    KG_ENRICH_CACHE_DIR=str(Path(place) / "cache"), KG_ENRICH_CANDIDATES="all",
                    KG_ENRICH_WORKERS="1", KG_ENRICH_KEEP_DAYS=str(given.keep),
                    KG_ENRICH_BRAKE_SHARE="1", KG_ENRICH_MIN_SCORE="1", OMP_NUM_THREADS="1",
                )  # fmt: skip
                for command in (("load", "."), ("read-images",), ("run",)):
                    done = call_process(env, folder, *command)
                    if done.code:
                        sys.exit(done.err)
                month = Month(server, graph, folder, random.Random(1), [*range(given.documents)])
                failed = soak(month, env, given.days, given.runs, given.keep, until)
        finally:
            server.close()
    print(f"\n{failed} runs or prunes did not succeed.")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
