"""The writer against the bare driver: the same HAS_EVIDENCE rows by UNWIND and MERGE.

    python -m benchmarks.writer --documents 4000 --batch-documents 50 250

The writer locks documents, reads what is there, decides, writes ledgers, edges, the undo and the
run's counters, withdraws, and checks the fence; the bare driver deletes the same edges, merges the
same rows, and does nothing else.
Documents take turns, a batch by the writer, a batch by the bare driver, in one process, so that
both meet the same machine; --account says on which of its steps each spent its CPU time. All pairs
qualify, 20 a document, unless the line says otherwise.
"""

import argparse
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import psutil

from benchmarks.judged import CANDIDATES, candidates, lay_out
from benchmarks.metered import Meter
from benchmarks.output import print_markdown
from benchmarks.servers import temporary_server
from kg_enrich.enrich.writer import Batch, write_batch
from kg_enrich.evidence.edges import Authority
from kg_enrich.evidence.models import LedgerEntry
from kg_enrich.graph.connection import Graph, Transaction
from kg_enrich.graph.queries import Query
from kg_enrich.identity import evidence_key, pair_fingerprint
from kg_enrich.jobs import runs
from kg_enrich.jobs.control import Control
from kg_enrich.jobs.fenced import FencedWriter
from kg_enrich.jobs.runs import Job
from kg_enrich.models import Counters, DocumentId, ImageId, RunStatus
from tests.support.graphs import SOURCE, ask

BARE = Query(
    "bare",
    "UNWIND $rows AS row MATCH (d:Document {id: row.document}) MATCH (i:Image {id: row.image}) "
    "MERGE (d)-[r:HAS_EVIDENCE {key: row.key}]->(i) ON CREATE SET r.createdAt = datetime() "
    "SET r.score = row.score, r.confidence = row.confidence, r.reason = row.reason, "
    "r.fingerprint = row.fingerprint, r.source = row.source, r.model = row.model, "
    "r.runId = row.run, r.updatedAt = datetime()",
)
BARE_DELETE = Query("bare", "UNWIND $keys AS key MATCH ()-[r:HAS_EVIDENCE {key: key}]->() DELETE r")


@dataclass(frozen=True)
class Phase:
    """One time over all documents. version: of the texts. score: of a document and an image."""

    name: str
    version: str
    score: Callable[[int, str], float]


def all_qualify(document: int, image: str) -> float:
    return 5 + (document * 31 + int(image)) % 50 / 10


def other_half(document: int, image: str) -> float:
    """Higher for half of the pairs, too low for the other half."""
    score = all_qualify(document, image)
    return min(score + 0.3, 10) if (document + int(image)) % 2 else 1.0


def first_half(document: int, image: str) -> float:
    score = all_qualify(document, image)
    return 1.0 if (document + int(image)) % 2 else score


PHASES = (
    Phase("first write", "1", all_qualify),
    Phase("nothing changes", "1", all_qualify),
    Phase("rescored, half withdrawn", "2", other_half),
    Phase("rescored, half withdrawn, half published", "3", first_half),
)


_BARE, _WRITER = "bare driver", "writer"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--documents", type=int, default=4000, help="those of all sides together")
    parser.add_argument("--batch-documents", type=int, nargs="+", default=[3, 50, 250])
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--account", action="store_true", help="CPU time by step of the writer")
    given = parser.parse_args()
    sides = [_BARE, _WRITER]
    rows: list[list[object]] = []
    accounted: list[list[object]] = []
    with temporary_server("2g") as (_, graph, pid), tempfile.TemporaryDirectory() as root:
        lay_out(graph, Path(root), given.documents)
        largest = max(given.batch_documents)
        for _ in range(2):  # they warm the server up
            measure(graph, pid, given.documents, largest, sides)
        for size in given.batch_documents:
            rounds = [
                measure(graph, pid, given.documents, size, sides) for _ in range(given.repeats)
            ]
            rows += [_row(phase.name, size, rounds) for phase in PHASES]
            if given.account and size == largest:
                accounted = _accounted(rounds)
    print_markdown(
        ["phase", "documents a batch", "pairs", "writer, pairs/s", "bare driver, pairs/s",
         "ratio of rates (least to most)", "ratio of CPU time, client and server"],
        rows,
    )  # fmt: skip
    if accounted:
        print_markdown(["CPU µs a pair", *(phase.name for phase in PHASES)], accounted)


@dataclass
class Spent:
    """What a side spent on so many pairs: seconds by the clock and of CPU, the latter by step."""

    pairs: int = 0
    seconds: float = 0.0
    cpu: float = 0.0
    steps: dict[str, float] = field(default_factory=dict)


Spending = dict[tuple[str, str], Spent]  # by phase and side


def _row(phase: str, size: int, rounds: Sequence[Spending]) -> list[object]:
    ours, bare = ([one[phase, side] for one in rounds] for side in (_WRITER, _BARE))
    pairs = sum(one.pairs for one in ours)
    ratios = sorted(
        mine.pairs / mine.seconds / (theirs.pairs / theirs.seconds)
        for mine, theirs in zip(ours, bare, strict=True)
    )
    cpu = [sum(one.cpu for one in side) / sum(one.pairs for one in side) for side in (ours, bare)]
    return [
        phase,
        size,
        pairs,
        f"{statistics.median(one.pairs / one.seconds for one in ours):,.0f}",
        f"{statistics.median(one.pairs / one.seconds for one in bare):,.0f}",
        f"{statistics.median(ratios):.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f})",
        f"{cpu[1] / cpu[0]:.2f}",
    ]


