"""The only access to Neo4j: read, stream, write. It turns the driver's errors into ours."""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self, TypeVar

import neo4j
from neo4j import (
    GraphDatabase,
    ManagedTransaction,
    NotificationDisabledClassification,
    Record,
    unit_of_work,
)
from neo4j.exceptions import (
    AuthError,
    ConfigurationError,
    DriverError,
    Neo4jError,
    ServiceUnavailable,
)

from kg_enrich import __version__
from kg_enrich.errors import GraphError, KgEnrichError, SettingsError
from kg_enrich.graph.address import require_address, without_secrets
from kg_enrich.graph.queries import Query, query, render
from kg_enrich.names import Names

READ_SERVER = query("read_server")

# A new graph has none of our labels yet, and that needs no warning.
_SILENCED = (NotificationDisabledClassification.UNRECOGNIZED,)
# Cypher 25 has a clause for this. 5.26 has only the procedure, which Cypher 25 calls deprecated.
_OLD_ON_PURPOSE = ("read_candidates_vector",)
_DEPRECATION = (NotificationDisabledClassification.DEPRECATION,)

T = TypeVar("T")
Row = dict[str, Any]
# `Graph.read` outside a write transaction, `Transaction.run` inside one.
Read = Callable[..., list[Row]]

# The driver would retry these errors for half a minute, although that cannot help.
_POINTLESS = (
    "Neo.ClientError.General.ForbiddenOnReadOnlyDatabase",
    "Neo.TransientError.General.MemoryPoolOutOfMemoryError",
    "Neo.TransientError.General.TransactionMemoryLimit",
)


@dataclass(frozen=True, slots=True)
class Server:
    """What the server says about itself. version: as it prints it. edition: in lower case."""

    version: str
    edition: str
    database: str
    address: str


@dataclass(frozen=True, slots=True)
class Explained:
    """What a statement is. kind: 'r' reads, 'rw' and 'w' write, 's' schema or administration."""

    kind: str
    columns: tuple[str, ...]


class Transaction:
    """A write transaction of `Graph.write`. It may run more than once: keep no state outside it."""

    def __init__(self, transaction: ManagedTransaction, names: Names) -> None:
        self._transaction = transaction
        self.names = names

    def run(self, query: Query, **parameters: Any) -> list[Row]:
        """Every row of a named query."""
        text = render(query, self.names)
        try:
            return [_row(record) for record in self._transaction.run(text, parameters)]
        except Neo4jError as error:
            if error.code in _POINTLESS:
                raise _translate(error, query.name) from error
            raise


