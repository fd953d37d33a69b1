"""A run over files that nobody should open: each is used or named, and the run ends well.

`benchmarks/hostile_files.py` reads all of them; here is every twelfth, and each deadly decoder.
"""

import os
from pathlib import Path

import pytest

from benchmarks import hostile_corpus
from kg_enrich.graph.connection import Graph
from tests.support.commands import call_process, environment
from tests.support.graphs import ask
from tests.support.neo4j_server import Neo4jServer

# What ended its worker, or kept it waiting, may have been the machine's fault.
TRIED_AGAIN = {"crash", "abort", "exit", "hang", "leak", "deep"}


def sample(folder: Path) -> list[str]:
    corpus = hostile_corpus.make(folder)
    deadly, no_files = corpus.pop("deadly"), corpus.pop("no files")
    names = [name for family in corpus.values() for name in family[::12]]
    return sorted({*names, *deadly[::3], *no_files[:7]})


@pytest.mark.timeout(600)
def test_every_file_is_used_or_named(migrated: Neo4jServer, graph: Graph, tmp_path: Path) -> None:
    names = sample(tmp_path / "images")
    assert len(names) >= 60
    hostile_corpus.install_decoder(tmp_path / "decoder")
    ask(
        graph,
        "CREATE (d:Document {id: 'd', title: 'Anything', text: 'what a picture may show'}) "
        "WITH d UNWIND $names AS name "
        "CREATE (d)-[:CANDIDATE_IMAGE]->(:Image {id: name, path: name})",
        names=names,
    )
    settings = environment(
        migrated,
        tmp_path / "images",
        KG_ENRICH_CANDIDATES="explicit",
        KG_ENRICH_CACHE_DIR=str(tmp_path / "cache"),
        KG_ENRICH_IMAGE_SECONDS="4",
        KG_ENRICH_IMAGE_MEMORY_BYTES=str(1 << 30),
        KG_ENRICH_WORKERS="2",
        PYTHONPATH=os.pathsep.join([str(tmp_path / "decoder"), os.environ.get("PYTHONPATH", "")]),
    )
    run = call_process(settings, tmp_path, "run", "--json")
    assert run.code == 4, run.err
    judged, recorded, noticed = seen(graph)
    assert judged | noticed == set(names)
    assert judged & noticed == set()
    assert recorded <= noticed
    deadly = {name for name in names if name.startswith("deadly")}
    worst = {name for name in deadly if hostile_worst(tmp_path, name) in TRIED_AGAIN}
    assert {hostile_worst(tmp_path, name) for name in worst} == TRIED_AGAIN
    assert worst <= noticed - recorded
    assert deadly - worst <= recorded


def hostile_worst(folder: Path, name: str) -> str:
    return (folder / "images" / name).read_text().split()[1]


def seen(graph: Graph) -> tuple[set[str], set[str], set[str]]:
    """Images that were judged, that are on record as unreadable, and that a run named."""
    judged = ask(graph, "MATCH (l:EvidenceLedger) UNWIND l.images AS image RETURN image")
    recorded = ask(graph, "MATCH (i:Image)-[:COULD_NOT_READ]->(:ReadFailure) RETURN i.id AS image")
    named = ask(graph, "MATCH (n:RunNotice) RETURN n.subject AS subject")
    return (
        {row["image"] for row in judged},
        {row["image"] for row in recorded},
        {row["subject"].removeprefix("d ") for row in named},
    )
