"""Does a pair cost the same in a large graph as in a small one, in time and in memory?

    python -m benchmarks.flatness --documents 10000 200000 --edges 500000

Extraction: the graph grows from one size to the next, and every time all documents are read as a
run reads them (explicit candidates, nothing on record, nothing written). Writing: new documents'
judgements, all of which qualify, go through the writer in batches until there are so many edges.
Both are cut into windows of equal work; time and CPU are those of the median window of each line,
and `beside the first` compares CPU, which other programs on the machine disturb less.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import psutil
from PIL import Image as Picture

from benchmarks.output import print_markdown
from benchmarks.servers import temporary_server
from kg_enrich.candidates.finders import CandidateOptions
from kg_enrich.enrich.extractor import Question, pages
from kg_enrich.enrich.writer import Batch, write_batch
from kg_enrich.evidence.edges import Authority
from kg_enrich.evidence.models import LedgerEntry, Policy
from kg_enrich.graph.connection import Graph, Transaction
from kg_enrich.graph.queries import Query
from kg_enrich.identity import pair_fingerprint
from kg_enrich.images.catalogue import Catalogue
from kg_enrich.images.hashes import ImageHashes
from kg_enrich.jobs import runs
from kg_enrich.jobs.control import Control
from kg_enrich.jobs.fenced import FencedWriter
from kg_enrich.jobs.runs import Job
from kg_enrich.models import Counters, DocumentId, ImageId, RunStatus
from kg_enrich.text import CorpusStatistics
from tests.support.graphs import SOURCE, begin_source

_CANDIDATES = 5  # of a document, and documents of an image
_EDGES = 20  # of a document
_FILES = 500
_ROWS = 10_000
_BATCH = 200  # documents
_EXTRACTED = 5_000  # documents of a window
_WRITTEN = 20_000  # edges of a window


_LAYING_OUT = (
    Query(
        "benchmark",
        "UNWIND range($first, $last - 1) AS n "
        "CREATE (:Document {id: toString(n), title: 'Topic ' + (n % 977), "
        "  text: 'What happened at unit ' + n + ', and what was done about it.'}) "
        "CREATE (:Image {id: toString(n), path: (n % $files) + '.png', caption: 'unit ' + n})",
    ),
    Query(
        "benchmark",
        "UNWIND range($first, $last - 1) AS n MATCH (d:Document {id: toString(n)}) "
        "UNWIND range(0, $candidates - 1) AS back "
        "MATCH (i:Image {id: toString(CASE WHEN n < back THEN n ELSE n - back END)}) "
        "MERGE (d)-[:CANDIDATE_IMAGE]->(i)",
    ),
)


@dataclass(frozen=True)
class Window:
    """So many pairs of work. seconds, cpu (client and server): for all. memory: most, in bytes."""

    pairs: int
    seconds: float
    cpu: float
    memory: int


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--documents", type=int, nargs="+", default=[10_000, 200_000])
    parser.add_argument("--edges", type=int, default=500_000)
    parser.add_argument("--heap", default="2g", help="of the server")
    parser.add_argument("--page-cache", default="256m", help="of the server")
    given = parser.parse_args()
    read: list[tuple[str, Sequence[Window]]] = []
    columns = ["extraction", "pairs", "µs a pair", "CPU µs a pair",
               "beside the first", "peak memory of the client, MB"]  # fmt: skip
    with (
        temporary_server(given.heap, given.page_cache) as (_, graph, pid),
        tempfile.TemporaryDirectory() as root,
    ):
        begin_source(graph)
        for number in range(_FILES):
            Picture.new("RGB", (8, 8), (number % 256, 0, 0)).save(Path(root) / f"{number}.png")
        laid_out = 0
        for documents in sorted(given.documents):
            _lay_out(graph, laid_out, documents)
            laid_out = documents
            if not read:
                list(extract(graph, pid, Path(root)))  # it warms both sides up
            read.append((f"{documents:,} documents", list(extract(graph, pid, Path(root)))))
            # What was measured is not lost where a later size fails.
            print_markdown(columns, _rows(read))
        if given.edges // _EDGES > laid_out:
            _lay_out(graph, laid_out, given.edges // _EDGES)
        written = list(write(graph, pid, given.edges, max(laid_out, given.edges // _EDGES)))
    # The first windows warm both sides up.
    written = written[min(2, len(written) // 3) :]
    part = max(1, len(written) // 5)
    parts = [written[start : start + part] for start in range(0, len(written), part)]
    named = [
        (f"edges up to {given.edges - _WRITTEN * (len(written) - (n + 1) * part):,}", several)
        for n, several in enumerate(parts)
        if len(several) == part
    ]
    print_markdown(["writing", *columns[1:]], _rows(named))


def _rows(named: Sequence[tuple[str, Sequence[Window]]]) -> list[list[object]]:
    rows: list[list[object]] = []
    first = 0.0
    for name, windows in named:
        cpu = statistics.median(one.cpu / one.pairs for one in windows) * 1e6
        first = first or cpu
        rows.append(
            [
                name,
                sum(one.pairs for one in windows),
                f"{statistics.median(one.seconds / one.pairs for one in windows) * 1e6:.0f}",
                f"{cpu:.0f}",
                f"{cpu / first:.2f}",
                f"{max(one.memory for one in windows) / 1e6:.0f}",
            ]
        )
    return rows


def _lay_out(graph: Graph, start: int, end: int) -> None:
    """Documents and images of these numbers; an image's neighbours are the documents after it."""
    for first in range(start, end, _ROWS):
        last = min(first + _ROWS, end)
        for statement in _LAYING_OUT:
            graph.write(
                partial(_lay_rows, statement, first, last),
                timeout=3600.0,  # a machine that is shared may let the benchmark wait
            )


