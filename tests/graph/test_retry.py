"""Bad weather between us and Neo4j: collisions, broken connections, a server that is gone."""

import re
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from typing import Any

import pytest
from neo4j import Driver, GraphDatabase

from kg_enrich.candidates.finders import CandidateOptions, read_candidates
from kg_enrich.compose import open_graph
from kg_enrich.errors import GraphError, LeaseLostError, TransactionTooLargeError
from kg_enrich.graph.connection import Graph, Transaction
from kg_enrich.graph.options import ConnectionOptions
from kg_enrich.graph.queries import Query
from kg_enrich.graph.retry import Treatment, rule
from kg_enrich.models import Document, DocumentId
from kg_enrich.settings import load_settings
from tests.support.graphs import NO_STATISTICS, ask
from tests.support.neo4j_server import Neo4jServer
from tests.support.proxy import COMMIT, Mode, Proxy, proxied

READ_AND_LOCK = Query("test", "MATCH (d:Document {id: 1}) SET d:Document WITH d RETURN d.text AS x")
RE_CREATE = "MATCH (d:Document {id: 1}) DETACH DELETE d CREATE (:Document {id: 1, text: 'new'})"
FIND = Query("test", "MATCH (l:EvidenceLedger {key: 'k'}) RETURN 'theirs' AS x")
CREATE = Query("test", "CREATE (l:EvidenceLedger {key: 'k'}) RETURN 'ours' AS x")
BLOCKED = "SHOW TRANSACTIONS YIELD transactionId AS id, status WHERE status STARTS WITH 'Blocked'"
LONG_ROWS = Query("test", "UNWIND range(1, 3000) AS x RETURN x, 'a hundred letters' + x AS text")


@pytest.fixture
def driver(migrated: Neo4jServer) -> Iterator[Driver]:
    """Somebody else at work in the same graph."""
    uri, *login = migrated
    with GraphDatabase.driver(uri, auth=(login[0], login[1])) as driver:
        yield driver


@pytest.fixture
def proxy(graph: Graph, migrated: Neo4jServer) -> Iterator[Proxy]:
    """A proxy before an empty graph."""
    with proxied(migrated) as proxy:
        yield proxy


@pytest.fixture
def weak(proxy: Proxy) -> Iterator[Graph]:
    """The graph, through the proxy."""
    with Graph(*proxy.server, options=ConnectionOptions(patience=20)) as graph:
        yield graph


class Counted:
    """Work for `Graph.write` that counts how often it was begun."""

    def __init__(self, *queries: Query) -> None:
        self.queries = queries
        self.tries = 0

    def __call__(self, transaction: Transaction) -> Any:
        """The first row that one of the queries gives."""
        self.tries += 1
        for query in self.queries:
            for row in transaction.run(query):
                return row["x"]
        return None


def collide(graph: Graph, driver: Driver, work: Counted, theirs: str, end: bool = False) -> Any:
    """Does the work while `theirs` is open; that commits once the work waits for its locks.

    end: an administrator ends our transaction first.
    """

    def interfere() -> None:
        while not (blocked := driver.execute_query(BLOCKED).records):
            time.sleep(0.02)
        if end:
            driver.execute_query("TERMINATE TRANSACTIONS $ids", ids=[row["id"] for row in blocked])
            while driver.execute_query(BLOCKED).records and work.tries == 1:
                time.sleep(0.02)
        transaction.commit()

    with (
        driver.session() as session,
        session.begin_transaction() as transaction,
        ThreadPoolExecutor(1) as pool,
    ):
        transaction.run(theirs).consume()
        interfering = pool.submit(interfere)
        found = graph.write(work)
        interfering.result(timeout=60)
    return found


def test_a_node_that_is_re_created_in_between_is_read_again(graph: Graph, driver: Driver) -> None:
    ask(graph, "CREATE (:Document {id: 1, text: 'old'})")
    work = Counted(READ_AND_LOCK)
    assert collide(graph, driver, work, RE_CREATE) == "new"
    assert work.tries == 2


def test_of_two_that_create_the_same_the_loser_finds_it(graph: Graph, driver: Driver) -> None:
    work = Counted(FIND, CREATE)
    assert collide(graph, driver, work, CREATE.template) == "theirs"
    assert work.tries == 2


