"""Does a pair cost the same in a large graph as in a small one, in time and in memory?

    python -m benchmarks.flatness --documents 10000 1000000 --edges 500000 1000000 2000000

Extraction: the graph grows from one size to the next; of each, documents out of ranges that are
spread evenly over all ids are read as a run reads them (explicit candidates, nothing on record,
nothing written). Writing: the last judgements before each number of edges, all of new documents
and all of which qualify, go through the writer. What is in between is laid out by bare Cypher: the
same edges and ledgers, no undo. Both are cut into windows of equal work; time and CPU are those of
the median window of each line, and `beside the first` compares CPU, which other programs on the
machine disturb less.
"""

import argparse
import statistics
import tempfile
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import psutil
from PIL import Image as Picture

from benchmarks.output import print_markdown
from benchmarks.servers import temporary_server
from kg_enrich.candidates.finders import CandidateOptions
from kg_enrich.enrich.extractor import PAGE_DOCUMENTS, Question, read_page
from kg_enrich.enrich.writer import Batch, write_batch
from kg_enrich.evidence.edges import Authority
from kg_enrich.evidence.models import LedgerEntry, Policy
from kg_enrich.graph import schema
from kg_enrich.graph.connection import Graph, Row, Transaction
from kg_enrich.graph.queries import Query
from kg_enrich.identity import evidence_key, ledger_key, pair_fingerprint
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
_PAGE = 200
_EXTRACTED = 2_400  # documents of a window, whole pages
_WRITTEN = 20_000  # edges of a window
_WINDOWS = 3  # of a number of edges
_AT_ONCE = 2  # transactions that lay out


