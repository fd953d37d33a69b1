"""The open handle: one connection for many calls, from many threads."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import kg_enrich
from kg_enrich import Decision, KgEnrichError, Settings, load_settings
from kg_enrich.errors import GraphBehindError
from kg_enrich.graph.connection import Graph
from tests.support.graphs import ask
from tests.support.neo4j_server import Neo4jServer

DEMO = Path(__file__).parents[2] / "demo"


@pytest.fixture
def settings(
    graph: Graph,
    neo4j_server: Neo4jServer,
    monkeypatch: pytest.MonkeyPatch,
    readings: Path,
    tmp_path: Path,
) -> Settings:
    """Of the test server, with the demo's documents and a few of its images in the graph."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NEO4J_URI", neo4j_server.uri)
    monkeypatch.setenv("NEO4J_USERNAME", neo4j_server.username)
    monkeypatch.setenv("NEO4J_PASSWORD", neo4j_server.password)
    monkeypatch.setenv("KG_ENRICH_IMAGE_ROOTS", str(DEMO))
    monkeypatch.setenv("KG_ENRICH_CANDIDATES", "all")
    monkeypatch.setenv("KG_ENRICH_CACHE_DIR", str(readings))
    ask(
        graph,
        "CREATE (:Document {id: 'fault', title: 'PLC', text: 'The PLC shows ERR, 16x24VDC'}), "
        "(:Image {id: 'led', path: 'images/plc-err-led.jpg'}), "
        "(:Image {id: 'menu', path: 'images/canteen-menu.png'})",
    )
    return load_settings()


def test_one_handle_does_everything_and_closes_twice(settings: Settings, graph: Graph) -> None:
    said: list[str] = []
    with kg_enrich.open(settings, say=said.append) as kg:
        first, again = kg.run(), kg.run()
        assert (first.counters.scored, again.counters.scored) == (2, 0)
        assert kg.review("fault", "menu", Decision.ACCEPT, by="me").published == 1
        assert {(pair.document, pair.image) for pair in kg.show()} >= {("fault", "menu")}
        assert kg.scorers.get() is kg.scorers.get()
        assert kg.runs().total == 2
        ago = "SET r.startedAt = r.startedAt - d, r.finishedAt = r.finishedAt - d"
        ask(graph, f"MATCH (r:EnrichmentRun) WITH r, duration({{days: 91}}) AS d {ago}")
        kg.run()
        assert kg.runs().total == 1
        assert any(line.startswith("Of runs that ended more than 90 days ago, 2") for line in said)
    # Named once: one connection and one check of the schema served them all.
    assert sum(line.startswith("Neo4j ") for line in said) == 1
    kg.close()
    with pytest.raises(KgEnrichError, match=r"was closed: open another with kg_enrich.open\(\)"):
        kg.run()
    with pytest.raises(KgEnrichError, match="was closed"), kg:
        pass


def test_threads_share_a_handle(settings: Settings, graph: Graph) -> None:
    with kg_enrich.open(settings) as kg, ThreadPoolExecutor(4) as pool:
        shown = [pool.submit(kg.runs) for _ in range(8)]
        scored = [pool.submit(kg.score, "PLC ERR", [DEMO / "images/plc-err-led.jpg"]) for _ in "ab"]
        done = pool.submit(kg.run)
        assert {one.result().ranked[0].judgement.score for one in scored} == {
            scored[0].result().ranked[0].judgement.score
        }
        assert done.result().counters.scored == 2
        assert all(one.result().total <= 1 for one in shown)


def test_a_graph_that_lacks_migrations_opens_no_handle(
    settings: Settings, graph: Graph, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KG_ENRICH_DOCUMENT_LABEL", "Strange")
    with pytest.raises(GraphBehindError, match="run `kg-enrich migrate`"):
        kg_enrich.open(load_settings())


IN_A_POOL = """
import sys
from concurrent.futures import ThreadPoolExecutor
from kg_enrich import api, compose, load_settings

settings = load_settings()
with ThreadPoolExecutor(1) as pool:
    graph = compose.open_graph(settings, print, current=False)
    opened = pool.submit(graph.__enter__).result()
# The thread that opened it has ended.
print(opened.server().version, flush=True)
graph.__exit__(None, None, None)
"""


def test_an_embedded_server_outlives_the_thread_that_asked_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KG_ENRICH_NEO4J_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("NEO4J_URI", raising=False)
    done = subprocess.run(
        [sys.executable, "-c", IN_A_POOL], capture_output=True, text=True, timeout=240, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1].startswith("2026")
