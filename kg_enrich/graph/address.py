"""Addresses of a Neo4j: what the driver takes, said in one line where it takes it not."""

from urllib.parse import SplitResult, urlsplit

from kg_enrich.errors import SettingsError

_SCHEMES = ("neo4j", "neo4j+s", "neo4j+ssc", "bolt", "bolt+s", "bolt+ssc")
_EXAMPLE = "such as neo4j://graph.example:7687"
_BROWSERS = {
    "http": "http:// is where Neo4j's browser answers; write neo4j:// and the Bolt port",
    "https": "https:// is where Neo4j's browser answers; write neo4j+s:// and the Bolt port",
}


def require_address(uri: str) -> None:
    """Errors: SettingsError, which does not repeat the address: it may hold a password."""
    try:
        problem = _problem(urlsplit(uri))
    except ValueError:  # a port that is no number, a bracket that is not closed
        problem = "its host or port is malformed"
    if problem:
        raise SettingsError(f"NEO4J_URI cannot be used: {problem}, {_EXAMPLE}.")


def without_secrets(uri: str) -> str:
    """The address without a user name or password that somebody wrote into it."""
    parts = urlsplit(uri)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}" if parts.scheme else "(no scheme)"


def _problem(parts: SplitResult) -> str:
    if parts.scheme in _BROWSERS:
        return _BROWSERS[parts.scheme]
    # 'localhost:7687' has the scheme 'localhost' for whoever reads it by the letter.
    if parts.scheme not in _SCHEMES or not parts.netloc:
        return f"it begins with none of {', '.join(f'{scheme}://' for scheme in _SCHEMES)}"
    if parts.username is not None or parts.password is not None:
        return "it holds a user name; name that in NEO4J_USERNAME and NEO4J_PASSWORD"
    if not parts.hostname:
        return "it names no host"
    if parts.path.strip("/"):
        return "it has a path; name the database in NEO4J_DATABASE"
    if parts.query and not parts.scheme.startswith("neo4j"):
        return "only neo4j:// takes what follows a question mark"
    return "" if parts.port is None or parts.port else "its port is 0"
