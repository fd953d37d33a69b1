"""Runs over a real graph: what is judged, what is published, what is left alone."""

import os
from collections.abc import Sequence
from pathlib import Path

import pytest

from kg_enrich.errors import GraphError
from kg_enrich.evidence.models import Policy
from kg_enrich.graph.connection import Graph
from kg_enrich.jobs.control import Control
from kg_enrich.models import Judgement, Notice, Outcome, Pair, RunStatus, Scope
from tests.support.graphs import (
    PatientScorer,
    TableScorer,
    ask,
    evidence,
    make,
    repaint,
    run_table,
    snapshot,
)

TEXTS: dict[str | int, str] = {"a": "red lamp", "b": "pump", "c": "网络"}
CANDIDATES: dict[str | int, list[str | int]] = {"a": ["x", "y"], "b": ["y", "z"], "c": ["z"]}
SCORES = {("a", "x"): 9.0, ("a", "y"): 2.0, ("b", "y"): 5.0, ("b", "z"): 4.9, ("c", "z"): None}


def test_publishes_what_reaches_the_minimum(graph: Graph, tmp_path: Path) -> None:
    make(graph, tmp_path, TEXTS, CANDIDATES)
    record = run_table(graph, tmp_path, TableScorer(SCORES))
    assert evidence(graph) == {("a", "x"): 9.0, ("b", "y"): 5.0}
    counters = record.counters
    assert record.status is RunStatus.SUCCEEDED
    assert (counters.pairs, counters.scored, counters.abstained) == (5, 4, 1)
    assert (counters.published, counters.withdrawn, counters.failed) == (2, 0, 0)


def test_second_run_scores_and_changes_nothing(graph: Graph, tmp_path: Path) -> None:
    make(graph, tmp_path, TEXTS, CANDIDATES)
    run_table(graph, tmp_path, TableScorer(SCORES))
    before = snapshot(graph, "EnrichmentRun", "EnrichmentJob")
    scorer = TableScorer(SCORES)
    record = run_table(graph, tmp_path, scorer)
    assert scorer.asked == []
    assert record.counters.skipped == record.counters.pairs == 5
    assert snapshot(graph, "EnrichmentRun", "EnrichmentJob") == before


def test_the_order_and_size_of_batches_change_nothing(graph: Graph, tmp_path: Path) -> None:
    make(graph, tmp_path, TEXTS, CANDIDATES)
    patient = PatientScorer(SCORES)
    run_table(graph, tmp_path, patient, control=patient.control, batch_pairs=1)
    small = snapshot(graph, "EnrichmentRun", "EnrichmentJob", "EvidenceUndo")
    ask(graph, "MATCH (l:EvidenceLedger) DELETE l")
    ask(graph, "MATCH ()-[r:HAS_EVIDENCE]->() DELETE r")
    run_table(graph, tmp_path, TableScorer(SCORES))
    assert snapshot(graph, "EnrichmentRun", "EnrichmentJob", "EvidenceUndo") == small


def test_changed_text_is_judged_again_and_withdrawn_in_the_same_run(
    graph: Graph, tmp_path: Path
) -> None:
    make(graph, tmp_path, TEXTS, CANDIDATES)
    run_table(graph, tmp_path, TableScorer(SCORES))
    ask(graph, "MATCH (d:Document {id: 'a'}) SET d.text = 'something else'")
    scorer = TableScorer({("a", "x"): 1.0, ("a", "y"): 8.0})
    record = run_table(graph, tmp_path, scorer)
    assert sorted(scorer.asked) == [("a", "x"), ("a", "y")]
    assert evidence(graph) == {("a", "y"): 8.0, ("b", "y"): 5.0}
    assert (record.counters.published, record.counters.withdrawn) == (1, 1)