class Graph:
    """A Neo4j database with the user's names. Close it, or use it as a context manager.

    Safe to share between threads: every call opens a session of its own.
    """

    def __init__(
        self,
        uri: str,
        username: str,
        password: str,
        database: str | None = None,
        names: Names | None = None,
    ) -> None:
        require_address(uri)
        self.names = names or Names()
        self.uri = without_secrets(uri)
        self.username = username
        self.database = database
        with self._translated("connect"):
            self._driver = GraphDatabase.driver(
                uri,
                auth=(username, password),
                user_agent=f"kg-enrich/{__version__}",
                notifications_disabled_classifications=_SILENCED,
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        self._driver.close()

    def server(self) -> Server:
        """Connects, and describes the server. Errors: GraphError, SettingsError (credentials)."""
        # It streams, so that it fails at once when nothing answers. A read would be retried long.
        (row,) = self.stream(READ_SERVER)
        return Server(row["version"], row["edition"].lower(), row["database"], self.uri)

    def read(self, query: Query, **parameters: Any) -> list[Row]:
        """Every row of a named query, in a read transaction that the driver retries when it can."""

        def work(transaction: ManagedTransaction) -> list[Row]:
            return Transaction(transaction, self.names).run(query, **parameters)

        with self._translated(query.name), self._session(neo4j.READ_ACCESS) as session:
            return session.execute_read(work)

    def stream(self, query: Query, **parameters: Any) -> Iterator[Row]:
        """The rows of a named query one by one, in constant memory. It is not retried."""
        text = render(query, self.names)
        with self._translated(query.name), self._quiet_session(query) as session:
            for record in session.run(text, parameters):
                yield _row(record)

    def write(self, work: Callable[[Transaction], T], timeout: float = 60.0) -> T:
        """Runs `work` in one write transaction. The driver retries after deadlocks and the like.

        timeout: seconds after which the server ends the transaction. Keep it below the lease's
        time; otherwise a stopped process blocks its successor.
        """

        @unit_of_work(timeout=timeout)
        def managed(transaction: ManagedTransaction) -> T:
            return work(Transaction(transaction, self.names))

        with self._translated("write"), self._session() as session:
            return session.execute_write(managed)

    def execute(self, query: Query, **parameters: Any) -> list[Row]:
        """Runs one named query in a write transaction of its own."""
        return self.write(lambda transaction: transaction.run(query, **parameters))

    @contextmanager
    def hold(self, query: Query, **parameters: Any) -> Iterator[None]:
        """Holds a lock for the `with` block: a write that is never committed.

        A crash leaves no lock behind. Another process that asks for the lock waits for the end of
        the block.
        """
        text = render(query, self.names)
        with (
            self._translated(query.name),
            self._session() as session,
            # Closing rolls back. A timeout of 0 means none, because the block may take any time.
            closing(session.begin_transaction(timeout=0)) as transaction,
        ):
            transaction.run(text, parameters).consume()
            yield

    def define(self, statement: str, **parameters: Any) -> list[Row]:
        """Runs a schema statement (migrations only). It cannot share a transaction with data.

        Two statements that run at once may deadlock; the driver retries the loser.
        """

        def work(transaction: ManagedTransaction) -> list[Row]:
            return transaction.run(statement, parameters).data()

        with self._translated("schema"), self._session() as session:
            return session.execute_write(work)

    def explain(self, statement: str, language: str = "", **parameters: Any) -> Explained:
        """Says what a statement is, without running it.

        language: 'CYPHER 5' or 'CYPHER 25'; the server's default when empty.
        """
        with self._translated("explain"), self._session(neo4j.READ_ACCESS) as session:
            result = session.run(f"{language} EXPLAIN {statement}", parameters)
            columns = tuple(result.keys())
            return Explained(result.consume().query_type or "", columns)

    def _session(self, access: str = neo4j.WRITE_ACCESS) -> neo4j.Session:
        return self._driver.session(database=self.database, default_access_mode=access)

    def _quiet_session(self, query: Query) -> neo4j.Session:
        """A session for reading. It leaves out the warnings that this query is known to cause."""
        silenced = _SILENCED + (_DEPRECATION if query.name in _OLD_ON_PURPOSE else ())
        return self._driver.session(
            database=self.database,
            default_access_mode=neo4j.READ_ACCESS,
            notifications_disabled_classifications=silenced,
        )

    @contextmanager
    def _translated(self, doing: str) -> Iterator[None]:
        try:
            yield
        except AuthError as error:
            raise SettingsError(
                f"Neo4j at {self.uri} refuses the credentials: check NEO4J_USERNAME and "
                "NEO4J_PASSWORD."
            ) from error
        except ServiceUnavailable as error:
            raise GraphError(
                f"Neo4j at {self.uri} cannot be reached: start it, or mend NEO4J_URI."
            ) from error
        except ConfigurationError as error:
            raise SettingsError(f"NEO4J_URI cannot be used: {_line(error)}") from error
        except (Neo4jError, DriverError) as error:
            raise _translate(error, doing) from error


def _row(record: Record) -> Row:
    """A record's values by name. `Record.data` walks every list: half the time of a no-op run."""
    return dict(zip(record.keys(), record, strict=True))


def _translate(error: Neo4jError | DriverError, doing: str) -> KgEnrichError:
    code = getattr(error, "code", None) or type(error).__name__
    return GraphError(f"Neo4j failed at {doing}: {_line(error)} ({code})")


def _line(error: Exception) -> str:
    """The important line of a driver's message, cut: the message may quote a whole statement."""
    message = str(getattr(error, "message", None) or error).strip()
    first, *rest = message.splitlines() or [""]
    reason = f" {rest[0]}" if rest and first.endswith(":") else ""
    return (first + reason)[:300]
