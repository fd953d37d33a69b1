"""Questions about the demo's documents, answered with pictures. What they print is docs/rag.md's.

python -m benchmarks.retrieval
"""

import sys
from pathlib import Path

from benchmarks.servers import temporary_server
from kg_enrich import api
from kg_enrich.evidence.models import Decision
from kg_enrich.graph.connection import Graph
from kg_enrich.retrieval import EvidenceRetriever
from kg_enrich.settings import load_settings
from tests.support.embedder import DIMENSIONS, HashEmbedder
from tests.support.graphs import ask

DEMO = Path(__file__).parents[1] / "demo"
QUESTIONS = (
    "扫描枪连不上无线网络, 身份验证超时",
    "PLC module shows ERR after a restart",
    "Which bolts of the pump flange are torqued in a star pattern?",
)


def index(graph: Graph) -> None:
    """Every document as one chunk with a vector."""
    embedder = HashEmbedder()
    rows = ask(graph, "MATCH (d:Document) RETURN d.id AS id, d.title AS title, d.text AS text")
    vectors = [
        {"id": row["id"], "embedding": embedder.embed_query(f"{row['title']} {row['text']}")}
        for row in rows
    ]
    ask(
        graph,
        "UNWIND $rows AS row MATCH (d:Document {id: row.id}) "
        "CREATE (:Chunk {text: d.text, embedding: row.embedding})-[:FROM_DOCUMENT]->(d)",
        rows=vectors,
    )
    graph.define(
        "CREATE VECTOR INDEX chunk_vectors FOR (c:Chunk) ON c.embedding OPTIONS {indexConfig: "
        f"{{`vector.dimensions`: {DIMENSIONS}, `vector.similarity_function`: 'cosine'}}}}"
    )
    graph.define("CREATE FULLTEXT INDEX chunk_words FOR (c:Chunk) ON EACH [c.text]")
    graph.define("CALL db.awaitIndexes(60)")


def shorten(line: str) -> str:
    """What fits into a page."""
    return line if len(line) <= 100 or line.startswith("- ") else f"{line[:97]}..."


def main() -> int:
    with temporary_server() as running:
        settings = load_settings(
            neo4j_uri=running.server.uri,
            neo4j_password=running.server.password,
            image_roots=(DEMO,),
        )
        with api.open(settings, say=lambda _: None) as kg:
            kg.load(DEMO)
            kg.read_images()
            kg.run(say=lambda _: None)
            kg.review("ticket-5602", "scanner-wifi-error", Decision.ACCEPT, by="lin")
            index(running.graph)
            retriever = EvidenceRetriever.of(
                kg, "chunk_vectors", HashEmbedder(), fulltext_index_name="chunk_words"
            )
            for question in QUESTIONS:
                print(f"\n>>> {question}")
                for item in retriever.search(query_text=question, top_k=1).items:
                    row = item.metadata or {}
                    text = f"the text {row['textScore']:.2f}"
                    print(f"[{row['document']}] score {row['score']:.2f} ({text})")
                    print(*(shorten(line) for line in item.content.splitlines()), sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
