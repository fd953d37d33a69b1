"""Texts with their pictures, as retrievers of neo4j-graphrag find them in a real index."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from neo4j_graphrag.retrievers import HybridCypherRetriever, VectorCypherRetriever

from kg_enrich.evidence.models import Decision
from kg_enrich.evidence.reviews import Saying, review
from kg_enrich.graph.connection import Graph
from kg_enrich.models import DocumentId, ImageId
from kg_enrich.names import Names
from kg_enrich.retrieval import (
    EvidenceRetriever,
    retrieval_parameters,
    retrieval_query,
    to_item,
)
from tests.support.embedder import DIMENSIONS, HashEmbedder
from tests.support.graphs import TableScorer, ask, make, repaint, run_table

# neo4j-graphrag says it on the LTS of its own default query, which ours takes the place of.
pytestmark = pytest.mark.filterwarnings("ignore:The default returned 'id' field")

TEXTS: dict[str | int, str] = {
    "fault-1": "Valve V-7 leaks at the gland after a restart.",
    "fault-2": "Valve V-7 leaks at the gland after a restart.",
    "garden": "Tulips are planted in October.",
}
QUESTION = "Which gland of valve V-7 leaks? (see: /photos)"
VECTORS, WORDS = "chunk_vectors", "chunk_words"


@pytest.fixture
def asked(graph: Graph, tmp_path: Path) -> Iterator[Graph]:
    """Documents in chunks with vectors, and evidence that a real run published."""
    images: dict[str | int, list[str | int]] = {
        "fault-1": ["drawing"],
        "fault-2": ["gland", "logo", "drawing"],
        "garden": ["logo"],
    }
    make(graph, tmp_path, TEXTS, images)
    ask(graph, "MATCH (i:Image {id: 'gland'}) SET i.ocrText = 'VALVE V-7: gland leaks here'")
    run_table(graph, tmp_path, scorer())
    embedder = HashEmbedder()
    ask(
        graph,
        "UNWIND $rows AS row MATCH (d:Document {id: row.id}) CREATE (c:Chunk {text: row.text, "
        "index: 0, embedding: row.embedding})-[:FROM_DOCUMENT]->(d)",
        rows=[
            {"id": key, "text": text, "embedding": embedder.embed_query(text)}
            for key, text in TEXTS.items()
        ],
    )
    graph.define(
        f"CREATE VECTOR INDEX {VECTORS} FOR (c:Chunk) ON c.embedding OPTIONS {{indexConfig: "
        f"{{`vector.dimensions`: {DIMENSIONS}, `vector.similarity_function`: 'cosine'}}}}"
    )
    graph.define(f"CREATE FULLTEXT INDEX {WORDS} FOR (c:Chunk) ON EACH [c.text]")
    graph.define("CALL db.awaitIndexes(240)")
    yield graph
    for name in (VECTORS, WORDS):
        graph.define(f"DROP INDEX {name}")


def scorer() -> TableScorer:
    return TableScorer({("fault-2", "gland"): 9.0, ("garden", "logo"): 1.0}, default=6.0)


def say(graph: Graph, decision: Decision, image: str) -> None:
    review(graph, DocumentId("fault-2"), ImageId(image), Saying(decision, "lin"))


def found(retriever: Any, **more: Any) -> dict[str, dict[str, Any]]:
    """What a question gives, by document, in order."""
    items = retriever.search(query_text=QUESTION, top_k=2, **more).items
    return {item.metadata["document"]: item.metadata | {"content": item.content} for item in items}


def test_texts_come_with_their_pictures(asked: Graph, tmp_path: Path) -> None:
    retriever = EvidenceRetriever(
        asked.driver,
        VECTORS,
        HashEmbedder(),
        image_url=lambda image: f"https://graph.example/images/{image['id']}",
    )
    answer = found(retriever)
    assert list(answer) == ["fault-2", "fault-1"], "the same text, and one of them has the picture"
    best, other = answer.values()
    assert best["textScore"] == pytest.approx(other["textScore"])
    assert best["score"] > other["score"] == other["textScore"]
    assert [image["id"] for image in best["images"]] == ["gland", "drawing", "logo"]
    gland = best["images"][0]
    assert gland | {"match": None} == {
        "id": "gland",
        "path": "gland.png",
        "caption": None,
        "confidence": 0.9,
        "reason": "table: 9.0",
        "source": "table",
        "reviewed": False,
        "match": None,
        "url": "https://graph.example/images/gland",
    }
    assert 0.5 < gland["match"] <= 1
    assert best["content"].startswith(TEXTS["fault-2"])
    line = "- gland (https://graph.example/images/gland), confidence 0.90: table: 9.0"
    assert line in best["content"].splitlines()

    # A person's word: what is rejected never comes out, and an acceptance is said.
    say(asked, Decision.REJECT, "logo")
    say(asked, Decision.ACCEPT, "gland")
    (best, _) = found(retriever).values()
    assert {one["id"]: one["reviewed"] for one in best["images"]} == {
        "gland": True,
        "drawing": False,
    }
    assert "confidence 0.90, accepted by a person: table: 9.0" in best["content"]
    # Another picture under the same name: nobody has accepted that one.
    repaint(tmp_path / "gland.png")
    run_table(asked, tmp_path, scorer())
    (best, _) = found(retriever).values()
    assert {one["id"]: one["reviewed"] for one in best["images"]} == {
        "gland": False,
        "drawing": False,
    }


def test_hybrid_search_and_the_librarys_own_retrievers(asked: Graph) -> None:
    embedder = HashEmbedder()
    hybrid = EvidenceRetriever(asked.driver, VECTORS, embedder, fulltext_index_name=WORDS)
    answer = found(hybrid)
    assert list(answer) == ["fault-2", "fault-1"]
    assert hybrid.search(query_text="?", top_k=1).items, "without a word there are the vectors"

    query = retrieval_query(asked.names)
    given: dict[str, Any] = {"query_params": retrieval_parameters(QUESTION)}
    for one in (
        VectorCypherRetriever(asked.driver, VECTORS, query, embedder, result_formatter=to_item),
        HybridCypherRetriever(
            asked.driver, VECTORS, WORDS, query, embedder, result_formatter=to_item
        ),
    ):
        more = given
        if isinstance(one, HybridCypherRetriever):
            more = given | {"query_vector": embedder.embed_query(QUESTION)}
            items = one.search(query_text="gland valve leaks", top_k=2, **more).items
        else:
            items = one.search(query_text=QUESTION, top_k=2, **more).items
        told = [item.metadata or {} for item in items]
        assert [row["document"] for row in told] == ["fault-2", "fault-1"]
        assert told[0]["images"][0]["id"] == "gland"


def test_a_tool_of_it(asked: Graph) -> None:
    tool = EvidenceRetriever(asked.driver, VECTORS, HashEmbedder()).convert_to_tool(
        "search_with_images", "Finds texts with the pictures that are evidence for them."
    )
    parameters = tool.get_parameters()
    assert set(parameters["properties"]) == {"query_text", "top_k"}
    assert parameters["required"] == ["query_text"]
    answer = tool.execute(query_text=QUESTION, top_k=1)
    assert [item.metadata["document"] for item in answer.items] == ["fault-2"]


def test_documents_may_be_searched_themselves(asked: Graph) -> None:
    """Without chunks the index is over documents; and there may be other names."""
    names = Names(document_text="body", image_caption="alt")
    ask(
        asked,
        "MATCH (c:Chunk)-[:FROM_DOCUMENT]->(d:Document) "
        "SET d.embedding = c.embedding, d.body = d.text REMOVE d.text DETACH DELETE c",
    )
    ask(asked, "MATCH (i:Image {id: 'drawing'}) SET i.alt = 'V-7 gland', i.ocrText = null")
    asked.define(
        "CREATE VECTOR INDEX document_vectors FOR (d:Document) ON d.embedding OPTIONS "
        f"{{indexConfig: {{`vector.dimensions`: {DIMENSIONS}, "
        "`vector.similarity_function`: 'cosine'}}"
    )
    try:
        asked.define("CALL db.awaitIndexes(240)")
        retriever = EvidenceRetriever(
            asked.driver, "document_vectors", HashEmbedder(), names=names, lift=0.0
        )
        answer = found(retriever)
        assert {one["text"] for one in answer.values()} == {TEXTS["fault-1"]}
        assert {one["score"] == one["textScore"] for one in answer.values()} == {True}
        (image,) = answer["fault-1"]["images"]
        assert (image["caption"], image["match"] > 0) == ("V-7 gland", True)
    finally:
        asked.define("DROP INDEX document_vectors")


def test_langchain(asked: Graph) -> None:
    pytest.importorskip("langchain_core", reason="langchain-core is not installed")
    shown: dict[str, Any] = {}
    exec(example("LangChain"), shown)
    chain = shown["PicturesRetriever"](
        inner=EvidenceRetriever(asked.driver, VECTORS, HashEmbedder())
    )
    documents = chain.invoke(QUESTION)
    assert documents[0].page_content.startswith(TEXTS["fault-2"])
    assert documents[0].metadata["images"][0]["id"] == "gland"


def test_llama_index(asked: Graph) -> None:
    pytest.importorskip("llama_index.core", reason="llama-index-core is not installed")
    shown: dict[str, Any] = {}
    exec(example("LlamaIndex"), shown)
    pictures = shown["PicturesRetriever"](EvidenceRetriever(asked.driver, VECTORS, HashEmbedder()))
    nodes = pictures.retrieve(QUESTION)
    assert nodes[0].node.metadata["images"][0]["id"] == "gland"
    assert nodes[0].score == nodes[0].node.metadata["score"]


def example(library: str) -> str:
    """The Python under this heading of the page."""
    page = (Path(__file__).parents[2] / "docs" / "rag.md").read_text("utf-8")
    return page.partition(f"## {library}")[2].split("```python\n")[1].partition("```")[0]
