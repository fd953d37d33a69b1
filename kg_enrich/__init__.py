"""Finds which images are evidence for which documents in a Neo4j knowledge graph."""

__version__ = "0.1.0"
