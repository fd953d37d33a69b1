"""Turns the driver's errors into ours, one line each."""

from neo4j.exceptions import (
    AuthError,
    ConfigurationError,
    ConnectionAcquisitionTimeoutError,
    DriverError,
    IncompleteCommit,
    Neo4jError,
    ServiceUnavailable,
    SessionExpired,
)

from kg_enrich.errors import (
    GraphError,
    KgEnrichError,
    SettingsError,
    TransactionTooLargeError,
)
from kg_enrich.graph.retry import Treatment, rule


def code_of(error: Neo4jError | DriverError) -> str:
    """What `retry` knows the failure by."""
    return error.code if isinstance(error, Neo4jError) else type(error).__name__


def translate(
    error: Neo4jError | DriverError,
    doing: str,
    uri: str,
    credentials: str = "NEO4J_USERNAME and NEO4J_PASSWORD",
) -> KgEnrichError:
    """Our error for the driver's.

    doing: the query's name, or what was done. uri: without secrets. credentials: the settings that
    hold them.
    """
    code = code_of(error)
    if isinstance(error, AuthError):
        return SettingsError(f"Neo4j at {uri} refuses the credentials: check {credentials}.")
    if isinstance(error, IncompleteCommit):
        return GraphError(
            f"The connection to Neo4j at {uri} broke during the commit of {doing}: nobody knows "
            "whether it was written. Run the command again."
        )
    if isinstance(error, ServiceUnavailable | ConnectionAcquisitionTimeoutError):
        # The driver tells a server without TLS from one that is gone by a cause, and only for bolt.
        tls = "+s" in uri.partition("://")[0]
        hint = " (no +s where it has no TLS, +ssc for a certificate of its own)" if tls else ""
        return GraphError(f"Neo4j at {uri} cannot be reached: start it, or mend NEO4J_URI{hint}.")
    if isinstance(error, SessionExpired):
        return GraphError(f"The connection to Neo4j at {uri} broke at {doing}: run it again.")
    if code == "Neo.ClientError.Database.DatabaseNotFound":
        return SettingsError(f"Neo4j at {uri} has no such database: mend NEO4J_DATABASE.")
    if isinstance(error, ConfigurationError):
        return SettingsError(f"NEO4J_URI cannot be used: {_line(error)}")
    text = f"Neo4j failed at {doing}: {_line(error)} ({code})"
    if rule(code, error.is_retryable()).treatment is Treatment.SPLIT:
        return TransactionTooLargeError(f"{text}: try fewer at once.")
    return GraphError(text)


def _line(error: Exception) -> str:
    """The important line of a driver's message, cut: the message may quote a whole statement."""
    message = str(getattr(error, "message", None) or error).strip()
    first, *rest = message.splitlines() or [""]
    reason = f" {rest[0]}" if rest and first.endswith(":") else ""
    return (first + reason)[:300]