def test_a_transaction_ended_at_a_lock_is_tried_again(graph: Graph, driver: Driver) -> None:
    ask(graph, "CREATE (:Document {id: 1, text: 'old'})")
    work = Counted(READ_AND_LOCK)
    theirs = "MATCH (d:Document {id: 1}) SET d.text = 'theirs'"
    assert collide(graph, driver, work, theirs, end=True) == "theirs"
    assert work.tries >= 2


def test_a_lasting_violation_is_not_tried_for_long(graph: Graph) -> None:
    ask(graph, CREATE.template)
    work = Counted(CREATE)
    with pytest.raises(GraphError, match="ConstraintValidationFailed"):
        graph.write(work)
    assert work.tries == 4


def test_what_cannot_help_is_tried_once(graph: Graph) -> None:
    slow = Counted(Query("test", "UNWIND range(1, 10000000000) AS n RETURN count(n) AS x"))
    with pytest.raises(TransactionTooLargeError, match="failed at write") as error:
        graph.write(slow, timeout=0.3)
    wrong = Counted(Query("test", "RETURN 1 / 0 AS x"))
    with pytest.raises(GraphError):
        graph.write(wrong)
    assert (slow.tries, wrong.tries, error.value.exit_code) == (1, 1, 1)


def test_a_read_goes_on_after_a_broken_connection(proxy: Proxy, weak: Graph) -> None:
    whole = [row["x"] for row in weak.read(LONG_ROWS)]
    proxy.drop()
    proxy.cut_answers(20_000)
    assert [row["x"] for row in weak.read(LONG_ROWS)] == whole == [*range(1, 3001)]
    # A read's commit may be repeated.
    proxy.cut(COMMIT, answered=True)
    assert [row["x"] for row in weak.read(LONG_ROWS)] == whole
    assert proxy.cuts == 2


def test_candidates_are_read_again_and_a_stream_says_so(proxy: Proxy, weak: Graph) -> None:
    ask(
        weak,
        "CREATE (d:Document {id: 1}) WITH d UNWIND range(1, 3000) AS n "
        "CREATE (d)-[:CANDIDATE_IMAGE]->(:Image {id: 'a long name of an image ' + n})",
    )
    document = Document(DocumentId("1"), "", "", "")

    def images() -> int:
        proxy.drop()
        proxy.cut_answers(20_000)
        found = read_candidates(
            weak, [(document, 1)], CandidateOptions(("explicit",)), NO_STATISTICS
        )
        return len(set(found[document.id]))

    assert images() == 3000
    proxy.drop()
    proxy.cut_answers(20_000)
    with pytest.raises(GraphError, match=r"broke at test|cannot be reached"):
        list(weak.stream(LONG_ROWS))
    assert proxy.cuts == 2


def test_a_write_goes_on_after_a_broken_connection(proxy: Proxy, weak: Graph) -> None:
    first, second = Query("test", "CREATE (:One)"), Query("test", "CREATE (:Two) RETURN 2 AS x")
    work = Counted(first, second)
    proxy.cut(b"CREATE (:Two)", times=2)
    assert weak.write(work) == 2
    assert (work.tries, proxy.cuts) == (3, 2)
    nodes = ask(weak, "MATCH (n) WHERE n:One OR n:Two RETURN labels(n) AS labels ORDER BY labels")
    assert [row["labels"] for row in nodes] == [["One"], ["Two"]]


@pytest.mark.parametrize("written", [False, True])
def test_a_commit_without_an_answer_is_not_repeated(
    proxy: Proxy, weak: Graph, graph: Graph, written: bool
) -> None:
    work = Counted(Query("test", "CREATE (:One) RETURN 1 AS x"))
    weak.read(LONG_ROWS)
    proxy.cut(COMMIT, answered=written)
    with pytest.raises(GraphError, match="nobody knows whether it was written"):
        weak.write(work)
    assert work.tries == 1
    assert len(ask(graph, "MATCH (n:One) RETURN n")) == written


def test_an_error_of_the_work_outlives_a_rollback_that_fails(proxy: Proxy, weak: Graph) -> None:
    def work(transaction: Transaction) -> None:
        transaction.run(CREATE)
        proxy.drop()
        raise LeaseLostError("lost")

    with pytest.raises(LeaseLostError):
        weak.write(work)


