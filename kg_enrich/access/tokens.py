"""Tokens: made once, shown once, kept as hashes in the graph, so that several hosts share them."""

import hashlib
import secrets
from dataclasses import dataclass

from kg_enrich.access.roles import Role
from kg_enrich.errors import SettingsError
from kg_enrich.given import word
from kg_enrich.graph.connection import Graph, Row
from kg_enrich.graph.queries import query

CREATE_SERVICE_TOKEN = query("create_service_token")
READ_SERVICE_TOKENS = query("read_service_tokens")
READ_SERVICE_TOKEN = query("read_service_token")
REVOKE_SERVICE_TOKEN = query("revoke_service_token")

# Tells a token from other secrets, for people and for programs that look for leaked ones.
_PREFIX = "kge_"
_BYTES = 32  # 256 bits: nobody guesses them, so that a plain hash is enough


@dataclass(frozen=True, slots=True)
class Holder:
    """Who stands behind a token. name: what is kept as `by` of all that its holder says."""

    token: str
    name: str
    role: Role


@dataclass(frozen=True, slots=True)
class Token:
    """A token as the graph knows it. created, revoked: ISO times; revoked None: it is in force."""

    id: str
    name: str
    role: Role
    created: str
    revoked: str | None = None


@dataclass(frozen=True, slots=True)
class NewToken:
    """A token that was just made. secret: what its holder sends; it can never be shown again."""

    token: Token
    secret: str


def create_token(graph: Graph, role: Role, name: str) -> NewToken:
    """Makes a token. name: of the person or program that gets it, kept with all that it says."""
    name = word("name", name)
    secret = _PREFIX + secrets.token_urlsafe(_BYTES)
    identifier = secrets.token_hex(5)
    (row,) = graph.execute(
        CREATE_SERVICE_TOKEN, hash=digest(secret), id=identifier, name=name, role=role.value
    )
    return NewToken(Token(identifier, name, role, row["created"]), secret)


def read_tokens(graph: Graph) -> list[Token]:
    """All tokens there have been, the newest first."""
    return [_token(row) for row in graph.read(READ_SERVICE_TOKENS)]


def revoke_token(graph: Graph, identifier: str) -> Token:
    """Revokes a token and ends its sessions. Errors: SettingsError: there is no such token."""
    rows = graph.execute(REVOKE_SERVICE_TOKEN, id=identifier)
    if not rows:
        raise SettingsError(f"There is no token {identifier}: `kg-enrich token list` lists them.")
    return _token(rows[0])


def find_holder(graph: Graph, secret: str) -> Holder | None:
    """Who stands behind a token; None for what is no token in force."""
    rows = graph.read(READ_SERVICE_TOKEN, hash=digest(secret))
    return holder(rows[0]) if rows else None


def holder(row: Row) -> Holder:
    """The holder in a row of id, name and role."""
    return Holder(row["id"], row["name"], Role(row["role"]))


def digest(secret: str) -> str:
    """SHA-256 of a secret: 64 hexadecimal digits."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def _token(row: Row) -> Token:
    return Token(row["id"], row["name"], Role(row["role"]), row["created"], row["revoked"])
