"""How long runs can be looked up and rolled back."""

from pathlib import Path

import pytest

from kg_enrich.errors import GraphError, LeaseLostError
from kg_enrich.graph.connection import Graph
from kg_enrich.jobs.control import Control
from kg_enrich.jobs.lease import Lease
from kg_enrich.jobs.retention import Forgotten, forget
from kg_enrich.jobs.runs import Job, finish, start
from kg_enrich.models import Outcome, RunStatus
from kg_enrich.upkeep.publish import publish
from kg_enrich.upkeep.rollback import plan_rollback, rollback
from tests.support.graphs import SOURCE, TableScorer, ask, evidence, make, run_table

TEXTS: dict[str | int, str] = {"a": "red lamp", "b": "pump"}
CANDIDATES: dict[str | int, list[str | int]] = {"a": ["x", "y"], "b": ["y"]}
DAYS = 90


@pytest.fixture
def runs(graph: Graph, tmp_path: Path) -> list[str]:
    """Runs of one job, the oldest first: two that ended 91 days ago, one that ended just now."""
    make(graph, tmp_path, TEXTS, CANDIDATES)
    failing = {("a", "x"): Outcome.FAILED}
    done = [run_table(graph, tmp_path, TableScorer(failing, model=m, fingerprint=m)) for m in "123"]
    for record in done[:2]:
        age(graph, record.id)
    return [record.id for record in done]


def age(graph: Graph, run: str, days: int = DAYS + 1) -> None:
    ask(
        graph,
        "MATCH (r:EnrichmentRun {id: $run}) WITH r, duration({days: $days}) AS ago "
        "SET r.startedAt = r.startedAt - ago, r.finishedAt = r.finishedAt - ago",
        run=run,
        days=days,
    )


def left(graph: Graph) -> dict[str, tuple[int, int]]:
    """Undo chunks and notices of every run there is a record of."""
    rows = ask(
        graph,
        "MATCH (r:EnrichmentRun) RETURN r.id AS run, COUNT { (r)-[:CHANGED]->() } AS undo, "
        "COUNT { (r)-[:HAS_NOTICE]->() } AS notices",
    )
    return {row["run"]: (row["undo"], row["notices"]) for row in rows}


@pytest.fixture
def lease(graph: Graph, runs: list[str]) -> Lease:
    """Of a scheduled run at work; it has no part in the job of the others."""
    return start(graph, Job("other", SOURCE), {}, Control())


def test_old_runs_are_forgotten_and_new_ones_are_not(
    graph: Graph, runs: list[str], lease: Lease
) -> None:
    before = evidence(graph)
    assert left(graph) == {runs[0]: (1, 1), runs[1]: (1, 1), runs[2]: (1, 1), lease.run: (0, 0)}
    assert forget(graph, lease, DAYS, lambda: False) == Forgotten(2, 2, 2)
    assert left(graph) == {runs[2]: (1, 1), lease.run: (0, 0)}
    assert forget(graph, lease, DAYS, lambda: False) == Forgotten()
    assert ask(graph, "MATCH (n) WHERE n:EvidenceUndo OR n:RunNotice RETURN n.kind AS kind") == [
        {"kind": None},
        {"kind": "failed-pair"},
    ]
    assert evidence(graph) == before
    with pytest.raises(GraphError, match=r"There is no run .* \(any more\); `kg-enrich runs`"):
        rollback(graph, runs[0])


def test_each_jobs_newest_record_stays_and_says_what_is_gone(
    graph: Graph, runs: list[str], lease: Lease
) -> None:
    age(graph, runs[2])
    assert forget(graph, lease, DAYS, lambda: False) == Forgotten(3, 3, 2)
    assert left(graph) == {runs[2]: (0, 0), lease.run: (0, 0)}
    for undo in (rollback, plan_rollback):
        with pytest.raises(GraphError, match="rolled back: what it changed was forgotten on 20"):
            undo(graph, runs[2])


def test_a_run_that_is_being_rolled_back_is_left_alone(
    graph: Graph, runs: list[str], lease: Lease
) -> None:
    at_work = start(graph, Job("rollback", SOURCE), {"run": runs[1]}, Control())
    assert forget(graph, lease, DAYS, lambda: False) == Forgotten(1, 1, 1)
    assert left(graph)[runs[1]] == (1, 1)
    finish(graph, at_work, RunStatus.SUCCEEDED)
    assert forget(graph, lease, DAYS, lambda: False) == Forgotten(1, 1, 1)


def test_who_lost_the_lease_forgets_nothing(graph: Graph, runs: list[str], lease: Lease) -> None:
    assert forget(graph, lease, DAYS, lambda: True) == Forgotten()
    ask(graph, "MATCH (j:EnrichmentJob {leaseRun: $run}) SET j.fence = j.fence + 1", run=lease.run)
    before = left(graph)
    with pytest.raises(LeaseLostError):
        forget(graph, lease, DAYS, lambda: False)
    assert left(graph) == before


def test_publishing_is_forgotten_too(graph: Graph, runs: list[str], lease: Lease) -> None:
    first, second = (publish(graph, SOURCE, {"min_score": score}) for score in (8.0, 5.0))
    age(graph, first.id)
    age(graph, second.id, DAYS - 1)
    forget(graph, lease, DAYS, lambda: False)
    assert left(graph) == {runs[2]: (1, 1), second.id: (2, 0), lease.run: (0, 0)}
