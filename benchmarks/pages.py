"""How long a page's HTML takes at 10,000 documents with 200,000 judged pairs: p50 and p95.

    python -m benchmarks.pages --documents 100000

Each page is asked in turn for its first and a later place, on one connection, after a warm-up. The
run that is shown published with a lower minimum everywhere; 250 of 300 drawn pairs are answered for
the audit's later place and for the figures.
"""

import argparse
import re
import statistics
import tempfile
import time
from collections.abc import Iterator
from itertools import chain, islice
from math import ceil
from pathlib import Path

import numpy as np
from fastapi.testclient import TestClient
from PIL import Image

from benchmarks.output import print_markdown
from benchmarks.servers import temporary_server
from kg_enrich import Decision, KnowledgeGraph
from kg_enrich.evidence.models import Policy
from kg_enrich.evidence.sources import dump_policy
from kg_enrich.graph.connection import Graph
from kg_enrich.graph.queries import Query
from kg_enrich.identity import evidence_key, ledger_key
from kg_enrich.models import DocumentId, ImageId
from kg_enrich.service.app import create_app
from kg_enrich.service.options import ServiceOptions
from kg_enrich.text import CorpusStatistics
from tests.support.service import opened, settings_of

SOURCE = "bench"
BATCH = 500
WARM = 3

WRITE = Query(
    "bench",
    """UNWIND $rows AS row
MERGE (d:Document {id: row.id}) SET d.title = row.title, d.text = row.text
MERGE (l:EvidenceLedger {key: row.ledger}) SET l += row.properties, l.judgedAt = datetime()
WITH row, d UNWIND row.edges AS edge
MERGE (i:Image {id: edge.image})
ON CREATE SET i.path = edge.image + '.png'
MERGE (d)-[r:HAS_EVIDENCE {key: edge.key}]->(i)
SET r.score = edge.score, r.confidence = edge.score / 10, r.source = $source,
  r.reason = edge.reason, r.fingerprint = 1, r.model = 'bench', r.runId = 'bench',
  r.createdAt = datetime()""",
)

