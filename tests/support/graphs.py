"""Small graphs for tests, and ways to look at what became of them."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import Semaphore
from typing import Any
from zlib import crc32

from PIL import Image as Picture

from kg_enrich.candidates.finders import CandidateOptions
from kg_enrich.documents.required import require_documents
from kg_enrich.enrich.enrichment import Enrichment
from kg_enrich.enrich.extractor import Question
from kg_enrich.enrich.pipeline import RunOptions, run
from kg_enrich.evidence.models import Policy
from kg_enrich.evidence.sources import dump_policy
from kg_enrich.graph.connection import Graph, Row
from kg_enrich.graph.queries import Query
from kg_enrich.jobs.control import Control
from kg_enrich.jobs.runs import Job
from kg_enrich.models import Image, Judgement, Outcome, Pair, RunRecord, Scope, Shard
from kg_enrich.text import CorpusStatistics
from tests.support.neo4j_server import MARKER

# What a test may not compare: times and run ids differ from run to run.
VARYING = {"createdAt", "updatedAt", "judgedAt", "startedAt", "finishedAt", "at", "askedAt",
           "leaseUntil", "leaseRun", "runId", "raisedAt", "resolvedAt", "extractSeconds",
           "readSeconds", "scoreSeconds", "writeSeconds", "queuedAt", "queuedBy"}  # fmt: skip

SOURCE = "table"
EXPLICIT = CandidateOptions(("explicit",))
NO_STATISTICS = CorpusStatistics.from_texts(())


def ask(graph: Graph, text: str, **parameters: Any) -> list[Row]:
    """The rows of a statement that a test writes down."""
    return graph.execute(Query("test", text), **parameters)


def empty(graph: Graph) -> None:
    ask(graph, f"MATCH (n) WHERE NOT n:{MARKER} AND NOT n:__Neo4jMigration DETACH DELETE n")


def draw(folder: Path, names: Iterable[str]) -> None:
    """A small picture a name, each of its own colour."""
    for name in names:
        colour = tuple(crc32(name.encode()).to_bytes(4, "big")[:3])
        Picture.new("RGB", (32, 32), colour).save(folder / f"{name}.png")


def repaint(file: Path) -> None:
    """Another picture under the same name."""
    Picture.new("RGB", (32, 32), "white").save(file)


def make(
    graph: Graph,
    folder: Path,
    documents: Mapping[str | int, str],
    candidates: Mapping[str | int, Sequence[str | int]],
) -> None:
    """Documents with these texts, and CANDIDATE_IMAGE edges to images with pictures."""
    images = sorted({image for several in candidates.values() for image in several}, key=str)
    draw(folder, [str(image) for image in images])
    ask(
        graph,
        "UNWIND $rows AS row MERGE (d:Document {id: row.id}) SET d.title = '', d.text = row.text",
        rows=[{"id": key, "text": text} for key, text in documents.items()],
    )
    ask(
        graph,
        "UNWIND $rows AS row MERGE (i:Image {id: row.id}) SET i.path = row.path",
        rows=[{"id": image, "path": f"{image}.png"} for image in images],
    )
    ask(
        graph,
        "UNWIND $rows AS row MATCH (d:Document {id: row.d}), (i:Image {id: row.i}) "
        "MERGE (d)-[:CANDIDATE_IMAGE]->(i)",
        rows=[{"d": d, "i": i} for d, several in candidates.items() for i in several],
    )


@dataclass
class TableScorer:
    """Looks every pair up in a table of scores; keeps what it was asked.

    A score of None is an abstention; an Outcome is that outcome.
    """

    scores: Mapping[tuple[str, str], float | Outcome | None] = field(default_factory=dict)
    default: float = 7.0
    model: str = "table-1"
    fingerprint: str = "table-1"
    former_fingerprints: tuple[str, ...] = ()
    reads_captions: bool = False
    conditions: frozenset[str] = frozenset()
    depends: str = ""
    asked: list[tuple[str, str]] = field(default_factory=list)

    def prefetch(self, images: Sequence[Image]) -> None:
        assert all(image.file.is_file() for image in images)

    def score(self, pairs: Sequence[Pair]) -> list[Judgement]:
        self.asked += [(pair.document.id, pair.image.id) for pair in pairs]
        return [self._judge(pair) for pair in pairs]

    def _judge(self, pair: Pair) -> Judgement:
        document, image = pair.document.id, pair.image.id
        score = self.scores.get((document, image), self.default)
        if score is None:
            return Judgement(document, image, Outcome.ABSTAINED, reason="cannot tell")
        if isinstance(score, Outcome):
            depends = self.depends if score is Outcome.UNREADABLE else ""
            return Judgement(document, image, score, reason=f"it is {score}", depends=depends)
        return Judgement(document, image, Outcome.SCORED, score, score - 5.0, f"table: {score}")

    def close(self) -> None:
        pass


@dataclass
class PatientScorer(TableScorer):
    """Judges a batch when the one before it is written, so that each has its own transaction."""

    written: Semaphore = field(default_factory=lambda: Semaphore(1))

    def score(self, pairs: Sequence[Pair]) -> list[Judgement]:
        assert self.written.acquire(timeout=60)
        return super().score(pairs)

    @property
    def control(self) -> Control:
        """Of a run that lets it go on; its batches have one pair."""
        return Control(progress=lambda _, __: self.written.release())


def run_table(
    graph: Graph,
    folder: Path,
    scorer: TableScorer,
    policy: Policy | None = None,
    scope: Scope | None = None,
    job: Job | None = None,
    control: Control | None = None,
    batch_pairs: int = 128,
) -> RunRecord:
    """A run over explicit candidates."""
    begin_source(graph, policy)
    shard = job.shard if job else None
    parts = table_parts(graph, folder, scorer, policy, scope, shard)
    job = job or Job("run", SOURCE, parts.question.scope)
    return run(parts, job, control, RunOptions(batch_pairs))


def table_parts(
    graph: Graph,
    folder: Path,
    scorer: TableScorer,
    policy: Policy | None = None,
    scope: Scope | None = None,
    shard: Shard | None = None,
) -> Enrichment:
    """What a run over explicit candidates needs."""
    question = Question(
        SOURCE,
        scorer.fingerprint,
        policy or Policy(),
        EXPLICIT,
        NO_STATISTICS,
        scope or Scope(),
        shard=shard,
    )
    return Enrichment(graph, scorer, question, (folder,), require_documents(graph))


def begin_source(graph: Graph, policy: Policy | None = None, name: str = SOURCE) -> None:
    """An EvidenceSource with this policy; without one a source that is there stays as it is."""
    ask(
        graph,
        "MERGE (s:EvidenceSource {name: $name}) "
        "ON CREATE SET s.policy = $default, s.state = $state, s.stateVersion = $version "
        "SET s.policy = coalesce($policy, s.policy)",
        name=name,
        default=dump_policy(Policy()),
        policy=dump_policy(policy) if policy else None,
        state=NO_STATISTICS.to_bytes(),
        version=NO_STATISTICS.version,
    )


def evidence(graph: Graph) -> dict[tuple[str | int, str | int], float]:
    """Score by (document, image) of every published edge; each is there once."""
    rows = ask(
        graph,
        "MATCH (d:Document)-[r:HAS_EVIDENCE]->(i:Image) "
        "RETURN d.id AS document, i.id AS image, r.score AS score, r.confidence AS confidence",
    )
    assert all(row["confidence"] == row["score"] / 10 for row in rows)
    found = {(row["document"], row["image"]): row["score"] for row in rows}
    assert len(found) == len(rows)
    return found


def snapshot(graph: Graph, *without: str) -> set[str]:
    """Every node and edge with its properties, but for times, run ids and labels in `without`."""
    return set(tally(graph, *without))


def tally(graph: Graph, *without: str) -> Counter[str]:
    """As `snapshot`, with how often each is there: an edge that is there twice shows."""
    nodes = ask(
        graph,
        "MATCH (n) WHERE none(label IN labels(n) WHERE label IN $without) "
        "RETURN labels(n) AS labels, properties(n) AS properties",
        without=[*without, "__Neo4jMigration"],
    )
    edges = ask(
        graph,
        "MATCH (a)-[r]->(b) WHERE none(l IN labels(a) + labels(b) WHERE l IN $without) "
        "RETURN type(r) AS type, properties(r) AS properties, "
        "coalesce(a.id, a.key) AS start, coalesce(b.id, b.key) AS end",
        without=[*without, "__Neo4jMigration"],
    )
    return Counter(repr(_steady(row)) for row in nodes + edges)


def _steady(row: Row) -> list[tuple[str, object]]:
    properties = sorted((k, v) for k, v in row["properties"].items() if k not in VARYING)
    return sorted({**row, "properties": properties}.items())
