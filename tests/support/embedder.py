"""An embedder that needs no model: words by their hashes, so that texts alike lie close."""

from math import sqrt
from typing import Any
from zlib import crc32

from neo4j_graphrag.embeddings.base import Embedder

from kg_enrich.text import terms

DIMENSIONS = 64


class HashEmbedder(Embedder):
    """A bag of words, of unit length."""

    def embed_query(self, text: str, **_: Any) -> list[float]:
        # No index takes a vector of zeros, and a text may have no words.
        vector = [1e-3] * DIMENSIONS
        for term in terms(text):
            vector[crc32(term.encode()) % DIMENSIONS] += 1.0
        length = sqrt(sum(value * value for value in vector))
        return [value / length for value in vector]
