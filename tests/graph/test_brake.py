"""A run that is about to withdraw too much stops before it, and its source stays stopped."""

from pathlib import Path

import pytest

from kg_enrich.enrich.pipeline import RunOptions, run
from kg_enrich.errors import BrakeError
from kg_enrich.graph.connection import Graph
from kg_enrich.jobs.control import Control
from kg_enrich.jobs.runs import Job
from kg_enrich.models import RunRecord, RunStatus
from kg_enrich.upkeep.rollback import rollback
from tests.support.graphs import (
    SOURCE,
    TableScorer,
    ask,
    begin_source,
    evidence,
    make,
    run_table,
    table_parts,
)

DOCUMENTS = [f"d{number:03}" for number in range(120)]
# Judged by another model, all but the first 30 fall below the minimum.
FALLEN = {(document, "x"): 1.0 for document in DOCUMENTS[30:]}


@pytest.fixture
def judged(graph: Graph, tmp_path: Path) -> Graph:
    make(graph, tmp_path, dict.fromkeys(DOCUMENTS, "text"), {key: ["x"] for key in DOCUMENTS})
    begin_source(graph)
    ask(graph, "MATCH (s:EvidenceSource) SET s.policy = replace(s.policy, '100', '1000')")
    run_table(graph, tmp_path, TableScorer())
    assert len(evidence(graph)) == 120
    return graph


def again(
    graph: Graph, folder: Path, share: float = 0.2, allow: bool = False, limit: float | None = None
) -> RunRecord:
    parts = table_parts(graph, folder, TableScorer(FALLEN, fingerprint="table-2"))
    options = RunOptions(batch_pairs=10, brake_share=share, allow_withdrawals=allow)
    control = Control() if limit is None else Control(deadline=limit)
    return run(parts, Job("run", SOURCE), control, options)


def test_it_stops_before_the_batch_that_passes_the_share(judged: Graph, tmp_path: Path) -> None:
    with pytest.raises(BrakeError, match=r"of the 120 edges .* 50 allowed") as stopped:
        again(judged, tmp_path)
    assert stopped.value.exit_code == 5
    # A fifth of 120 is less than the 50 that are always allowed.
    assert 120 - 50 <= len(evidence(judged)) <= 120
    rows = ask(judged, "MATCH (r:EnrichmentRun) WHERE r.status = 'failed' RETURN r.id AS run")
    assert len(rows) == 1
    # Tomorrow night it is no other.
    left = evidence(judged)
    with pytest.raises(BrakeError, match=f"is held: run {rows[0]['run']} was about"):
        again(judged, tmp_path)
    assert evidence(judged) == left
    rollback(judged, rows[0]["run"])
    assert len(evidence(judged)) == 120
    with pytest.raises(BrakeError, match="is held"):
        again(judged, tmp_path)


def test_a_person_allows_it(judged: Graph, tmp_path: Path) -> None:
    with pytest.raises(BrakeError):
        again(judged, tmp_path)
    assert again(judged, tmp_path, allow=True).status is RunStatus.SUCCEEDED
    assert len(evidence(judged)) == 30
    assert again(judged, tmp_path).counters.withdrawn == 0


@pytest.mark.parametrize("share", [0.75, 1.0])
def test_a_wider_share_lets_it_through(judged: Graph, tmp_path: Path, share: float) -> None:
    assert again(judged, tmp_path, share).counters.withdrawn == 90


def test_a_mount_that_is_away_withdraws_nothing(judged: Graph, tmp_path: Path) -> None:
    before = evidence(judged)
    (tmp_path / "x.png").rename(tmp_path / "away.png")
    assert again(judged, tmp_path).counters.withdrawn == 0
    assert evidence(judged) == before


def test_when_its_time_is_up_the_next_run_goes_on(judged: Graph, tmp_path: Path) -> None:
    record = again(judged, tmp_path, 1.0, limit=0.0)
    assert record.status is RunStatus.INTERRUPTED
    assert record.error == "Its time was up; the next run goes on."
    assert again(judged, tmp_path, 1.0).status is RunStatus.SUCCEEDED
    assert len(evidence(judged)) == 30