def _accounted(rounds: Sequence[Spending]) -> list[list[object]]:
    """CPU µs a pair by side and step, dearest first."""
    rows: list[list[object]] = []
    for side in (_BARE, _WRITER):
        cost: dict[str, list[float]] = {}
        for number, phase in enumerate(PHASES):
            several = [one[phase.name, side] for one in rounds]
            pairs = sum(one.pairs for one in several)
            for one in several:
                for step, seconds in (*one.steps.items(), ("all", one.cpu)):
                    cost.setdefault(step, [0.0] * len(PHASES))[number] += seconds / pairs * 1e6
        rows += [
            [f"{side}: {step}", *(f"{one:.0f}" for one in cost[step])]
            for step in sorted(cost, key=lambda step: -sum(cost[step]))
        ]
    return rows


def measure(graph: Graph, pid: int, documents: int, size: int, sides: Sequence[str]) -> Spending:
    """What each side spent on its documents. They take turns. pid: of the server."""
    for statement in (
        "MATCH ()-[r:HAS_EVIDENCE]->() DELETE r",
        "MATCH (n) WHERE n:EvidenceLedger OR n:EvidenceUndo OR n:EnrichmentRun DETACH DELETE n",
    ):
        ask(graph, statement)
    control = Control(600.0)
    lease = runs.start(graph, Job("benchmark", SOURCE), {}, control, "table", "table")
    writer = FencedWriter(graph, lease, control)
    authority = Authority(SOURCE, "table", lease.run)
    found = {(phase.name, side): Spent() for phase in PHASES for side in sides}
    server = psutil.Process(pid)
    former: Phase | None = None
    for phase in PHASES:
        for side, several in _turns(documents, size, sides):
            batch = _batch(several, documents, phase)
            rows = _bare_rows(several, documents, phase)
            keys = _bare_keys(several, documents, former, phase) if former else []
            meter, began = Meter(server), time.monotonic()
            with meter.batch():
                if side == _BARE:
                    graph.write(partial(_write_bare, rows, keys))
                else:
                    write_batch(writer, authority, batch, set())
            spent = found[phase.name, side]
            spent.seconds += time.monotonic() - began
            spent.cpu += sum(meter.steps.values())
            for step, seconds in meter.steps.items():
                spent.steps[step] = spent.steps.get(step, 0.0) + seconds
            spent.pairs += len(several) * CANDIDATES
        former = phase
    runs.finish(graph, lease, RunStatus.SUCCEEDED)
    return found


def _turns(documents: int, size: int, sides: Sequence[str]) -> Iterator[tuple[str, Sequence[int]]]:
    """Batches of documents, each side's in turn; a side has the same documents in every phase.

    Who goes first changes, because the server is not done with a batch when it has answered.
    """
    many = len(sides)
    order = list(enumerate(sides))
    for start in range(0, documents, many * size):
        end = min(start + many * size, documents)
        random.shuffle(order)
        for number, side in order:
            yield side, range(start + number, end, many)


def _batch(several: Sequence[int], documents: int, phase: Phase) -> Batch:
    entries = {
        DocumentId(str(document)): tuple(
            _entry(document, image, phase) for image in candidates(document, documents)
        )
        for document in several
    }
    pairs = len(several) * CANDIDATES
    return Batch(entries, Counters(documents=len(several), pairs=pairs, scored=pairs))


def _entry(document: int, image: str, phase: Phase) -> LedgerEntry:
    score = phase.score(document, image)
    fingerprint = pair_fingerprint("table", f"{document} {phase.version}", image)
    return LedgerEntry(ImageId(image), score, score - 5, fingerprint, f"table: {score}")


def _write_bare(rows: list[dict[str, object]], keys: list[str], transaction: Transaction) -> None:
    if keys:
        transaction.run(BARE_DELETE, keys=keys)
    transaction.run(BARE, rows=rows)


def _bare_keys(several: Sequence[int], documents: int, former: Phase, phase: Phase) -> list[str]:
    """Keys of the edges that qualify no more: those that the writer would withdraw."""
    return [
        evidence_key(DocumentId(str(document)), ImageId(image), SOURCE)
        for document in several
        for image in candidates(document, documents)
        if former.score(document, image) >= 5 > phase.score(document, image)
    ]


def _bare_rows(several: Sequence[int], documents: int, phase: Phase) -> list[dict[str, object]]:
    """The rows that the writer would send for the pairs that qualify."""
    rows = []
    for document in several:
        for image in candidates(document, documents):
            entry = _entry(document, image, phase)
            if entry.score is None or entry.score < 5:
                continue
            rows.append(
                {
                    "key": evidence_key(DocumentId(str(document)), entry.image, SOURCE),
                    "document": str(document),
                    "image": image,
                    "score": entry.score,
                    "confidence": entry.score / 10,
                    "reason": entry.reason,
                    "fingerprint": entry.fingerprint,
                    "source": SOURCE,
                    "model": "table",
                    "run": "bare",
                }
            )
    return rows


if __name__ == "__main__":
    main()
