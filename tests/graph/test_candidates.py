"""Candidate sources on a real graph: what each finds, and what is refused before it is asked."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image as Picture

from kg_enrich import compose
from kg_enrich.candidates.checks import open_candidates
from kg_enrich.candidates.finders import CandidateOptions, fulltext_query, read_candidates
from kg_enrich.documents.reading import read_documents
from kg_enrich.errors import GraphError, SettingsError
from kg_enrich.evidence.sources import take_statistics
from kg_enrich.graph.connection import Graph
from kg_enrich.graph.schema import fulltext_index
from kg_enrich.models import Document, DocumentId, Scope
from kg_enrich.names import Names
from kg_enrich.settings import Settings
from tests.support.commands import call, environment
from tests.support.graphs import NO_STATISTICS, TableScorer, ask, draw, run_table
from tests.support.neo4j_server import Neo4jServer

LIMIT = 1000


@pytest.fixture
def shelves(graph: Graph) -> Graph:
    """Two folders with documents and images, one edge of which points the other way."""
    ask(
        graph,
        "CREATE (f:Container {id: 'f'}), (g:Container {id: 7}) "
        "CREATE (f)-[:CONTAINS]->(:Document {id: 'a', text: 'zebra', embedding: [1.0, 0.1]}) "
        "CREATE (f)-[:CONTAINS]->(x:Image {id: 'x', embedding: [1.0, 0.0], caption: 'zebra'}) "
        "CREATE (f)<-[:CONTAINS]-(y:Image {id: 2, embedding: [0.7, 0.7], caption: 'okapi'}) "
        "CREATE (g)-[:CONTAINS]->(b:Document {id: 1, text: 'okapi'})-[:CANDIDATE_IMAGE]->(x) "
        "CREATE (g)-[:CONTAINS]->(:Image {id: 'z', embedding: [0.0, 1.0]})<-[:CONTAINS]-(f)"
        "CREATE (f)-[:CONTAINS]->(:Document {id: 'empty', text: '. . .'})",
    )
    return graph


@pytest.fixture
def vector_index(graph: Graph) -> Iterator[str]:
    graph.define(
        "CREATE VECTOR INDEX by_looks FOR (i:Image) ON (i.embedding) OPTIONS "
        "{indexConfig: {`vector.dimensions`: 2, `vector.similarity_function`: 'cosine'}}"
    )
    ask(graph, "CALL db.awaitIndexes()")
    yield "by_looks"
    graph.define("DROP INDEX by_looks")


def options(graph: Graph, *sources: str, limit: int = LIMIT, index: str = "") -> CandidateOptions:
    return open_candidates(graph, sources, 20, 2, index or None, limit, lambda _: None)


def found(graph: Graph, options: CandidateOptions) -> dict[str, list[str]]:
    documents, _ = read_documents(graph, ["a", 1, "empty"], Scope())
    candidates = read_candidates(graph, documents, options, NO_STATISTICS)
    return {str(key): [str(one) for one in value] for key, value in candidates.items() if value}


def test_container_finds_images_below_the_same_parent(shelves: Graph) -> None:
    assert found(shelves, options(shelves, "container")) == {
        "a": ["x", "z", "2"], "1": ["z"], "empty": ["x", "z", "2"]
    }  # fmt: skip


def test_vector_finds_the_nearest_images_best_first(
    shelves: Graph, vector_index: str, caplog: pytest.LogCaptureFixture
) -> None:
    assert found(shelves, options(shelves, "vector", index=vector_index)) == {"a": ["x", "2"]}
    # Where Cypher 25 is the default language, the procedure is deprecated.
    assert [record for record in caplog.records if "deprecated" in record.getMessage()] == []


def test_vector_needs_an_index_over_images(shelves: Graph, vector_index: str) -> None:
    with pytest.raises(SettingsError, match=rf"KG_ENRICH_VECTOR_INDEX: unset.*{vector_index}"):
        options(shelves, "vector")
    with pytest.raises(SettingsError, match=r"KG_ENRICH_VECTOR_INDEX: 'other'"):
        options(shelves, "vector", index="other")


def test_all_gives_every_image_and_is_refused_above_the_limit(shelves: Graph) -> None:
    everything = found(shelves, options(shelves, "all", limit=3))
    assert {key: sorted(images) for key, images in everything.items()} == {
        key: ["2", "x", "z"] for key in ("a", "1", "empty")
    }
    with pytest.raises(SettingsError, match=r"3 images where 2 are allowed.*CANDIDATE_LIMIT"):
        options(shelves, "all", limit=2)


def test_several_sources_add_up_in_their_order(shelves: Graph) -> None:
    assert found(shelves, options(shelves, "fulltext", "container", "explicit")) == {
        "a": ["x", "z", "2"], "1": ["2", "z", "x"], "empty": ["x", "z", "2"]
    }  # fmt: skip


def test_a_source_that_does_not_exist_is_refused(graph: Graph) -> None:
    with pytest.raises(SettingsError, match=r"no source 'fultext'; choose from fulltext"):
        options(graph, "fultext")


OWN = """// Everything whose caption is a document's text. `Document` stays as it is written.
UNWIND $documents AS row
MATCH (i:Image) WHERE i.caption = row.query
RETURN row.id AS document, i.id AS image, 'more' AS more
"""


def test_a_file_of_the_users_is_a_source(shelves: Graph, tmp_path: Path) -> None:
    file = tmp_path / "own.cypher"
    file.write_text(OWN, encoding="utf-8")
    assert found(shelves, options(shelves, str(file))) == {"a": ["x"], "1": ["2"]}
    both = found(shelves, options(shelves, "explicit", str(file)))
    assert both == {"a": ["x"], "1": ["x", "2"]}


@pytest.mark.parametrize(
    "text, message",
    [
        (
            "MATCH (i:Image) SET i.seen = 1 RETURN 1 AS document, 1 AS image",
            "does more than read",
        ),
        (
            "CALL db.createLabel('Seen') RETURN 1 AS document, 1 AS image",
            "does more than read",
        ),
        ("MATCH (i:Image) DETACH DELETE i", "does more than read"),
        ("CREATE INDEX own FOR (i:Image) ON (i.a)", "does more than read"),
        ("MATCH (i:Image) RETURN i.id AS image", "does not return document"),
        ("MATCH (i:Image) RETURN", "Neo4j failed at"),
        ("RETURN 1 AS document, 1 AS image; RETURN 2", "Neo4j failed at"),
    ],
)
def test_a_file_that_writes_or_does_not_fit_is_refused_before_it_runs(
    shelves: Graph, tmp_path: Path, text: str, message: str
) -> None:
    file = tmp_path / "own.cypher"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError, match=rf"^KG_ENRICH_CANDIDATES: \S*own\.cypher.*{message}"):
        options(shelves, str(file))
    assert ask(shelves, "MATCH (i:Image) WHERE i.seen IS NULL RETURN count(i) AS n") == [{"n": 3}]


def test_a_file_that_returns_nodes_is_named(shelves: Graph, tmp_path: Path) -> None:
    file = tmp_path / "own.cypher"
    file.write_text(
        "UNWIND $documents AS row MATCH (i:Image) RETURN row.id AS document, i AS image"
    )
    with pytest.raises(GraphError, match=r"own\.cypher returns Node where an id belongs"):
        found(shelves, options(shelves, str(file)))


def test_a_file_that_is_not_there_is_named(graph: Graph) -> None:
    with pytest.raises(SettingsError, match=r"KG_ENRICH_CANDIDATES: /nowhere/own\.cypher"):
        options(graph, "/nowhere/own.cypher")


NASTY = (
    "foo AND (bar OR NOT baz",
    "AND OR NOT && || !",
    '+ - && || ! ( ) { } [ ] ^ " ~ * ? : \\ /',
    "caption:okapi _exists_:caption *:* [a TO z} {1 TO 2] /o.*/ okapi^99 okapi~2",
    '"', "'", "\\", "“ ” ‘", '"open', "ok\\", "a\\u0022b", "🦓🙂 👩‍👩‍👧", "\u202e\u0301\x00\t",
    "".join(map(chr, range(0x4E00, 0x4E00 + 3000))),
    " ".join(f"word{number}" for number in range(5000)),
    "-".join(["x9"] * 4000), "_" * 5000, "a" * 40_000,
    " ".join(f"{n:08x}-{n:04x}-{n:04x}-{n:04x}-{n:012x}" for n in range(500)),
    " ".join(f"{n}" + "b" * 2000 for n in range(500)),
)  # fmt: skip


def ask_index(graph: Graph, text: str) -> list[str]:
    """What the index finds for the text and a word that is frequent in it, and in image x."""
    document = Document(DocumentId("d"), "zebra " * 5000, text, "1")
    asked = CandidateOptions(("fulltext",), 20, fulltext_index(graph))
    candidates = read_candidates(graph, [(document, "d")], asked, NO_STATISTICS)
    return [str(image) for image in candidates[document.id]]


@pytest.mark.parametrize("text", NASTY, ids=lambda text: ascii(text[:20]))
def test_no_text_upsets_the_full_text_index(shelves: Graph, text: str) -> None:
    assert "x" in ask_index(shelves, text)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.lists(
        st.one_of(st.sampled_from(NASTY), st.text(max_size=60), st.text('+-&|!(){}[]^"~*?:\\/')),
        max_size=6,
    ).map("".join)
)
def test_no_mixture_upsets_the_full_text_index(shelves: Graph, text: str) -> None:
    assert "x" in ask_index(shelves, text)


@pytest.mark.parametrize("turned", [False, True])
def test_images_of_one_score_are_taken_by_id(graph: Graph, turned: bool) -> None:
    ids = [f"i{number:02}" for number in range(30)]
    ask(
        graph,
        "CREATE (:Document {id: 'a', title: '', text: 'valve'}) WITH 1 AS one "
        "UNWIND $ids AS id CREATE (:Image {id: id, path: id, caption: 'a valve'})",
        ids=ids[::-1] if turned else ids,
    )
    ask(graph, "CALL db.index.fulltext.awaitEventuallyConsistentIndexRefresh()")
    assert found(graph, options(graph, "fulltext")) == {"a": ids[:20]}


@given(st.text())
def test_a_query_has_few_clauses_and_no_operators(text: str) -> None:
    document = Document(DocumentId("d"), "", text + " AND OR NOT", "1")
    terms = fulltext_query(document, NO_STATISTICS).split(" ")
    assert len(terms) <= 100
    assert not {"AND", "OR", "NOT"} & set(terms)


def test_candidates_are_shown_with_their_sources_and_what_is_left_out(
    shelves: Graph, neo4j_server: Neo4jServer, tmp_path: Path
) -> None:
    Picture.new("RGB", (32, 32)).save(tmp_path / "x.png")
    ask(shelves, "MATCH (i:Image {id: 'x'}) SET i.path = 'x.png'")
    ask(shelves, "CREATE (:Image {id: 'z'})")
    env = environment(neo4j_server, tmp_path, KG_ENRICH_CANDIDATES="fulltext,container")
    shown = call(env, tmp_path, "candidates", "a", "--json")
    assert shown.code == 0, shown.err
    said = json.loads(shown.out)
    assert (said["document"], said["held"]) == ("a", "")
    assert [(one["image"], one["sources"], one["skipped"]) for one in said["candidates"]] == [
        ("x", ["fulltext", "container"], ""),
        ("z", ["container"], "2 nodes carry this id; give each its own"),
        ("2", ["container"], "its node has no path"),
    ]
    table = call(env | {"KG_ENRICH_CANDIDATE_LIMIT": "2"}, tmp_path, "candidates", "a")
    assert "fulltext, container" in table.out
    assert "3 candidates, 2 allowed" in table.err
    assert call(env, tmp_path, "candidates", "nobody").code == 1


def test_backfill_follows_a_container(shelves: Graph, tmp_path: Path) -> None:
    draw(tmp_path, ["x", "z", "2"])
    ask(shelves, "MATCH (i:Image) SET i.path = toString(i.id) + '.png'")
    ask(shelves, "MATCH (d:Document), (i:Image) MERGE (d)-[:CANDIDATE_IMAGE]->(i)")

    def judged(**scope: Any) -> set[str]:
        scorer = TableScorer()
        run_table(shelves, tmp_path, scorer, scope=Scope(**scope))
        return {document for document, _ in scorer.asked}

    assert judged(containers=("f",), documents=(DocumentId("a"), DocumentId("1"))) == {"a"}
    assert judged(containers=("7",)) == {"1"}
    assert judged(containers=("f", "7")) == {"empty"}


def test_the_text_of_documents_may_lie_in_chunks(
    graph: Graph, neo4j_server: Neo4jServer, tmp_path: Path
) -> None:
    ask(
        graph,
        "CREATE (d:Document {id: 1, title: 'Title', text: 'own'}) "
        "CREATE (:Document {id: 'plain', title: 'Plain', text: 'own words'}) "
        "CREATE (:Document {id: 'odd', text: 'own'})<-[:`part of`]-(:Part {body: 5}) "
        "FOREACH (n IN [10, 2, 1] | CREATE (d)<-[:`part of`]-(:Part {body: 'part' + n, n: n})) "
        "CREATE (d)<-[:`part of`]-(:Part {n: 3}), (d)-[:other]->(:Part {body: 'no', n: 0})",
    )
    names = Names(chunk_label="Part", chunk_type="part of", chunk_text="body", chunk_order="n")
    with Graph(*neo4j_server, names=names) as chunked:
        documents, notices = read_documents(chunked, [1, "plain", "odd"], Scope())
        statistics = take_statistics(chunked)
    assert {(document.id, document.title, document.text) for document, _ in documents} == {
        ("1", "Title", "part1\npart2\npart10"), ("plain", "Plain", "own words")
    }  # fmt: skip
    assert [notice.subject for notice in notices] == ["odd"]
    assert statistics.documents == 3
    assert set(statistics.document_frequency) >= {"part1", "part10", "words", "title"}
    assert "no" not in statistics.document_frequency
    unread, _ = read_documents(graph, [1], Scope())
    assert unread[0][0].text == "own"
    assert unread[0][0].version != next(d.version for d, _ in documents if d.id == "1")


@pytest.mark.parametrize(("told", "caption"), [("红灯告警", "紅燈告警"), ("紅燈告警", "红灯告警")])
def test_both_chinese_scripts_find_each_other(graph: Graph, told: str, caption: str) -> None:
    ask(graph, "CREATE (:Document {id: 'a', text: $told})", told=told)
    ask(graph, "CREATE (:Image {id: 'x', caption: $caption})", caption=caption)
    ask(graph, "CALL db.awaitIndexes()")
    ask(graph, "CALL db.index.fulltext.awaitEventuallyConsistentIndexRefresh()")
    assert found(graph, options(graph, "fulltext")) == {"a": ["x"]}


def test_a_cheap_scorer_looks_at_more_and_says_where_its_odds_do_not_hold(graph: Graph) -> None:
    said: list[str] = []

    def limit(**chosen: Any) -> int:
        return compose.candidates(Settings(**chosen), graph, said.append).fulltext_limit

    ask(graph, "CREATE (:Image {id: 'x', caption: 'pump'})")
    assert (limit(scorer="ocr"), limit(scorer="qwen-vl"), said) == (50, 20, [])
    assert limit(scorer="ocr", fulltext_limit=7, candidates=("fulltext", "explicit")) == 7
    assert len(said) == 1
    assert "Among those of explicit" in said[0]
    assert "calibrate" in said[0]
