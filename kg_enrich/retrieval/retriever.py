"""A retriever of neo4j-graphrag that finds texts with the pictures that are evidence for them."""

from typing import TYPE_CHECKING, Any, Self

from neo4j_graphrag.embeddings.base import Embedder
from neo4j_graphrag.retrievers import HybridCypherRetriever, VectorCypherRetriever
from neo4j_graphrag.retrievers.base import Retriever
from neo4j_graphrag.types import RawSearchResult, RetrieverResultItem

from kg_enrich.candidates.finders import fulltext_query
from kg_enrich.models import Document, DocumentId
from kg_enrich.names import Names
from kg_enrich.retrieval.items import ImageUrl, to_item
from kg_enrich.retrieval.question import LIFT, retrieval_parameters, retrieval_query
from kg_enrich.text import CorpusStatistics

if TYPE_CHECKING:
    import neo4j

    from kg_enrich.api import KnowledgeGraph

# Times the number asked for: what an image may lift must have been found by its text.
_POOL = 4


class EvidenceRetriever(Retriever):
    """Finds chunks or documents by their text, each with its evidence images.

    What matches the question in its text and in an image is lifted. What a person rejected is no
    evidence and never comes out. Give it to `GraphRAG`, or `convert_to_tool` for `ToolsRetriever`.
    """

    def __init__(
        self,
        driver: "neo4j.Driver",
        index_name: str,
        embedder: Embedder,
        *,
        fulltext_index_name: str | None = None,
        names: Names | None = None,
        neo4j_database: str | None = None,
        image_url: ImageUrl | None = None,
        lift: float = LIFT,
    ) -> None:
        """index_name: a vector index over chunks or documents. fulltext_index_name: one over the
        same nodes, for hybrid search. names: what the graph calls things. image_url: gives the
        address under which a reader sees an image; without it images have their paths alone.
        lift: what an image adds at most.
        Errors: those of neo4j-graphrag."""
        super().__init__(driver, neo4j_database)
        self.index_name = index_name
        self._embedder = embedder
        self._image_url = image_url
        self._lift = lift
        query = retrieval_query(names)
        self._by_vector = VectorCypherRetriever(
            driver, index_name, query, embedder, neo4j_database=neo4j_database
        )
        self._hybrid = None
        if fulltext_index_name is not None:
            self._hybrid = HybridCypherRetriever(
                driver,
                index_name,
                fulltext_index_name,
                query,
                embedder,
                neo4j_database=neo4j_database,
            )

    @classmethod
    def of(cls, kg: "KnowledgeGraph", index_name: str, embedder: Embedder, **more: Any) -> Self:
        """With the driver, database and names of an open handle, which must stay open."""
        graph = kg.graph
        return cls(
            graph.driver,
            index_name,
            embedder,
            names=graph.names,
            neo4j_database=graph.database,
            **more,
        )

    def get_search_results(self, query_text: str, top_k: int = 5) -> RawSearchResult:
        """The best texts for a question, each with its evidence images.

        Args:
            query_text (str): The question.
            top_k (int): The number of texts to return. Defaults to 5.

        Returns:
            RawSearchResult: Records of score, textScore, text, document, title, images and chunk.
        """
        parameters = retrieval_parameters(query_text, self._lift)
        pool = top_k * _POOL
        words = _lucene(query_text) if self._hybrid is not None else ""
        if self._hybrid is not None and words:
            found = self._hybrid.get_search_results(
                query_text=words,
                query_vector=self._embedder.embed_query(query_text),
                top_k=pool,
                query_params=parameters,
            )
        else:
            found = self._by_vector.get_search_results(
                query_text=query_text, top_k=pool, query_params=parameters
            )
        return RawSearchResult(records=found.records[:top_k], metadata=found.metadata)

    def default_record_formatter(self, record: "neo4j.Record") -> RetrieverResultItem:
        """As `to_item`."""
        return to_item(record, self._image_url)


def _lucene(question: str) -> str:
    """The question as a full-text query: what people type has characters with a meaning there."""
    document = Document(DocumentId("question"), "", question, "")
    return fulltext_query(document, CorpusStatistics.from_texts(()))