@pytest.mark.parametrize("mode", [Mode.REFUSE, Mode.SWALLOW])
def test_a_server_that_is_gone_costs_one_patience(proxy: Proxy, mode: Mode) -> None:
    with Graph(*proxy.server, options=ConnectionOptions(patience=1.5)) as graph:
        graph.read(LONG_ROWS)
        assert proxy.accepted == 1
        proxy.mode = mode
        proxy.drop()

        def fails(call: Callable[[], object]) -> int:
            """How many times the call tries to connect."""
            before = proxy.accepted
            # Each call has a thread of its own: all of them share one patience.
            with (
                pytest.raises(GraphError, match=r"cannot be reached|broke"),
                ThreadPoolExecutor(1) as pool,
            ):
                pool.submit(call).result(timeout=60)
            return proxy.accepted - before

        # Where nobody answers, the first attempt to connect takes the whole patience.
        first = fails(lambda: graph.execute(CREATE))
        assert first >= 3 if mode is Mode.REFUSE else first == 1
        assert fails(lambda: graph.execute(CREATE)) == 1
        assert fails(lambda: graph.read(LONG_ROWS)) == 1
        if mode is Mode.REFUSE:
            assert fails(lambda: list(graph.stream(LONG_ROWS))) == 1
            assert fails(graph.server) == 1

        proxy.mode = Mode.PASS
        assert len(graph.read(LONG_ROWS)) == 3000
        # After an answer, patience is whole again.
        proxy.cut(b"CREATE (l:EvidenceLedger", times=2)
        assert graph.execute(CREATE) == [{"x": "ours"}]
        assert proxy.cuts == 2


def test_a_call_is_sent_the_bookmark_of_the_one_before(proxy: Proxy, weak: Graph) -> None:
    def bookmarks(data: bytearray) -> list[bytes]:
        return re.findall(rb"FB:[\w+/=]+", data)

    uses: list[Callable[[], object]] = [
        lambda: weak.read(LONG_ROWS),
        lambda: list(weak.stream(LONG_ROWS)),
    ]
    for use in uses:
        weak.execute(Query("test", "CREATE (:One)"))
        given = bookmarks(proxy.received)[-1]
        assert given not in bookmarks(proxy.sent)
        use()
        assert given in bookmarks(proxy.sent)


def test_connections_are_tested_and_replaced(proxy: Proxy) -> None:
    options = ConnectionOptions(liveness=0, lifetime=3600)
    with Graph(*proxy.server, options=options) as graph:
        assert len(list(graph.stream(LONG_ROWS))) == 3000
        proxy.drop()
        # A stream is not tried again: it got a new connection, because the old one was tested.
        assert len(list(graph.stream(LONG_ROWS))) == 3000
        assert proxy.accepted == 2
    with Graph(*proxy.server, options=ConnectionOptions(lifetime=0.01)) as graph:
        for _ in range(2):
            graph.read(LONG_ROWS)
            time.sleep(0.05)
        assert proxy.accepted == 4


def test_the_patience_is_a_setting(proxy: Proxy, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in zip(("URI", "USERNAME", "PASSWORD"), proxy.server, strict=True):
        monkeypatch.setenv(f"NEO4J_{name}", value)
    for patience, tries in (("20", 2), ("0", 1)):
        monkeypatch.setenv("KG_ENRICH_PATIENCE_SECONDS", patience)
        work = Counted(Query("test", "CREATE (:One) RETURN 1 AS x"))
        with open_graph(load_settings(), lambda _: None) as graph:
            proxy.cut(b"CREATE (:One)")
            with nullcontext() if tries == 2 else pytest.raises(GraphError):
                graph.write(work)
        assert work.tries == tries


@pytest.mark.parametrize(
    ("code", "retryable", "treatment"),
    [
        # What the driver would try again.
        ("Neo.TransientError.General.MemoryPoolOutOfMemoryError", True, Treatment.SPLIT),
        ("Neo.TransientError.General.TransactionMemoryLimit", True, Treatment.SPLIT),
        ("Neo.ClientError.General.ForbiddenOnReadOnlyDatabase", True, Treatment.NEVER),
        ("Neo.TransientError.Transaction.DeadlockDetected", True, Treatment.AGAIN),
        ("Neo.ClientError.Statement.SyntaxError", False, Treatment.NEVER),
    ],
)
def test_what_is_hard_to_provoke_is_in_the_table(
    code: str, retryable: bool, treatment: Treatment
) -> None:
    assert rule(code, retryable).treatment is treatment
