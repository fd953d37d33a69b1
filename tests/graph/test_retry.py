"""Collisions with others who write: what is tried again, and what is not."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from neo4j import Driver, GraphDatabase

from kg_enrich.errors import GraphError, TransactionTooLargeError
from kg_enrich.graph.connection import Graph
from kg_enrich.graph.queries import Query
from kg_enrich.graph.retry import Treatment, rule
from tests.support.counted import CREATE, FIND, Counted
from tests.support.graphs import ask
from tests.support.neo4j_server import Neo4jServer

READ_AND_LOCK = Query("test", "MATCH (d:Document {id: 1}) SET d:Document WITH d RETURN d.text AS x")
RE_CREATE = "MATCH (d:Document {id: 1}) DETACH DELETE d CREATE (:Document {id: 1, text: 'new'})"
BLOCKED = "SHOW TRANSACTIONS YIELD transactionId AS id, status WHERE status STARTS WITH 'Blocked'"


@pytest.fixture
def driver(migrated: Neo4jServer) -> Iterator[Driver]:
    """Somebody else at work in the same graph."""
    uri, *login = migrated
    with GraphDatabase.driver(uri, auth=(login[0], login[1])) as driver:
        yield driver


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
