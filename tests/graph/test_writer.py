"""What a batch writes when its judgements say what is on record already."""

from pathlib import Path

from kg_enrich.enrich.writer import Batch, write_batch
from kg_enrich.evidence.edges import Authority
from kg_enrich.evidence.models import LedgerEntry
from kg_enrich.graph.connection import Graph
from kg_enrich.jobs import runs
from kg_enrich.jobs.control import Control
from kg_enrich.jobs.fenced import FencedWriter
from kg_enrich.jobs.runs import Job
from kg_enrich.models import DocumentId, ImageId, RunStatus
from tests.support.graphs import SOURCE, ask, begin_source, make

ENTRY = LedgerEntry(ImageId("x"), 7.0, 2.0, 1, "because")


def test_the_same_outcome_again_changes_only_when_it_was_judged(
    graph: Graph, tmp_path: Path
) -> None:
    make(graph, tmp_path, {"a": "text"}, {"a": ["x"]})
    begin_source(graph)
    first, second = write(graph, ENTRY), write(graph, ENTRY)
    (ledger,) = ask(graph, "MATCH (l:EvidenceLedger) RETURN l.runId AS run, l.judgedAt AS at")
    (run,) = ask(graph, "MATCH (r:EnrichmentRun {id: $id}) RETURN r.startedAt AS at", id=second)
    assert ledger["run"] == first
    assert ledger["at"] > run["at"]
    undo = ask(graph, "MATCH (r)-[:CHANGED]->(:EvidenceUndo) RETURN r.id AS run")
    assert [row["run"] for row in undo] == [first]


def test_an_edge_that_hides_under_another_source_is_written_over(
    graph: Graph, tmp_path: Path
) -> None:
    make(graph, tmp_path, {"a": "text"}, {"a": ["x"]})
    begin_source(graph)
    write(graph, ENTRY)
    ask(graph, "MATCH ()-[r:HAS_EVIDENCE]->() SET r.source = 'mine', r.score = 1.0")
    # The document's state does not show it, so that the first try creates what is there.
    last = write(graph, ENTRY)
    rows = ask(graph, "MATCH ()-[r:HAS_EVIDENCE]->() RETURN r.source, r.score, r.runId")
    assert [tuple(row.values()) for row in rows] == [(SOURCE, 7.0, last)]


def write(graph: Graph, entry: LedgerEntry) -> str:
    """A run that judges one pair; its id."""
    control = Control(60.0)
    lease = runs.start(graph, Job("run", SOURCE), {}, control, "table", "table")
    writer = FencedWriter(graph, lease, control)
    batch = Batch({DocumentId("a"): (entry,)})
    write_batch(writer, Authority(SOURCE, "table", lease.run), batch, set())
    runs.finish(graph, lease, RunStatus.SUCCEEDED)
    return lease.run
