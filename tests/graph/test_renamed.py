"""The whole way through on a graph in which nothing is called as we would call it."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kg_enrich.graph.connection import Graph
from kg_enrich.graph.indexes import read_indexes
from tests.support.bare import kept, strip
from tests.support.commands import call, environment
from tests.support.export import PICTURES, TEXTS
from tests.support.graphs import ask, snapshot
from tests.support.neo4j_server import Neo4jServer

NAMES = {
    "DOCUMENT_LABEL": "Concept",
    "DOCUMENT_KEY": "概念 id",
    "DOCUMENT_TITLE": "short name",
    "DOCUMENT_TEXT": "正文",
    "DOCUMENT_VERSION": "rev.",
    "IMAGE_LABEL": "Picture `2`",
    "IMAGE_KEY": "file no.",
    "IMAGE_PATH": "Speicherort",
    "IMAGE_CAPTION": "légende",
    "IMAGE_VERSION": "sha-256",
    "EVIDENCE_TYPE": "ILLUSTRATES_CONCEPT",
    "REFERENCE_TYPE": "is shown in",
    "CONTAINER_LABEL": "工单",
    "CONTAINER_KEY": "№",
    "CONTAINER_TYPE": "has concept,显示",
    "CHUNK_LABEL": "Absatz",
    "CHUNK_TYPE": "gehört zu",
    "CHUNK_TEXT": "Wortlaut",
    "CHUNK_ORDER": "Nr",
}
OURS = ("EnrichmentRun", "EnrichmentJob", "EvidenceUndo", "EvidenceFlag")


@pytest.fixture
def theirs(neo4j_server: Neo4jServer) -> Iterator[Graph]:
    """A graph of concepts and pictures that knows nothing of us."""
    with kept(neo4j_server) as server, Graph(*server) as graph:
        strip(graph)
        ask(
            graph,
            "UNWIND $rows AS row CREATE (o:`工单` {`№`: row.number})-[:`has concept`]->"
            "(c:Concept {`概念 id`: row.number, `short name`: row.name, `rev.`: 1}) "
            "CREATE (c)<-[:`gehört zu`]-(:Absatz {Nr: 2, Wortlaut: row.last}) "
            "CREATE (c)<-[:`gehört zu`]-(:Absatz {Nr: 1, Wortlaut: row.first})",
            rows=[
                {"number": n, "name": name, "first": text[:30], "last": text[30:]}
                for n, (name, text) in enumerate(TEXTS.items())
            ],
        )
        ask(
            graph,
            "UNWIND $names AS name CREATE (:`Picture ``2``` {`file no.`: name, `sha-256`: 'a', "
            "Speicherort: name + '.png', `légende`: ''})",
            names=list(PICTURES),
        )
        ask(
            graph,
            "MATCH (o:`工单` {`№`: 1}), (i:`Picture ``2``` {`file no.`: 'flange'}), (c:Concept) "
            "WHERE c.`概念 id` = 0 CREATE (o)-[:`显示`]->(i), (c)-[:`is shown in`]->(i)",
        )
        yield graph


def evidence(graph: Graph) -> set[tuple[int, str]]:
    rows = ask(
        graph,
        "MATCH (c:Concept)-[:ILLUSTRATES_CONCEPT]->(i:`Picture ``2```) "
        "RETURN c.`概念 id` AS concept, i.`file no.` AS picture",
    )
    return {(row["concept"], row["picture"]) for row in rows}


def test_the_whole_pipeline_with_every_name_changed(
    theirs: Graph, neo4j_server: Neo4jServer, export: Path, readings: Path, tmp_path: Path
) -> None:
    env = environment(
        neo4j_server,
        export,
        KG_ENRICH_CACHE_DIR=str(readings),
        KG_ENRICH_CANDIDATES="fulltext,container",
        **{f"KG_ENRICH_{name}": value for name, value in NAMES.items()},
    )

    def said(*arguments: str) -> Any:
        done = call(env, tmp_path, *arguments, "--json")
        assert done.code == 0, done.err
        return json.loads(done.out)

    assert call(env, tmp_path, "migrate").code == 0
    assert said("read-images")["read"] == len(PICTURES)
    sources = {one["image"]: one["sources"] for one in said("candidates", "1")["candidates"]}
    assert sources == {"login": ["fulltext"], "flange": ["container"]}
    assert said("run")["published"] == 2
    published = evidence(theirs)
    assert published == {(0, "flange"), (1, "login")}
    assert said("run")["scored"] == 0

    (pair,) = said("show", "0")["pairs"]
    assert (pair["title"], pair["image"], pair["referenced"]) == ("pump", "flange", True)
    flags = said("unreferenced", "--min-confidence", "0.5")["images"]
    assert [flag["image"] for flag in flags] == ["login"]
    said("review", "accept", "1", "flange")
    assert evidence(theirs) == {*published, (1, "flange")}

    before = snapshot(theirs, *OURS)
    strict = said("publish", "--min-score", "10")
    assert evidence(theirs) == {(1, "flange")}
    said("rollback", strict["run"])
    assert evidence(theirs) == {*published, (1, "flange")}
    assert snapshot(theirs, *OURS) == before
    assert said("backfill", "--container", "1", "--rescore")["scored"] == 2

    assert ask(theirs, "MATCH (n:Document|Image|Container|Chunk) RETURN n") == []
    kinds = "HAS_EVIDENCE|REFERENCES|CONTAINS|FROM_DOCUMENT"
    assert ask(theirs, f"MATCH ()-[r:{kinds}]->() RETURN r") == []
    named = {label for row in read_indexes(theirs) for label in row["labels"] or ()}
    assert named >= {"Concept", "Picture `2`", "ILLUSTRATES_CONCEPT"}
    assert not named & {"Document", "Image", "HAS_EVIDENCE"}
