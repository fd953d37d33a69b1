"""The only access to Neo4j: read, stream, write. It tries again as `retry` says."""

import logging
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from types import TracebackType
from typing import Any, Self, TypeVar

import neo4j
from neo4j import GraphDatabase, NotificationDisabledClassification, Record
from neo4j.exceptions import DriverError, Neo4jError

from kg_enrich import __version__
from kg_enrich.graph.address import require_address, without_secrets
from kg_enrich.graph.credentials import fixed, sign_in
from kg_enrich.graph.explained import Explained, Server
from kg_enrich.graph.failures import code_of, translate
from kg_enrich.graph.metadata import metadata
from kg_enrich.graph.options import ConnectionOptions
from kg_enrich.graph.queries import Query, query, render
from kg_enrich.graph.retry import REFUSED, Patience, Tries, rule
from kg_enrich.names import Names

log = logging.getLogger(__name__)

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

# What the driver raises.
_FAILURES = (Neo4jError, DriverError)


class Transaction:
    """A write transaction of `Graph.write`. It may run more than once: keep no state outside it."""

    def __init__(
        self, transaction: neo4j.Transaction, names: Names, contradicted: bool = False
    ) -> None:
        """contradicted: an earlier try created something that was there already."""
        self._transaction = transaction
        self.names = names
        self.contradicted = contradicted

    def run(self, query: Query, **parameters: Any) -> list[Row]:
        """Every row of a named query."""
        text = render(query, self.names)
        return [_row(record) for record in self._transaction.run(text, parameters)]