def test_changed_text_is_judged_again_without_its_candidate(graph: Graph, tmp_path: Path) -> None:
    make(graph, tmp_path, TEXTS, CANDIDATES)
    run_table(graph, tmp_path, TableScorer(SCORES))
    ask(graph, "MATCH (:Document {id: 'a'})-[r:CANDIDATE_IMAGE]->() DELETE r")
    ask(graph, "MATCH (d:Document {id: 'a'}) SET d.text = 'something else'")
    scorer = TableScorer(default=1.0)
    run_table(graph, tmp_path, scorer)
    assert sorted(scorer.asked) == [("a", "x"), ("a", "y")]
    assert evidence(graph) == {("b", "y"): 5.0}


def test_changed_image_is_judged_again(graph: Graph, tmp_path: Path) -> None:
    make(graph, tmp_path, TEXTS, CANDIDATES)
    run_table(graph, tmp_path, TableScorer(SCORES))
    os.utime(tmp_path / "x.png", ns=(1, 1))
    repaint(tmp_path / "z.png")
    scorer = TableScorer(SCORES)
    run_table(graph, tmp_path, scorer)
    assert sorted(scorer.asked) == [("b", "z"), ("c", "z")]


def test_changed_scorer_judges_everything_again(graph: Graph, tmp_path: Path) -> None:
    make(graph, tmp_path, TEXTS, CANDIDATES)
    run_table(graph, tmp_path, TableScorer(SCORES))
    scorer = TableScorer(SCORES, fingerprint="table-2")
    run_table(graph, tmp_path, scorer)
    assert len(scorer.asked) == 5


def test_new_candidate_is_the_only_pair_judged(graph: Graph, tmp_path: Path) -> None:
    make(graph, tmp_path, TEXTS, CANDIDATES)
    run_table(graph, tmp_path, TableScorer(SCORES))
    make(graph, tmp_path, {}, {"c": ["x"]})
    scorer = TableScorer(SCORES)
    run_table(graph, tmp_path, scorer)
    # Drawing the same picture again changed its time, which is no change.
    assert scorer.asked == [("c", "x")]


def test_top_k_keeps_the_best(graph: Graph, tmp_path: Path) -> None:
    make(graph, tmp_path, {"a": "text"}, {"a": ["x", "y", "z"]})
    scorer = TableScorer({("a", "x"): 6.0, ("a", "y"): 8.0, ("a", "z"): 7.0})
    run_table(graph, tmp_path, scorer, Policy(top_k=2))
    assert evidence(graph) == {("a", "y"): 8.0, ("a", "z"): 7.0}


def test_missing_edge_is_put_back_from_the_ledger(graph: Graph, tmp_path: Path) -> None:
    make(graph, tmp_path, TEXTS, CANDIDATES)
    run_table(graph, tmp_path, TableScorer(SCORES))
    ask(graph, "MATCH ()-[r:HAS_EVIDENCE]->(:Image {id: 'x'}) DELETE r")
    scorer = TableScorer(SCORES)
    run_table(graph, tmp_path, scorer)
    assert scorer.asked == []
    assert evidence(graph) == {("a", "x"): 9.0, ("b", "y"): 5.0}


def test_deleted_images_leave_the_ledger(graph: Graph, tmp_path: Path) -> None:
    make(graph, tmp_path, TEXTS, CANDIDATES)
    run_table(graph, tmp_path, TableScorer(SCORES))
    ask(graph, "MATCH (i:Image) WHERE i.id IN ['x', 'z'] DETACH DELETE i")
    run_table(graph, tmp_path, TableScorer(SCORES))
    rows = ask(graph, "MATCH (l:EvidenceLedger) RETURN l.document AS d, l.images AS images")
    assert {row["d"]: row["images"] for row in rows} == {"a": ["y"], "b": ["y"]}


def test_documents_reloaded_overnight_get_their_evidence_back(graph: Graph, tmp_path: Path) -> None:
    make(graph, tmp_path, TEXTS, CANDIDATES)
    run_table(graph, tmp_path, TableScorer(SCORES))
    ask(graph, "MATCH (d:Document) DETACH DELETE d")
    ask(
        graph,
        "UNWIND $rows AS row CREATE (d:Document {id: row.id, title: '', text: row.text})",
        rows=[{"id": key, "text": text} for key, text in TEXTS.items()],
    )
    scorer = TableScorer(SCORES)
    run_table(graph, tmp_path, scorer)
    assert scorer.asked == []
    assert evidence(graph) == {("a", "x"): 9.0, ("b", "y"): 5.0}