def _lay_rows(statement: Query, first: int, last: int, transaction: Transaction) -> None:
    transaction.run(statement, first=first, last=last, files=_FILES, candidates=_CANDIDATES)


def extract(graph: Graph, pid: int, folder: Path) -> Iterator[Window]:
    """Reads every document as a run does."""
    question = Question(
        SOURCE, "flatness", Policy(), CandidateOptions(("explicit",)),
        CorpusStatistics.from_texts(()),
    )  # fmt: skip
    catalogue = Catalogue(graph, (folder,), ImageHashes(folder / "hashes.sqlite"))
    clock = _Clock(pid)
    pairs = documents = 0
    for page in pages(graph, question, catalogue):
        pairs += sum(len(work.unit.images) for work in page.work)
        documents += len(page.work)
        if documents >= _EXTRACTED:
            yield clock.window(pairs)
            pairs = documents = 0


def write(graph: Graph, pid: int, edges: int, images: int) -> Iterator[Window]:
    """Writes so many new edges, twenty a document."""
    control = Control(3600.0)
    lease = runs.start(graph, Job("flatness", SOURCE), {}, control, "table", "table")
    writer = FencedWriter(graph, lease, control)
    authority = Authority(SOURCE, "table", lease.run)
    published: set[ImageId] = set()
    pairs = 0
    clock = _Clock(pid)
    for start in range(0, edges // _EDGES, _BATCH):
        several = range(start, min(start + _BATCH, edges // _EDGES))
        entries = {
            DocumentId(str(document)): tuple(
                _entry(document, (document * 7 + place * 131) % images) for place in range(_EDGES)
            )
            for document in several
        }
        pairs += len(several) * _EDGES
        counters = Counters(documents=len(several), pairs=len(several) * _EDGES)
        write_batch(writer, authority, Batch(entries, counters), published)
        if pairs >= _WRITTEN:
            yield clock.window(pairs)
            pairs = 0
    runs.finish(graph, lease, RunStatus.SUCCEEDED)


def _entry(document: int, image: int) -> LedgerEntry:
    score = 5 + (document * 31 + image) % 50 / 10
    fingerprint = pair_fingerprint("table", str(document), str(image))
    return LedgerEntry(ImageId(str(image)), score, score - 5, fingerprint, f"table: {score}")


class _Clock:
    """What passed since the last window."""

    def __init__(self, pid: int) -> None:
        self._server = psutil.Process(pid)
        self._last = self._now()

    def window(self, pairs: int) -> Window:
        seconds, cpu = self._now()
        began, before = self._last
        self._last = seconds, cpu
        status = Path("/proc/self/status").read_text()
        memory = int(status.split("VmHWM:")[1].split()[0]) * 1024
        return Window(pairs, seconds - began, cpu - before, memory)

    def _now(self) -> tuple[float, float]:
        times = self._server.cpu_times()
        return time.monotonic(), float(times.user + times.system) + time.process_time()


if __name__ == "__main__":
    main()