class Graph:
    """A Neo4j database with the user's names. Close it, or use it as a context manager.

    Safe to share between threads: every call opens a session of its own. A call sees what all
    earlier ones wrote, on whichever server of a cluster.
    """

    def __init__(
        self,
        uri: str,
        username: str,
        password: str,
        database: str | None = None,
        names: Names | None = None,
        options: ConnectionOptions | None = None,
    ) -> None:
        require_address(uri)
        options = options or ConnectionOptions()
        self.names = names or Names()
        self.uri = without_secrets(uri)
        self.username = username
        self.database = database
        self._credentials = options.credentials or fixed(username, password)
        self._patience = Patience(options.patience)
        self._bookmarks = GraphDatabase.bookmark_manager()
        with self._once("connect"):
            self.driver = GraphDatabase.driver(
                uri,
                auth=sign_in(self._credentials),
                user_agent=f"kg-enrich/{__version__}",
                notifications_disabled_classifications=_SILENCED,
                connection_timeout=self._patience.connecting,
                max_connection_lifetime=options.lifetime,
                liveness_check_timeout=options.liveness,
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
        self.driver.close()

    def server(self) -> Server:
        """Connects, and describes the server. Errors: GraphError, SettingsError (credentials)."""
        # It streams, so that it fails at once when nothing answers. A read would be retried long.
        (row,) = self.stream(READ_SERVER)
        return Server(row["version"], row["edition"].lower(), row["database"], self.uri)

    def read(self, query: Query, **parameters: Any) -> list[Row]:
        """Every row of a named query, in a read transaction that is tried again where it helps."""

        def work(transaction: neo4j.Transaction, _: Tries) -> list[Row]:
            return Transaction(transaction, self.names).run(query, **parameters)

        return self._retried(query.name, work, neo4j.READ_ACCESS, silenced=_silenced(query))

    def stream(self, query: Query, **parameters: Any) -> Iterator[Row]:
        """The rows of a named query one by one, in constant memory. It is not tried again.

        Rows that were given out cannot be taken back, and a second reading may order them in
        another way. So it is for what grows with the graph, where beginning again is all there is
        to lose: taking word statistics, listing ledgers for a person, and flags, of which the next
        run raises what this one did not come to. What a long run depends on in its middle is read.
        """
        text = render(query, self.names)
        with (
            self._once(query.name) as tries,
            self._session(tries, neo4j.READ_ACCESS, _silenced(query)) as session,
        ):
            asked = neo4j.Query(text, metadata=metadata(query.name))
            for record in session.run(asked, parameters):
                yield _row(record)

    def write(self, work: Callable[[Transaction], T], timeout: float = 60.0, run: str = "") -> T:
        """Runs `work` in one write transaction, which is tried again where it helps.

        timeout: seconds after which the server ends the transaction. Keep it below the lease's
        time; otherwise a stopped process blocks its successor. run: the id of the run that
        writes, for a database administrator who looks at the server's transactions.
        Errors: TransactionTooLargeError when it takes more memory or time than it may;
        GraphError. After a connection broke during the commit, the error says that nobody knows
        whether it was written; that is not tried again.
        """
        return self._retried(
            "write",
            lambda one, tries: work(Transaction(one, self.names, tries.contradicted)),
            timeout=timeout,
            run=run,
        )

    def execute(self, query: Query, **parameters: Any) -> list[Row]:
        """Runs one named query in a write transaction of its own."""
        return self.write(lambda transaction: transaction.run(query, **parameters))

    @contextmanager
    def hold(self, query: Query, **parameters: Any) -> Iterator[None]:
        """Holds a lock for the `with` block: a write that is never committed.

        A crash leaves no lock behind. Another process that asks for the lock waits for the end of
        the block. It is not tried again: the block may have begun.
        """
        text = render(query, self.names)
        with (
            self._once(query.name) as tries,
            self._session(tries) as session,
            # Closing rolls back. A timeout of 0 means none, because the block may take any time.
            closing(
                session.begin_transaction(metadata=metadata(query.name), timeout=0)
            ) as transaction,
        ):
            transaction.run(text, parameters).consume()
            yield

    def define(self, statement: str, **parameters: Any) -> list[Row]:
        """Runs a schema statement (migrations only). It cannot share a transaction with data.

        Two statements that run at once may deadlock; the loser is tried again.
        """
        return self._retried("schema", lambda one, _: one.run(statement, parameters).data())

    def explain(self, statement: str, language: str = "", **parameters: Any) -> Explained:
        """Says what a statement is, without running it. It is not tried again: nothing is lost.

        language: 'CYPHER 5' or 'CYPHER 25'; the server's default when empty.
        """
        with (
            self._once("explain") as tries,
            self._session(tries, neo4j.READ_ACCESS) as session,
        ):
            result = session.run(f"{language} EXPLAIN {statement}", parameters)
            columns = tuple(result.keys())
            return Explained(result.consume().query_type or "", columns)

    def _retried(
        self,
        doing: str,
        work: Callable[[neo4j.Transaction, Tries], T],
        access: str = neo4j.WRITE_ACCESS,
        silenced: tuple[NotificationDisabledClassification, ...] = _SILENCED,
        timeout: float | None = None,
        run: str = "",
    ) -> T:
        tries = Tries(self._patience, reads=access == neo4j.READ_ACCESS)
        while True:
            try:
                with self._session(tries, access, silenced) as session:
                    result = _carry_out(session, work, timeout, tries, metadata(doing, run))
            except _FAILURES as error:
                delay = self._failed(tries, error)
                if delay is None:
                    raise translate(error, doing, self.uri, self._credentials.what) from error
                code = code_of(error)
                # Collisions are daily business; a server that does not answer is worth a line.
                telling = rule(code, False).gone and tries.failures == 1
                level = logging.WARNING if telling else logging.DEBUG
                text = "Neo4j at %s: %s will be tried again (%s)."
                log.log(level, text, self.uri, doing, code)
                time.sleep(delay)
            except Exception:
                tries.succeeded()  # The server answered; it is the work that failed.
                raise
            else:
                tries.succeeded()
                return result

    @contextmanager
    def _once(self, doing: str) -> Iterator[Tries]:
        """A call that is not tried again. How it ends still says whether the server is there."""
        tries = Tries(self._patience)
        try:
            yield tries
        except _FAILURES as error:
            self._failed(tries, error)
            raise translate(error, doing, self.uri, self._credentials.what) from error
        tries.succeeded()

    def _failed(self, tries: Tries, error: Neo4jError | DriverError) -> float | None:
        code = code_of(error)
        renewed = self._credentials.rotates and code in REFUSED
        delay = tries.failed(code, error.is_retryable() or renewed)
        if delay is None and rule(code, False).forget:
            self._bookmarks = GraphDatabase.bookmark_manager()
        return delay

    def _session(
        self,
        tries: Tries,
        access: str = neo4j.WRITE_ACCESS,
        silenced: tuple[NotificationDisabledClassification, ...] = _SILENCED,
    ) -> neo4j.Session:
        return self.driver.session(
            database=self.database,
            default_access_mode=access,
            notifications_disabled_classifications=silenced,
            bookmark_manager=self._bookmarks,
            connection_acquisition_timeout=tries.begin(),
        )


def _carry_out(
    session: neo4j.Session,
    work: Callable[[neo4j.Transaction, Tries], T],
    timeout: float | None,
    tries: Tries,
    about: Mapping[str, str],
) -> T:
    """One try: begin, work, commit. What went wrong says more than a rollback that fails, too."""
    transaction = session.begin_transaction(metadata=dict(about), timeout=timeout)
    tries.connected()
    try:
        result = work(transaction, tries)
    except Exception:
        with suppress(*_FAILURES):
            transaction.close()
        raise
    transaction.commit()
    return result


def _silenced(query: Query) -> tuple[NotificationDisabledClassification, ...]:
    """The warnings to leave out: those that this query is known to cause, too."""
    return _SILENCED + (_DEPRECATION if query.name in _OLD_ON_PURPOSE else ())


def _row(record: Record) -> Row:
    """A record's values by name. `Record.data` walks every list: half the time of a no-op run."""
    return dict(zip(record.keys(), record, strict=True))
