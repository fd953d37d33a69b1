"""The history of runs: what is listed, what one run tells, and who is still alive."""

from pathlib import Path

import pytest

from kg_enrich.errors import GraphError
from kg_enrich.graph.connection import Graph
from kg_enrich.jobs import runs
from kg_enrich.jobs.control import Control
from kg_enrich.jobs.history import read_detail, read_history
from kg_enrich.jobs.lease import Lease
from kg_enrich.jobs.runs import Job
from kg_enrich.models import Counters, Notice, RunNotice, RunStatus
from tests.support.graphs import SOURCE, TableScorer, ask, make, run_table, snapshot
from tests.support.neo4j_server import Neo4jServer
from tests.support.runner import Command, answer, commands

TEXTS: dict[str | int, str] = {"a": "red lamp", "b": " "}
CANDIDATES: dict[str | int, list[str | int]] = {"a": ["x", "y"]}


def begin(graph: Graph, name: str = SOURCE) -> Lease:
    return runs.start(graph, Job("run", name), {"top_k": 3}, Control(60.0), "table-1", "table-1")


@pytest.fixture
def command(migrated: Neo4jServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Command:
    return commands(migrated, monkeypatch, tmp_path)


def test_runs_are_listed_newest_first(graph: Graph, tmp_path: Path) -> None:
    assert read_history(graph, 5).total == 0
    make(graph, tmp_path, TEXTS, CANDIDATES)
    made = [run_table(graph, tmp_path, TableScorer()).id for _ in range(3)]
    before = snapshot(graph)
    history = read_history(graph, 2)
    assert (history.total, [run.record.id for run in history.runs]) == (3, made[:0:-1])
    oldest = read_history(graph, 9).runs[-1]
    assert oldest.record == runs.read(graph, made[0])
    assert (oldest.kind, oldest.source, oldest.lease) == ("run", SOURCE, None)
    assert oldest.finished is not None
    assert snapshot(graph) == before


def test_one_run_names_what_it_met(graph: Graph, tmp_path: Path) -> None:
    make(graph, tmp_path, TEXTS, CANDIDATES)
    (tmp_path / "y.png").unlink()
    made = run_table(graph, tmp_path, TableScorer())
    detail = read_detail(graph, made.id, 10)
    assert detail.run.record == made
    assert [(notice.kind, notice.subject) for notice in detail.notices] == [
        (Notice.EMPTY_DOCUMENT, "b"),
        (Notice.UNREADABLE_IMAGE, "y"),
    ]
    assert "y.png" in detail.notices[1].detail
    first = read_detail(graph, made.id, 1)
    assert first.notices == detail.notices[:1]
    assert sum(first.run.record.notices.values()) == 2


def test_a_running_run_shows_how_far_it_is(graph: Graph) -> None:
    lease = begin(graph)
    graph.write(lambda tx: runs.count(tx, lease.run, Counters(documents=4, pairs=9, scored=7)))
    detail = read_detail(graph, lease.run, 10)
    assert detail.run.record.status is RunStatus.RUNNING
    assert (detail.run.record.counters.scored, detail.run.finished) == (7, None)
    assert detail.run.settings == {"top_k": 3}
    assert detail.run.lease is not None
    assert detail.run.lease.alive


def test_a_dead_run_is_silent_until_it_is_taken_over(graph: Graph) -> None:
    dead = begin(graph)
    ask(graph, "MATCH (j:EnrichmentJob) SET j.leaseUntil = datetime() - duration('PT90S')")
    silent = read_detail(graph, dead.run, 10).run.lease
    assert silent is not None
    assert not silent.alive
    assert silent.seconds is not None
    assert silent.seconds >= 90
    begin(graph)
    taken = read_detail(graph, dead.run, 10).run
    assert (taken.record.status, taken.lease) == (RunStatus.INTERRUPTED, None)


def test_the_beginning_of_an_id_is_enough_when_it_means_one(graph: Graph) -> None:
    lease = begin(graph)
    begin(graph, "other")
    assert read_detail(graph, lease.run[:-1], 1).run.record.id == lease.run
    with pytest.raises(GraphError, match="More than one run's id begins with '20'"):
        read_detail(graph, "20", 1)
    with pytest.raises(GraphError, match="No run's id begins with 'x'"):
        read_detail(graph, "x", 1)


def test_the_command_shows_history_and_a_run(graph: Graph, command: Command) -> None:
    empty = command("runs")
    assert "0 runs" in empty.stdout
    lease = begin(graph)
    notices = [RunNotice(Notice.MISSING_IMAGE, f"image-{n}", "no file") for n in range(3)]
    graph.write(lambda tx: runs.note(tx, lease.run, notices))
    history = answer(command("runs", "--json"))
    assert (history["total"], history["runs"][0]["run"]) == (1, lease.run)
    assert history["runs"][0]["lease"]["alive"] is True
    assert "running, alive" in command("runs").stdout
    detail = answer(command("runs", lease.run[:-2], "--limit", "2", "--json"))
    assert (detail["met"], detail["notices"]) == (3, {"missing-image": 3})
    assert [one["subject"] for one in detail["named"]] == ["image-0", "image-1"]
    shown = command("runs", lease.run, "--limit", "2")
    assert "3 things that it met" in shown.stdout
    assert "The first 2 of 3 are shown" in shown.stderr
    runs.finish(graph, lease, RunStatus.FAILED, "the disk is full")
    assert "the disk is full" in command("runs", lease.run).stdout
    begin(graph, "other")
    assert "The newest 1 are shown" in command("runs", "--limit", "1").stderr