# An audit draws what a run has judged.
JUDGED = Query(
    "bench",
    "MATCH (r:EnrichmentRun {source: $source}) "
    "SET r.scored = 1, r.abstained = 0, r.fingerprint = 'bench'",
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


def draw(folder: Path, images: int) -> None:
    """A picture for each image, each another one."""
    random = np.random.default_rng(2)
    for number in range(images):
        dots = random.integers(0, 256, (11, 16, 3), dtype=np.uint8)
        picture = Image.fromarray(dots).resize((320, 220), Image.Resampling.NEAREST)
        picture.save(folder / f"img-{number:06}.png", compress_level=1)


def measure(browser: TestClient, path: str, times: int) -> tuple[float, float, float, int]:
    """Milliseconds, median and 95th percentile and of this process's CPU, and the page's bytes."""
    size = 0
    taken = []
    used = time.process_time()
    for number in range(times + WARM):
        began = time.perf_counter()
        answer = browser.get(path)
        if number >= WARM:
            taken.append((time.perf_counter() - began) * 1000)
        assert answer.status_code in (200, 303), (path, answer.status_code, answer.text[:500])
        size = len(answer.content)
    computing = (time.process_time() - used) * 1000 / (times + WARM)
    return *of_times(taken), computing, size


def pages(kg: KnowledgeGraph, documents: int) -> Iterator[tuple[str, str]]:
    """What is asked for, and its address. Between the pages, what they show is made."""
    behind: str | None = None
    for _ in range(198):
        _, behind = kg.documents(after=behind)
        if behind is None:
            break
    deep = f"doc-{min(200, documents - 1):06}"
    yield "documents, first", "/documents"
    yield "documents, 200th", f"/documents?after={behind}"
    yield "next item, first", "/review?mode=all"
    yield "next item, 200th", f"/review?mode=all&after=s:{deep}"
    yield "review item", "/review/item?document=doc-000000&mode=all"
    yield "review item, 200th", f"/review/item?document={deep}&mode=all"
    yield "document", f"/document?id={deep}"
    yield "unreferenced", "/unreferenced"
    run = kg.publish({"min_score": 4.0}).id
    yield "runs", "/runs"
    yield "run", f"/run?id={run}"
    after: str | None = None
    for _ in range(200):
        _, after = kg.run_changes(run, after=after)
        if after is None:
            break
    yield "run, 200th page of changes", f"/run?id={run}&after={after or ''}"


def audited(
    kg: KnowledgeGraph, browser: TestClient, answers: list[float], patience: float = 120
) -> Iterator[tuple[str, str]]:
    """The same, of what answers say. answers: gets the milliseconds that keeping one took."""
    kg.graph.execute(JUDGED, source=SOURCE)
    kg.audit_draw(300, by="bench")
    yield "audit, first", "/audit"
    for number in range(250):
        question = kg.audit_next(by="bench")
        if question is None:
            break
        said = Decision.ACCEPT if number % 4 else Decision.REJECT
        began = time.perf_counter()
        kept = browser.post("/audit", data={"key": question.key, "decision": said.value})
        answers.append((time.perf_counter() - began) * 1000)
        assert kept.status_code == 303
    yield "audit, 251st", "/audit"
    began = time.monotonic()
    assert browser.post("/quality").status_code == 303
    while re.search("<progress|http-equiv=.refresh", browser.get("/quality").text):
        assert time.monotonic() - began < patience
        time.sleep(0.2)
    print(f"the figures of quality, behind the page: {time.monotonic() - began:.1f} s")
    yield "quality", "/quality"
    yield "quality, another threshold", "/quality?threshold=7.5"


def planned(kg: KnowledgeGraph, browser: TestClient, times: int) -> list[tuple[str, list[float]]]:
    """Milliseconds of the page that plans: while the plan is worked out, and with the plan.

    The plan reads all that the run changed, behind the page, which asks again meanwhile.
    """
    run = next(one.record.id for one in kg.page_runs() if one.kind == "publish")
    waiting, there, whole = list[float](), list[float](), list[float]()
    # Each plan is asked for many times until it is there.
    while len(there) < 3 or len(there) + len(waiting) < times:
        asked = time.perf_counter()
        while True:
            began = time.perf_counter()
            page = browser.get(f"/run/rollback?id={run}").text
            taken = (time.perf_counter() - began) * 1000
            if "http-equiv" not in page:
                break
            waiting.append(taken)
            time.sleep(0.2)
        there.append(taken)
        whole.append(time.perf_counter() - asked)
    print(f"a rollback's plan, behind the page: {statistics.median(whole):.1f} s")
    return [("rollback, while it plans", waiting), ("rollback, its plan", there)]


def of_times(taken: list[float]) -> tuple[float, float]:
    """Median and 95th percentile."""
    return statistics.median(taken), sorted(taken)[ceil(len(taken) * 0.95) - 1]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--documents", type=int, default=10_000)
    parser.add_argument("--pairs", type=int, default=200_000, help="judged, in all")
    parser.add_argument("--times", type=int, default=40)
    parser.add_argument("--only", default="", help="pages whose names hold this pattern")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as made, temporary_server() as running:
        folder = Path(made)
        draw(folder, given.documents // 2)
        settings = settings_of(running.server, folder, folder / "cache", source=SOURCE)
        with opened(settings) as kg:
            fill(kg.graph, given.documents, max(given.pairs // given.documents, 3))
            app = create_app(kg, ServiceOptions(user="bench"))
            here = "http://127.0.0.1:8501"
            with TestClient(app, base_url=here, follow_redirects=False) as browser:
                rows: list[list[object]] = []
                answers = list[float]()
                parts = (pages(kg, given.documents), audited(kg, browser, answers))
                for name, path in chain(*parts):
                    if re.search(given.only, name):
                        *times, size = measure(browser, path, given.times)
                        told = [name, *(f"{one:.1f}" for one in times), f"{size / 1024:.1f}"]
                        print(*told, flush=True)
                        rows.append(list(told))
                others = [("audit, an answer", answers)]
                if re.search(given.only, "rollback"):
                    others += planned(kg, browser, given.times)
                for name, taken in others:
                    if taken:
                        told = [name, *(f"{one:.1f}" for one in of_times(taken)), "", ""]
                        print(*told, flush=True)
                        rows.append(list(told))
                print_markdown(["page", "median", "95 %", "CPU", "KiB"], rows)


if __name__ == "__main__":
    main()
