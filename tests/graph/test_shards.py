"""One job in several processes: the same graph as one run, one group, one closing."""

import signal
from dataclasses import replace
from pathlib import Path

import pytest

from kg_enrich.answers import plain
from kg_enrich.answers import runs as answers
from kg_enrich.errors import GraphError
from kg_enrich.evidence.models import Policy
from kg_enrich.graph.connection import Graph
from kg_enrich.jobs import runs, shards
from kg_enrich.jobs.control import Control
from kg_enrich.jobs.history import read_history
from kg_enrich.jobs.lease import Lease, acquire, release
from kg_enrich.jobs.runs import Job
from kg_enrich.models import RunStatus, Shard
from kg_enrich.upkeep.rollback import plan_rollback, rollback
from tests.graph.test_overlap import AFTER, contradictions, lay_out, lost_entries
from tests.graph.test_rollback import digest
from tests.support.graphs import SOURCE, TableScorer, ask, evidence, run_table, snapshot
from tests.support.neo4j_server import Neo4jServer
from tests.support.worker import SlowScorer
from tests.support.workers import Worker, expire, started
from tests.support.workers import runs as all_runs

DOCUMENTS = 60
RECORDS = ("EnrichmentJob", "EnrichmentRun", "EvidenceUndo", "RunNotice", "EvidenceQueueItem")


def once(graph: Graph, folder: Path, shard: Shard | None = None, fingerprint: str = AFTER) -> int:
    """A run in this process. Returns how many pairs it scored."""
    scorer = SlowScorer(fingerprint, 0.0, (0, 1), quiet=True)
    return run_table(graph, folder, scorer, job=Job("run", SOURCE, shard=shard)).counters.scored


def arguments(shard: str, *more: str) -> tuple[str, ...]:
    return ("--shard", shard, "--fingerprint", AFTER, "--batch-pairs", "32", "--wait", *more)


def groups(graph: Graph) -> list[str]:
    return [
        row["group"]
        for row in ask(
            graph,
            "MATCH (r:EnrichmentRun) WHERE r.group IS NOT NULL "
            "RETURN DISTINCT r.group AS group ORDER BY group",
        )
    ]


@pytest.mark.parametrize("of", [2, 4])
def test_shards_come_to_what_one_run_comes_to(
    graph: Graph, tmp_path: Path, migrated: Neo4jServer, of: int
) -> None:
    lay_out(graph, tmp_path, DOCUMENTS)
    before = digest(graph)
    pairs = once(graph, tmp_path)
    alone = snapshot(graph, *RECORDS)
    (last,) = [row["id"] for row in all_runs(graph)[1:]]
    rollback(graph, last)
    assert digest(graph) == before

    several = [arguments(f"{number}/{of}", "--quiet") for number in range(of)]
    with started(migrated, tmp_path, *several) as workers:
        for worker in workers:
            worker.go()
        assert [worker.end(120) for worker in workers] == [0] * of
    assert snapshot(graph, *RECORDS) == alone
    assert (lost_entries(graph), contradictions(graph)) == ([], {})

    (group,) = groups(graph)
    history = read_history(graph, 20, group=group)
    assert {run.shard for run in history.runs} == {f"{number}/{of}" for number in range(of)}
    assert sum(run.record.counters.scored for run in history.runs) == pairs
    assert {plain(answers.past_run(run))["group"] for run in history.runs} == {group}
    # What one shard did, no other number of shards does again.
    assert [once(graph, tmp_path, Shard(number, 3)) for number in range(3)] == [0, 0, 0]
    assert once(graph, tmp_path) == 0
    assert snapshot(graph, *RECORDS) == alone

    assert plan_rollback(graph, group).ledgers >= DOCUMENTS
    for _ in range(2):
        rollback(graph, group)
        assert digest(graph) == before
    # Nobody joins a group that was undone.
    assert once(graph, tmp_path, Shard(0, of)) > 0
    assert len(groups(graph)) == 3


def test_a_shard_that_was_killed_goes_on_in_its_group(
    graph: Graph, tmp_path: Path, migrated: Neo4jServer
) -> None:
    lay_out(graph, tmp_path, DOCUMENTS)
    with started(migrated, tmp_path, arguments("0/2", "--paced"), arguments("1/2")) as workers:
        first, second = workers
        first.go()
        second.go()
        first.batch()
        first.go()
        first.batch()
        first.signal(signal.SIGKILL)
        first.end()
        end(second)
    assert lost_entries(graph) != []
    expire(graph)
    with started(migrated, tmp_path, arguments("0/2")) as (again,):
        again.go()
        end(again)
    assert (lost_entries(graph), contradictions(graph)) == ([], {})
    (group,) = groups(graph)
    states = sorted(run.record.status for run in read_history(graph, 9, group=group).runs)
    assert states == [RunStatus.INTERRUPTED, RunStatus.SUCCEEDED, RunStatus.SUCCEEDED]


def end(worker: Worker) -> None:
    worker.batches()
    assert worker.end() == 0


def test_a_hub_of_all_shards_together_is_withdrawn_and_comes_back(
    graph: Graph, tmp_path: Path
) -> None:
    lay_out(graph, tmp_path, DOCUMENTS)
    ask(
        graph,
        "MATCH (d:Document), (i:Image {id: 'i0000'}) MERGE (d)-[:CANDIDATE_IMAGE]->(i)",
    )
    begun, policy = digest(graph), Policy(max_documents=40)
    for number in range(2):
        job = Job("run", SOURCE, shard=Shard(number, 2), group="night")
        run_table(graph, tmp_path, TableScorer(), policy, job=job)
    assert not [pair for pair in evidence(graph) if pair[1] == "i0000"]
    # The second shard withdrew what the first had published; each put that in its own undo.
    rollback(graph, "night")
    assert {row for row in digest(graph) if "EvidenceSource" not in row} == {
        row for row in begun if "EvidenceSource" not in row
    }


def test_the_last_shard_closes_for_all(graph: Graph) -> None:
    closed: list[str] = []
    whole = Job("run", SOURCE)
    jobs = [Job("run", SOURCE, shard=Shard(number, 3)) for number in range(3)]
    said: list[str] = []
    control = Control(60.0, say=said.append)

    def start(number: int) -> Lease:
        return runs.start(graph, jobs[number], {}, control)

    def close(number: int, lease: Lease, patience: float = 60.0) -> None:
        waiting = replace(control, lease_seconds=patience)
        shards.close(graph, jobs[number], lease, waiting, lambda by: closed.append(by.job))

    first, second = start(0), start(1)
    close(0, first)
    assert (closed, said) == ([], ["1 other shards are at work; the last one closes for all."])
    # The first has not given its lease back yet, but has written all.
    close(1, second)
    assert closed == [whole.id]
    runs.finish(graph, first, RunStatus.SUCCEEDED)
    runs.finish(graph, second, RunStatus.SUCCEEDED)
    # One that fell silent is waited for by nobody.
    start(0)
    expire(graph)
    third = start(2)
    close(2, third)
    assert closed == [whole.id] * 2
    # A whole run closes at its own end; a shard waits for it no longer than a lease lasts.
    held = graph.write(lambda tx: acquire(tx, whole.id, "", "run", 60_000).lease)
    close(2, third, patience=1.0)
    assert closed == [whole.id] * 2
    assert "left to another run" in said[-1]
    graph.write(lambda tx: release(tx, held))
    close(2, third)
    assert closed == [whole.id] * 3


def test_a_group_that_is_not_there(graph: Graph) -> None:
    with pytest.raises(GraphError, match="No run belongs"):
        read_history(graph, 9, group="night")
