"""Answers of a RAG with their pictures: retrievers for neo4j-graphrag (extra `[rag]`).

`EvidenceRetriever` is one by itself. `retrieval_query` and `retrieval_parameters` are for its
`VectorCypherRetriever` and `HybridCypherRetriever`, and `to_item` formats what they find.
"""

from typing import TYPE_CHECKING, Any

from kg_enrich.errors import SettingsError
from kg_enrich.retrieval.question import retrieval_parameters, retrieval_query

if TYPE_CHECKING:
    from kg_enrich.retrieval.items import to_item
    from kg_enrich.retrieval.retriever import EvidenceRetriever

__all__ = ["EvidenceRetriever", "retrieval_parameters", "retrieval_query", "to_item"]

# Hidden from type checkers, which would otherwise take any name for one of ours.
if not TYPE_CHECKING:

    def __getattr__(name: str) -> Any:
        """What stands on neo4j-graphrag, which is an extra."""
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        try:
            from kg_enrich.retrieval import items, retriever
        except ImportError as error:
            raise SettingsError(
                f"Retrievers need an extra: pip install 'kg-enrich[rag]' ({error})."
            ) from None
        return getattr(items if name == "to_item" else retriever, name)
