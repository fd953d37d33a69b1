"""A real Neo4j Community as a child process: no Docker, no root, no installer."""

from kg_enrich.embedded.loan import lent
from kg_enrich.embedded.record import Server
from kg_enrich.embedded.releases import DEFAULT_VERSION, LTS_VERSION, Language
from kg_enrich.embedded.server import running, start, stop

__all__ = [
    "DEFAULT_VERSION",
    "LTS_VERSION",
    "Language",
    "Server",
    "lent",
    "running",
    "start",
    "stop",
]