_DOCUMENTS = Query(
    "benchmark",
    "UNWIND range($first, $last - 1) AS n "
    "CREATE (d:Document {id: toString(n), title: 'Topic ' + (n % 977), "
    "  text: 'What happened at unit ' + n + ', and what was done about it.'}) "
    "CREATE (i:Image {id: toString(n), path: (n % $files) + '.png', caption: 'unit ' + n}) "
    "WITH collect(d) AS documents, collect(i) AS images "
    "UNWIND range(0, size(documents) - 1) AS n UNWIND range(0, $candidates - 1) AS back "
    "WITH documents[n] AS d, images[(n - back + size(images)) % size(images)] AS i "
    "CREATE (d)-[:CANDIDATE_IMAGE]->(i)",
)
# What `_entry` says, as the writer leaves it.
_EVIDENCE = Query(
    "benchmark",
    "WITH datetime() AS now UNWIND $rows AS row MATCH (d:Document {id: toString(row.n)}) "
    "WITH now, row, d, [place IN range(0, $edges - 1) | (row.n * 7 + place * 131) % $images] AS "
    "  images "
    "WITH now, row, d, images, [image IN images | 5 + (row.n * 31 + image) % 50 / 10.0] AS scores "
    "CREATE (:EvidenceLedger {key: row.key, document: d.id, source: $source, model: 'table', "
    "  images: [image IN images | toString(image)], scores: scores, "
    "  logOdds: [score IN scores | score - 5], fingerprints: [image IN images | row.n + image], "
    "  reasons: [score IN scores | 'table: ' + score], policy: 'benchmark', runId: 'laid out', "
    "  judgedAt: now}) "
    "WITH now, row, d, images, scores UNWIND range(0, $edges - 1) AS n "
    "MATCH (i:Image {id: toString(images[n])}) "
    "CREATE (d)-[:HAS_EVIDENCE {key: row.keys[n], score: scores[n], confidence: scores[n] / 10, "
    "  reason: 'table: ' + scores[n], fingerprint: row.n + images[n], source: $source, "
    "  model: 'table', runId: 'laid out', createdAt: now, updatedAt: now}]->(i)",
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
    parser.add_argument("--documents", type=int, nargs="+", default=[10_000, 1_000_000])
    parser.add_argument("--sample", type=int, default=40_000, help="documents read of each size")
    parser.add_argument(
        "--edges", type=int, nargs="+", default=[500_000, 1_000_000, 2_000_000],
        help="the first edges are measured too",
    )  # fmt: skip
    parser.add_argument("--heap", default="2g", help="of the server")
    parser.add_argument("--page-cache", default="3g", help="of the server")
    given = parser.parse_args()
    read: list[tuple[str, Sequence[Window]]] = []
    written: list[tuple[str, Sequence[Window]]] = []
    columns = ["pairs", "µs a pair", "CPU µs a pair", "beside the first",
               "peak memory of the client, MB"]  # fmt: skip
    with (
        temporary_server(given.heap, given.page_cache) as (_, graph, pid),
        tempfile.TemporaryDirectory() as root,
    ):
        begin_source(graph)
        for number in range(_FILES):
            Picture.new("RGB", (8, 8), (number % 256, 0, 0)).save(Path(root) / f"{number}.png")
        laid_out = 0
        images = max(*given.documents, max(given.edges) // _EDGES)
        for documents in sorted({*given.documents, images}):
            with _told(f"{documents - laid_out:,} documents, as many images, their candidates"):
                _lay_out(graph, laid_out, documents)
            laid_out = documents
            if documents not in given.documents:
                continue
            if not read:
                list(extract(graph, pid, Path(root), documents, given.sample))  # a warm-up
            windows = list(extract(graph, pid, Path(root), documents, given.sample))
            read.append((f"{documents:,} documents", windows))
            # What was measured is not lost where a later size fails.
            print_markdown(["extraction", *columns], _rows(read))
        measured = _WINDOWS * _WRITTEN
        list(write(graph, pid, range(2 * _WRITTEN // _EDGES), images))  # a warm-up
        done = 2 * _WRITTEN
        for edges in sorted({done + measured, *given.edges}):
            if edges - measured > done:
                with _told(f"{edges - measured - done:,} edges with their ledgers"):
                    _lay_evidence(
                        graph, range(done // _EDGES, (edges - measured) // _EDGES), images
                    )
                done = edges - measured
            windows = list(write(graph, pid, range(done // _EDGES, edges // _EDGES), images))
            done = edges
            written.append((f"edges up to {edges:,}", windows))
            print_markdown(["writing", *columns], _rows(written))


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


@contextmanager
def _told(what: str) -> Iterator[None]:
    began = time.monotonic()
    yield
    print(f"laid out: {what}, in {time.monotonic() - began:.0f} s", flush=True)


def _lay_out(graph: Graph, start: int, end: int) -> None:
    """Documents and images of these numbers; an image's neighbours are the documents after it.

    Indexes are made anew over all of it, which is quicker than to keep them.
    """
    for item in schema.plan(graph):
        if item.state is not None and not item.need.unique:
            graph.define(f"DROP INDEX {item.name}")
    _at_once(
        graph,
        (
            partial(
                _run, _DOCUMENTS, first=first, last=min(first + _ROWS, end), files=_FILES,
                candidates=_CANDIDATES,
            )
            for first in range(start, end, _ROWS)
        ),
    )  # fmt: skip
    schema.ensure(graph)


def _lay_evidence(graph: Graph, documents: Sequence[int], images: int) -> None:
    """What the writer leaves of these documents, but for the undo."""
    _at_once(
        graph,
        (
            partial(
                _run, _EVIDENCE,
                rows=[_keys(n, images) for n in documents[start : start + _ROWS // _EDGES]],
                images=images, edges=_EDGES, source=SOURCE,
            )
            for start in range(0, len(documents), _ROWS // _EDGES)
        ),
    )  # fmt: skip


def _keys(document: int, images: int) -> Row:
    name = DocumentId(str(document))
    return {
        "n": document,
        "key": ledger_key(name, SOURCE),
        "keys": [evidence_key(name, ImageId(str(i)), SOURCE) for i in _images(document, images)],
    }


def _at_once(graph: Graph, works: Iterable[Callable[[Transaction], object]]) -> None:
    """Each in a transaction of its own, several at once."""
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        waiting: deque[Future[object]] = deque()
        for work in works:
            # A machine that is shared may let the benchmark wait.
            waiting.append(pool.submit(graph.write, work, 3600.0))
            if len(waiting) > _AT_ONCE:
                waiting.popleft().result()
        for one in waiting:
            one.result()


def _run(statement: Query, transaction: Transaction, **parameters: object) -> None:
    transaction.run(statement, **parameters)


def extract(graph: Graph, pid: int, folder: Path, documents: int, sample: int) -> Iterator[Window]:
    """Reads some documents as a run does: windows whose first ids are spread over all ids."""
    question = Question(
        SOURCE, "flatness", Policy(), CandidateOptions(("explicit",)),
        CorpusStatistics.from_texts(()),
    )  # fmt: skip
    catalogue = Catalogue(graph, (folder,), ImageHashes(folder / "hashes.sqlite"))
    windows = min(sample, documents) // _EXTRACTED
    clock = _Clock(pid)
    for number in range(windows):
        after = str(number * documents // windows)
        pairs = 0
        for _ in range(_EXTRACTED // _PAGE):
            (row,) = graph.read(PAGE_DOCUMENTS, after=after, limit=_PAGE)
            page = read_page(graph, question, catalogue, row["ids"], set())
            pairs += sum(len(work.unit.images) for work in page.work)
            after = row["ids"][-1]
        yield clock.window(pairs)


def write(graph: Graph, pid: int, documents: Sequence[int], images: int) -> Iterator[Window]:
    """Writes the edges of these documents, which are new."""
    control = Control(3600.0)
    lease = runs.start(graph, Job("flatness", SOURCE), {}, control, "table", "table")
    writer = FencedWriter(graph, lease, control)
    authority = Authority(SOURCE, "table", lease.run)
    published: set[ImageId] = set()
    pairs = 0
    clock = _Clock(pid)
    for start in range(0, len(documents), _BATCH):
        several = documents[start : start + _BATCH]
        entries = {
            DocumentId(str(document)): tuple(
                _entry(document, image) for image in _images(document, images)
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


def _images(document: int, images: int) -> list[int]:
    return [(document * 7 + place * 131) % images for place in range(_EDGES)]


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
