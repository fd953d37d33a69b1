"""Connections that break, and a server that is gone: one patience for all calls of a graph."""

import re
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext, suppress
from functools import partial

import pytest

from kg_enrich.candidates.finders import CandidateOptions, read_candidates
from kg_enrich.compose import open_graph
from kg_enrich.errors import GraphError, LeaseLostError
from kg_enrich.graph import retry
from kg_enrich.graph.connection import Graph, Transaction
from kg_enrich.graph.options import ConnectionOptions
from kg_enrich.graph.queries import Query
from kg_enrich.models import Document, DocumentId
from kg_enrich.settings import load_settings
from tests.support.counted import CREATE, Counted
from tests.support.graphs import NO_STATISTICS, ask
from tests.support.neo4j_server import Neo4jServer
from tests.support.proxy import COMMIT, Mode, Proxy, proxied
from tests.support.workers import until

LONG_ROWS = Query("test", "UNWIND range(1, 3000) AS x RETURN x, 'a hundred letters' + x AS text")


@pytest.fixture
def proxy(graph: Graph, migrated: Neo4jServer) -> Iterator[Proxy]:
    """A proxy before an empty graph."""
    with proxied(migrated) as proxy:
        yield proxy


@pytest.fixture
def weak(proxy: Proxy) -> Iterator[Graph]:
    """The graph, through the proxy."""
    with Graph(*proxy.server, options=ConnectionOptions(patience=120)) as graph:
        yield graph


def answered(graph: Graph) -> bool:
    """Whether a read that may be short of patience gets its rows."""
    with suppress(GraphError):
        return len(graph.read(LONG_ROWS)) == 3000
    return False


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


def test_an_error_of_the_work_shows_that_the_server_is_there(
    proxy: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 0.0
    monkeypatch.setattr(retry, "monotonic", lambda: now)

    def work(transaction: Transaction) -> None:
        transaction.run(CREATE)
        raise LeaseLostError("lost")

    with Graph(*proxy.server, options=ConnectionOptions(patience=120)) as graph:
        proxy.cut(b"CREATE")
        with pytest.raises(LeaseLostError):
            graph.write(work)
        now += 121
        # Were the first failure not forgotten, the patience would be used up by now.
        proxy.cut(b"CREATE")
        assert graph.execute(CREATE) == [{"x": "ours"}]
        assert proxy.cuts == 2


def fails(proxy: Proxy, call: Callable[[], object]) -> int:
    """How many times a call that must fail tries to connect."""
    before = proxy.accepted
    # Each call has a thread of its own: all of them share one patience.
    with (
        pytest.raises(GraphError, match=r"cannot be reached|broke"),
        ThreadPoolExecutor(1) as pool,
    ):
        pool.submit(call).result(timeout=240)
    return proxy.accepted - before


def test_a_server_that_never_answers_costs_one_patience(proxy: Proxy) -> None:
    with Graph(*proxy.server, options=ConnectionOptions(patience=1.5)) as graph:
        until(lambda: answered(graph))
        proxy.mode = Mode.SWALLOW
        proxy.drop()
        # The first attempt to connect takes the whole of it.
        for call in (graph.execute, graph.execute, graph.read):
            assert fails(proxy, partial(call, LONG_ROWS)) == 1
        proxy.mode = Mode.PASS
        until(lambda: answered(graph))


def test_a_server_that_is_gone_costs_one_patience(
    proxy: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A third of the patience passes with each connection, and at no other time.
    monkeypatch.setattr(retry, "monotonic", lambda: 40.0 * proxy.accepted)
    with Graph(*proxy.server, options=ConnectionOptions(patience=120)) as graph:
        graph.read(LONG_ROWS)
        assert proxy.accepted == 1
        proxy.mode = Mode.REFUSE
        proxy.drop()
        assert fails(proxy, lambda: graph.execute(CREATE)) == 3
        assert fails(proxy, lambda: graph.execute(CREATE)) == 1
        assert fails(proxy, lambda: graph.read(LONG_ROWS)) == 1
        assert fails(proxy, lambda: list(graph.stream(LONG_ROWS))) == 1
        assert fails(proxy, graph.server) == 1

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
    for patience, tries in (("120", 2), ("0", 1)):
        monkeypatch.setenv("KG_ENRICH_PATIENCE_SECONDS", patience)
        work = Counted(Query("test", "CREATE (:One) RETURN 1 AS x"))
        with open_graph(load_settings(), lambda _: None) as graph:
            until(partial(answered, graph))
            proxy.cut(b"CREATE (:One)")
            with nullcontext() if tries == 2 else pytest.raises(GraphError):
                graph.write(work)
        assert work.tries == tries
