"""Different jobs over the same documents at the same time, in real processes.

Every job judges its own share of each document's images under a new scorer, so that all of them
rewrite the same ledgers, and edges come and go. `benchmarks/overlap.py` does the same at size.
"""

from pathlib import Path

from kg_enrich.evidence.models import Decision, DocumentState, Evidence, Policy
from kg_enrich.evidence.policy import EdgeChanges, decide
from kg_enrich.evidence.state import ledger_entries
from kg_enrich.graph.connection import Graph
from kg_enrich.models import DocumentId, ImageId
from tests.support.graphs import SOURCE, TableScorer, ask, make, run_table
from tests.support.neo4j_server import Neo4jServer
from tests.support.worker import score_of
from tests.support.workers import Worker, started

JOBS = 4
IMAGES = 8  # of a document
AFTER = "table-2"


def test_overlapping_jobs_lose_nothing(graph: Graph, tmp_path: Path, migrated: Neo4jServer) -> None:
    lay_out(graph, tmp_path, documents=60)
    with started(migrated, tmp_path, *overlapping_jobs(documents=60)) as workers:
        assert exits_of(workers) == [0] * JOBS
    assert lost_entries(graph) == []
    assert contradictions(graph) == {}


def lay_out(graph: Graph, folder: Path, documents: int) -> None:
    """Documents with candidates that neighbours share, judged once by one run."""
    names: list[str | int] = [f"d{number:04}" for number in range(documents)]
    candidates = {
        name: [f"i{(number * 3 + place) % (documents * 2):04}" for place in range(IMAGES)]
        for number, name in enumerate(names)
    }
    make(graph, folder, {name: f"text {name}" for name in names}, dict(candidates))
    run_table(graph, folder, TableScorer())


def overlapping_jobs(documents: int) -> list[tuple[str, ...]]:
    """Arguments of workers: one in the graph's order, the others in orders of their own."""
    names = [f"d{number:04}" for number in range(documents)]
    orders = [[], names, names[::-1], names[documents // 2 :] + names[: documents // 2]]
    return [
        ("--kind", f"kind-{number}", "--documents", ",".join(order), "--fingerprint", AFTER,
         "--share", str(number), str(JOBS), "--batch-pairs", "32", "--quiet")
        for number, order in enumerate(orders)
    ]  # fmt: skip


def exits_of(workers: list[Worker]) -> list[int]:
    """Lets all of them go at once."""
    for worker in workers:
        worker.go()
    return [worker.end(600) for worker in workers]


def lost_entries(graph: Graph) -> list[tuple[str, str]]:
    """Candidate pairs whose ledger does not hold what a job judged under the new scorer."""
    rows = ask(
        graph,
        "MATCH (d:Document)-[:CANDIDATE_IMAGE]->(i:Image) "
        "OPTIONAL MATCH (l:EvidenceLedger {document: d.id}) "
        "RETURN d.id AS document, i.id AS image, properties(l) AS ledger",
    )
    return [
        (row["document"], row["image"])
        for row in rows
        if (entry := ledger_entries(row["ledger"]).get(ImageId(row["image"]))) is None
        or entry.score != score_of(AFTER, row["document"], row["image"])
    ]


def contradictions(graph: Graph, policy: Policy | None = None) -> dict[DocumentId, EdgeChanges]:
    """By document, what would have to change for its edges to say what its ledger says."""
    held = {ImageId(row["i"]) for row in ask(graph, "MATCH (h:EvidenceHold) RETURN h.image AS i")}
    present = {ImageId(str(row["i"])) for row in ask(graph, "MATCH (i:Image) RETURN i.id AS i")}
    rows = ask(
        graph,
        "MATCH (d:Document) OPTIONAL MATCH (l:EvidenceLedger {document: d.id, source: $source}) "
        "RETURN d.id AS document, properties(l) AS ledger, "
        "[(d)-[r:HAS_EVIDENCE {source: $source}]->(i) "
        "  | [i.id, r.score, r.fingerprint, r.reason]] AS evidence, "
        "[(d)-[v:REVIEWED]->(i) | [i.id, v.decision]] AS reviews",
        source=SOURCE,
    )
    changes = {}
    for row in rows:
        evidence = [Evidence(ImageId(str(image)), *rest) for image, *rest in row["evidence"]]
        assert len({edge.image for edge in evidence}) == len(evidence)
        state = DocumentState(
            ledger_entries(row["ledger"]),
            {edge.image: edge for edge in evidence},
            {ImageId(str(image)): Decision(word) for image, word in row["reviews"]},
        )
        if change := decide(state, policy or Policy(), present, held):
            changes[DocumentId(row["document"])] = change
    return changes
