"""A question to the parameters of the retrieval query, and the query with the graph's names."""

from typing import Any

from kg_enrich.graph.queries import query, render
from kg_enrich.names import Names
from kg_enrich.plain_text import traditional
from kg_enrich.text import rarest_terms

RETRIEVE_CHUNKS = query("retrieve_chunks")

# What a chunk gains whose image is certain evidence and holds every word of the question: enough
# to pass chunks of a similar text, too little to pass one that is about something else.
LIFT = 0.2
_TERMS = 30


def retrieval_query(names: Names | None = None) -> str:
    """Cypher that goes on from `node` and `score`, for neo4j-graphrag's retrievers.

    names: what the graph calls its labels and properties; `load_settings().names` knows them.
    """
    return render(RETRIEVE_CHUNKS, names or Names())


def retrieval_parameters(question: str, lift: float = LIFT) -> dict[str, Any]:
    """What `retrieval_query` needs as `query_params`. lift: see LIFT; 0 leaves the order alone."""
    return {"terms": terms(question), "lift": lift}


def terms(question: str) -> list[list[str]]:
    """The words of a question, each with its spellings in both Chinese scripts."""
    found = rarest_terms(question, None, _TERMS)
    return [list(dict.fromkeys((term, traditional(term)))) for term in found]
