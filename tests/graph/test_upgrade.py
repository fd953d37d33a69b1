"""A graph of an earlier release: migrated, nothing is lost and nothing is judged again."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from kg_enrich.enrich.dry_run import plan_run
from kg_enrich.evidence import flags
from kg_enrich.graph import migrations, schema
from kg_enrich.graph.connection import Graph
from kg_enrich.images.hashes import ImageHashes
from kg_enrich.jobs.plan import Change
from kg_enrich.jobs.runs import Job
from tests.support.bare import kept
from tests.support.graphs import (
    SOURCE,
    TableScorer,
    ask,
    evidence,
    run_table,
    snapshot,
    table_parts,
)
from tests.support.neo4j_server import Neo4jServer
from tests.support.upgrade import restore

SCORES = "MATCH (l:EvidenceLedger) UNWIND range(0, size(l.images) - 1) AS n RETURN l.document AS "
SCORES += "document, l.images[n] AS image, toString(l.scores[n]) AS score, l.reasons[n] AS reason"


@pytest.fixture
def former(migrated: Neo4jServer, tmp_path: Path) -> Iterator[Graph]:
    """As release 0.1.0 left it."""
    with kept(migrated) as server, Graph(*server) as graph:
        restore(graph, tmp_path, "0.1.0")
        yield graph


def test_nothing_is_judged_again_and_every_word_is_kept(former: Graph, tmp_path: Path) -> None:
    before, scores = evidence(former), ask(former, SCORES)
    assert before == {("b", "y"): 5.0, ("b", "z"): 4.9, (7, 1): 8.25}
    migrations.apply(former, migrations.load())
    schema.ensure(former)
    words = (
        "MATCH (w:EvidenceReview) RETURN w.document AS document, w.image AS image, "
        "w.decision AS decision, w.by AS by, w.textHash IS NOT NULL AS text, "
        "w.imageHash IS NOT NULL AS file ORDER BY w.by"
    )
    assert [list(row.values()) for row in ask(former, words)] == [
        ["a", "x", "reject", "lin", False, False],
        ["b", "z", "accept", "wu", False, False],
    ]
    scorer = TableScorer()
    planned = plan_run(table_parts(former, tmp_path, scorer), Job("run", SOURCE))
    first = run_table(former, tmp_path, scorer)
    assert planned.counts[Change.RENEW] == first.counters.published == 3
    assert planned.pairs == 0
    assert scorer.asked == []
    assert (first.counters.pairs, first.counters.skipped, first.counters.scored) == (6, 6, 0)
    assert evidence(former) == before
    assert ask(former, SCORES) == scores
    # What people saw is known by now, and their words are found by the edges' keys.
    assert all(row["text"] and row["file"] for row in ask(former, words))
    edges = "MATCH (:Document)-[v:REVIEWED]->(:Image) MATCH (w:EvidenceReview {key: v.key}) "
    assert ask(former, edges + "RETURN count(w) AS words") == [{"words": 2}]
    dismissed = ask(former, "MATCH (f:EvidenceFlag) RETURN f.status AS status")
    assert flags.update(former, 0.7, "again").raised == 0
    assert dismissed == [{"status": "dismissed"}]

    settled = snapshot(former, "EnrichmentRun", "EnrichmentJob")
    again = run_table(former, tmp_path, scorer)
    assert (again.counters.published, again.counters.scored, scorer.asked) == (0, 0, [])
    assert snapshot(former, "EnrichmentRun", "EnrichmentJob") == settled


def test_a_touched_file_is_no_change_from_now_on(former: Graph, tmp_path: Path) -> None:
    migrations.apply(former, migrations.load())
    schema.ensure(former)
    run_table(former, tmp_path, TableScorer())
    for file in tmp_path.glob("*.png"):
        file.touch()
    scorer = TableScorer()
    run_table(former, tmp_path, scorer)
    assert scorer.asked == []


def test_hashes_are_remembered_and_never_wrong(tmp_path: Path) -> None:
    memory, file = tmp_path / "cache" / "hashes.sqlite", tmp_path / "a.png"
    file.write_bytes(b"first")
    first = ImageHashes(memory).of(file)
    assert ImageHashes(memory).of(file) == first
    file.write_bytes(b"other")
    assert ImageHashes(memory).of(file) != first
    # A memory that is no database is done without.
    memory.write_bytes(b"no database at all" * 100)
    assert ImageHashes(memory).of(file) == ImageHashes().of(file)
