"""How long a page's HTML takes at 10,000 documents with 200,000 judged pairs: p50 and p95.

python -m benchmarks.pages            # writes into the Neo4j of the settings: empty, migrated
python -m benchmarks.pages --documents 100000

Each page is asked in turn for its first and its 200th place, on one connection, after a warm-up.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import numpy as np
from fastapi.testclient import TestClient

import kg_enrich
from kg_enrich import KnowledgeGraph
from kg_enrich.evidence.models import Policy
from kg_enrich.evidence.sources import dump_policy
from kg_enrich.graph.connection import Graph
from kg_enrich.graph.queries import Query
from kg_enrich.identity import evidence_key, ledger_key
from kg_enrich.models import DocumentId, ImageId
from kg_enrich.service.app import create_app
from kg_enrich.service.options import ServiceOptions
from kg_enrich.text import CorpusStatistics

SOURCE = "bench"
BATCH = 500

WRITE = Query(
    "bench",
    """UNWIND $rows AS row
MERGE (d:Document {id: row.id}) SET d.title = row.title, d.text = row.text
MERGE (l:EvidenceLedger {key: row.ledger}) SET l += row.properties, l.judgedAt = datetime()
WITH row, d UNWIND row.edges AS edge
MERGE (i:Image {id: edge.image})
ON CREATE SET i.path = edge.image + '.png', i.imageHash = edge.image
MERGE (d)-[r:HAS_EVIDENCE {key: edge.key}]->(i)
SET r.score = edge.score, r.confidence = edge.score / 10, r.source = $source,
  r.reason = edge.reason, r.fingerprint = 1, r.model = 'bench', r.runId = 'bench',
  r.createdAt = datetime()""",
)


def rows(documents: int, pairs: int) -> Iterator[dict[str, object]]:
    """Documents with `pairs` judgements each, of which two are published."""
    random = np.random.default_rng(1)
    for number in range(documents):
        document = DocumentId(f"doc-{number:06}")
        images = [
            ImageId(f"img-{(number * 7 + k * 131) % (documents // 2):06}") for k in range(pairs)
        ]
        images = sorted(set(images))
        scores = random.uniform(0, 4.9, len(images))
        scores[:2] = random.uniform(5, 9.9, 2)
        reasons = ["matches: pump, seal, P-204" for _ in images]
        yield {
            "id": document,
            "title": f"Report {number} of pump P-204",
            "text": "The pump P-204 lost pressure; the seal was replaced. " * 30,
            "ledger": ledger_key(document, SOURCE),
            "properties": {
                "document": document, "source": SOURCE, "model": "bench", "images": images,
                "scores": scores.tolist(), "logOdds": np.log(scores / (10 - scores)).tolist(),
                "fingerprints": [1] * len(images), "reasons": reasons, "policy": "",
                "runId": "bench",
            },
            "edges": [
                {"image": image, "score": float(score), "reason": reasons[0],
                 "key": evidence_key(document, image, SOURCE)}
                for image, score in zip(images[:2], scores[:2], strict=True)
            ],
        }  # fmt: skip


def fill(graph: Graph, documents: int, pairs: int) -> None:
    statistics_ = CorpusStatistics.from_texts(())
    graph.execute(
        Query("bench", "MERGE (s:EvidenceSource {name: $name}) SET s.policy = $policy, "
              "s.state = $state, s.stateVersion = $version"),
        name=SOURCE, policy=dump_policy(Policy()), state=statistics_.to_bytes(),
        version=statistics_.version,
    )  # fmt: skip
    made = rows(documents, pairs)
    while batch := list(islice(made, BATCH)):
        graph.execute(WRITE, rows=batch, source=SOURCE)


def measure(browser: TestClient, path: str, times: int) -> tuple[float, float, float, int]:
    """Milliseconds, median and 95th percentile and of this process's CPU, and the page's bytes."""
    size = 0
    taken = []
    used = time.process_time()
    for number in range(times + 3):
        began = time.perf_counter()
        answer = browser.get(path)
        if number >= 3:
            taken.append((time.perf_counter() - began) * 1000)
        assert answer.status_code in (200, 303), (path, answer.status_code, answer.text[:500])
        size = len(answer.content)
    computing = (time.process_time() - used) * 1000 / (times + 3)
    return statistics.median(taken), sorted(taken)[int(len(taken) * 0.95) - 1], computing, size


def pages(kg: KnowledgeGraph, documents: int) -> dict[str, str]:
    """Addresses of first and 200th places."""
    behind: str | None = None
    for _ in range(198):
        _, behind = kg.documents(after=behind)
        if behind is None:
            break
    deep = f"doc-{min(200, documents - 1):06}"
    return {
        "documents, first": "/documents",
        "documents, 200th": f"/documents?after={behind}",
        "next item, first": "/review?mode=all",
        "next item, 200th": f"/review?mode=all&after=s:{deep}",
        "review item": "/review/item?document=doc-000000&mode=all",
        "review item, 200th": f"/review/item?document={deep}&mode=all",
        "document": f"/document?id={deep}",
        "unreferenced": "/unreferenced",
        "runs": "/runs",
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=int, default=10_000)
    parser.add_argument("--pairs", type=int, default=200_000, help="judged, in all")
    parser.add_argument("--times", type=int, default=40)
    given = parser.parse_args()
    settings = kg_enrich.load_settings(source=SOURCE, image_roots=(Path(tempfile.mkdtemp()),))
    with kg_enrich.open(settings) as kg:
        fill(kg.graph, given.documents, max(given.pairs // given.documents, 3))
        app = create_app(kg, ServiceOptions(user="bench"))
        with TestClient(app, base_url="http://127.0.0.1:8501", follow_redirects=False) as browser:
            print(f"{given.documents} documents, {given.pairs} judged pairs; milliseconds")
            for name, path in pages(kg, given.documents).items():
                median, high, computing, size = measure(browser, path, given.times)
                times = f"p50 {median:6.1f}  p95 {high:6.1f}  CPU {computing:5.1f}"
                print(f"{name:22} {times}  {size / 1024:6.1f} KiB")


if __name__ == "__main__":
    main()
