"""Who we are to Neo4j: a user with a password, or a bearer token; either may change meanwhile."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import neo4j
from neo4j.auth_management import AuthManager
from neo4j.exceptions import Neo4jError

from kg_enrich.errors import SettingsError
from kg_enrich.graph.retry import REFUSED


@dataclass(frozen=True, slots=True)
class Credentials:
    """A user name and a password, or a bearer token of a single sign-on.

    secret: gives the password or token as it is now. rotates: whether it may give another one next
    time. what: settings to look at when it is refused.
    """

    username: str
    secret: Callable[[], str]
    bearer: bool = False
    rotates: bool = False
    what: str = "NEO4J_USERNAME and NEO4J_PASSWORD"


def fixed(username: str, password: str) -> Credentials:
    """A password that stays."""
    return Credentials(username, lambda: password)


def choose(
    username: str,
    password: str | None = None,
    password_file: Path | None = None,
    token: str | None = None,
    token_file: Path | None = None,
) -> Credentials:
    """The credentials of what is set. Errors: SettingsError for more than one secret."""
    given = {
        "NEO4J_PASSWORD": password,
        "NEO4J_PASSWORD_FILE": password_file,
        "NEO4J_BEARER_TOKEN": token,
        "NEO4J_BEARER_TOKEN_FILE": token_file,
    }
    names = [name for name, value in given.items() if value is not None]
    if len(names) > 1:
        raise SettingsError(f"{' and '.join(names)} are both set: leave one.")
    name = names[0] if names else "NEO4J_PASSWORD"
    bearer = name.startswith("NEO4J_BEARER")
    what = name if bearer else f"NEO4J_USERNAME and {name}"
    if (file := password_file or token_file) is not None:
        return Credentials(username, lambda: _read(name, file), bearer, True, what)
    secret = password or token or ""
    return Credentials(username, lambda: secret, bearer, False, what)


def sign_in(credentials: Credentials) -> AuthManager | neo4j.Auth:
    """What the driver signs in with; a secret that rotates is looked up for each connection."""
    return _Rotating(credentials) if credentials.rotates else _now(credentials)


class _Rotating(AuthManager):
    """Gives the secret as it is now. A connection that signed in with another one signs in anew.

    The driver's own managers ask again only after a refusal, and not for one that meets a new
    connection.
    """

    def __init__(self, credentials: Credentials) -> None:
        self._credentials = credentials

    def get_auth(self) -> neo4j.Auth:
        return _now(self._credentials)

    def handle_security_exception(self, auth: object, error: Neo4jError) -> bool:
        return error.code in REFUSED


def _now(credentials: Credentials) -> neo4j.Auth:
    secret = credentials.secret()
    if credentials.bearer:
        return neo4j.bearer_auth(secret)
    return neo4j.basic_auth(credentials.username, secret)


def _read(name: str, file: Path) -> str:
    try:
        # Editors and `echo` end a file with a line break, which is no part of a secret.
        secret = file.read_text("utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise SettingsError(f"{name} {file} cannot be read: {reason}.") from None
    if not secret:
        raise SettingsError(f"{name} {file} is empty.")
    return secret
