"""Sessions: what a browser holds after its person has shown a token once."""

import secrets

from kg_enrich.access.tokens import Holder, digest, holder
from kg_enrich.graph.connection import Graph
from kg_enrich.graph.queries import query

CREATE_SERVICE_SESSION = query("create_service_session")
READ_SERVICE_SESSION = query("read_service_session")
DELETE_SERVICE_SESSION = query("delete_service_session")

SECONDS = 12 * 3600


def begin_session(graph: Graph, holder: Holder, seconds: int = SECONDS) -> str:
    """Begins a session of a token's holder and returns its secret, which is kept nowhere."""
    secret = secrets.token_urlsafe(32)
    graph.execute(CREATE_SERVICE_SESSION, hash=digest(secret), token=holder.token, seconds=seconds)
    return secret


def find_session(graph: Graph, secret: str) -> Holder | None:
    """Who stands behind a session; None when it is over or its token was revoked."""
    rows = graph.read(READ_SERVICE_SESSION, hash=digest(secret))
    return holder(rows[0]) if rows else None


def end_session(graph: Graph, secret: str) -> None:
    """Ends a session; done twice, it is done once."""
    graph.execute(DELETE_SERVICE_SESSION, hash=digest(secret))