def test_failed_pair_publishes_nothing_and_is_tried_again(graph: Graph, tmp_path: Path) -> None:
    make(graph, tmp_path, TEXTS, CANDIDATES)
    record = run_table(graph, tmp_path, TableScorer({**SCORES, ("a", "x"): Outcome.FAILED}))
    assert ("a", "x") not in evidence(graph)
    assert record.counters.failed == 1
    assert record.notices == {Notice.FAILED_PAIR: 1}
    scorer = TableScorer(SCORES)
    run_table(graph, tmp_path, scorer)
    assert scorer.asked == [("a", "x")]


def test_unreadable_image_is_left_alone_until_it_changes(graph: Graph, tmp_path: Path) -> None:
    make(graph, tmp_path, TEXTS, CANDIDATES)
    bad = TableScorer({**SCORES, ("a", "x"): Outcome.UNREADABLE})
    assert run_table(graph, tmp_path, bad).counters.failed == 1
    again = TableScorer(SCORES)
    record = run_table(graph, tmp_path, again)
    assert again.asked == []
    assert record.counters.failed == 0
    repaint(tmp_path / "x.png")
    run_table(graph, tmp_path, again)
    assert again.asked == [("a", "x")]
    assert ask(graph, "MATCH (f:ReadFailure) RETURN f") == []


def test_missing_file_is_named_once(graph: Graph, tmp_path: Path) -> None:
    make(graph, tmp_path, TEXTS, CANDIDATES)
    (tmp_path / "z.png").unlink()
    record = run_table(graph, tmp_path, TableScorer(SCORES))
    assert (record.counters.failed, record.counters.scored) == (2, 3)
    assert record.notices == {Notice.UNREADABLE_IMAGE: 1}
    rows = ask(
        graph,
        "MATCH (i:Image)-[:COULD_NOT_READ]->(f:ReadFailure) RETURN i.id AS id, f.reason AS reason",
    )
    assert [row["id"] for row in rows] == ["z"]
    assert "z.png" in rows[0]["reason"]
    record = run_table(graph, tmp_path, TableScorer(SCORES))
    assert (record.counters.failed, record.counters.skipped) == (0, 5)


def test_integer_and_string_ids(graph: Graph, tmp_path: Path) -> None:
    make(graph, tmp_path, {7: "seven", "b": "bee"}, {7: [1, "y"], "b": [1]})
    run_table(graph, tmp_path, TableScorer())
    assert evidence(graph) == {(7, 1): 7.0, (7, "y"): 7.0, ("b", 1): 7.0}
    scorer = TableScorer()
    run_table(graph, tmp_path, scorer)
    assert scorer.asked == []


@pytest.mark.parametrize("twins", [["t", "t"], [42, "42"]])
def test_duplicate_documents_are_left_out_and_named(
    graph: Graph, tmp_path: Path, twins: list[str | int]
) -> None:
    make(graph, tmp_path, {"a": "text"}, {"a": ["x"]})
    ask(
        graph,
        "UNWIND $ids AS id CREATE (d:Document {id: id, text: 'twin'}) WITH d "
        "MATCH (i:Image) CREATE (d)-[:CANDIDATE_IMAGE]->(i)",
        ids=twins,
    )
    record = run_table(graph, tmp_path, TableScorer())
    assert set(evidence(graph)) == {("a", "x")}
    assert record.notices == {Notice.DUPLICATE_DOCUMENT: 1}


def test_duplicate_images_are_left_out_and_named(graph: Graph, tmp_path: Path) -> None:
    make(graph, tmp_path, {"a": "text"}, {"a": ["x", "y"]})
    ask(graph, "CREATE (:Image {id: 'x', path: 'x.png'})")
    record = run_table(graph, tmp_path, TableScorer())
    assert set(evidence(graph)) == {("a", "y")}
    assert record.notices == {Notice.DUPLICATE_IMAGE: 1}


def test_unusable_ids_and_empty_documents_are_named(graph: Graph, tmp_path: Path) -> None:
    make(graph, tmp_path, {"a": "text", "b": " "}, {"a": ["x"], "b": ["x"]})
    ask(graph, "CREATE (:Document {id: 1.5, text: 'half'}), (:Document {text: 'nameless'})")
    record = run_table(graph, tmp_path, TableScorer())
    assert set(evidence(graph)) == {("a", "x")}
    assert record.notices == {Notice.UNUSABLE_ID: 2, Notice.EMPTY_DOCUMENT: 1}


def test_the_limit_counts_documents_with_something_to_do(graph: Graph, tmp_path: Path) -> None:
    make(graph, tmp_path, TEXTS, CANDIDATES)
    asked = []
    for _ in range(3):
        scorer = TableScorer(SCORES)
        run_table(graph, tmp_path, scorer, scope=Scope(limit=1))
        asked.append(sorted({document for document, _ in scorer.asked}))
    assert asked == [["a"], ["b"], ["c"]]


def test_an_empty_graph_is_an_error(graph: Graph, tmp_path: Path) -> None:
    with pytest.raises(GraphError, match="has no Document node"):
        run_table(graph, tmp_path, TableScorer())


def test_a_stop_is_recorded_and_the_next_run_goes_on(graph: Graph, tmp_path: Path) -> None:
    make(graph, tmp_path, TEXTS, CANDIDATES)
    control = Control()

    class Stopping(TableScorer):
        def score(self, pairs: Sequence[Pair]) -> list[Judgement]:
            control.stop.set()
            return super().score(pairs)

    first = Stopping(SCORES)
    record = run_table(graph, tmp_path, first, control=control, batch_pairs=1)
    assert record.status is RunStatus.INTERRUPTED
    assert {document for document, _ in first.asked} == {"a"}
    rest = TableScorer(SCORES)
    assert run_table(graph, tmp_path, rest).status is RunStatus.SUCCEEDED
    assert {document for document, _ in rest.asked} == {"b", "c"}


def test_an_error_ends_the_run_and_stands_in_its_record(graph: Graph, tmp_path: Path) -> None:
    make(graph, tmp_path, TEXTS, CANDIDATES)

    class Broken(TableScorer):
        def score(self, pairs: Sequence[Pair]) -> list[Judgement]:
            raise ValueError("the model is on fire")

    with pytest.raises(ValueError, match="on fire"):
        run_table(graph, tmp_path, Broken())
    rows = ask(graph, "MATCH (r:EnrichmentRun) RETURN r.status AS status, r.error AS error")
    assert rows == [{"status": "failed", "error": "the model is on fire"}]
    assert run_table(graph, tmp_path, TableScorer(SCORES)).status is RunStatus.SUCCEEDED


def test_a_changed_scorer_is_named_before_it_judges_again(graph: Graph, tmp_path: Path) -> None:
    make(graph, tmp_path, TEXTS, CANDIDATES)
    said: list[str] = []
    for fingerprint in ("first", "first", "second", "second"):
        scorer = TableScorer(SCORES, fingerprint=fingerprint)
        run_table(graph, tmp_path, scorer, control=Control(say=said.append))
        assert len(said) == (fingerprint == "second")
    assert "of its 5 judged pairs" in said[0]


def test_an_edited_caption_is_judged_again_by_a_scorer_that_reads_it(
    graph: Graph, tmp_path: Path
) -> None:
    make(graph, tmp_path, TEXTS, CANDIDATES)
    run_table(graph, tmp_path, TableScorer(SCORES))
    # Older releases left captions out of the fingerprint: what they judged stays judged.
    first = TableScorer(SCORES, reads_captions=True)
    run_table(graph, tmp_path, first)
    assert first.asked == []
    ask(graph, "MATCH (i:Image {id: 'z'}) SET i.caption = 'a pump'")
    reading = TableScorer(SCORES, reads_captions=True)
    run_table(graph, tmp_path, reading)
    assert sorted(reading.asked) == [("b", "z"), ("c", "z")]
    run_table(graph, tmp_path, reading)
    assert len(reading.asked) == 2
