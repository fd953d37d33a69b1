"""Evaluations and comparisons read the graph and change nothing in it."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from kg_enrich.enrich.pipeline import run
from kg_enrich.errors import GraphError, SettingsError
from kg_enrich.evidence.models import Policy
from kg_enrich.evidence.sources import open_source
from kg_enrich.graph.connection import Graph
from kg_enrich.jobs.runs import Job
from kg_enrich.measure.cutting import CUTS, measure_cuts
from kg_enrich.measure.evaluate import Asked, evaluate
from kg_enrich.measure.judging import Missing
from tests.support.graphs import (
    EXPLICIT,
    TableScorer,
    ask,
    begin_source,
    make,
    run_table,
    snapshot,
    table_parts,
)
from tests.support.neo4j_server import Neo4jServer
from tests.support.runner import Command, answer, commands

TEXTS: dict[str | int, str] = {
    "a": "更换模块后指示灯仍然亮",
    "b": "Pump seal",
    "c": "Valve",
    "d": "Lamp",
    "e": "Belt",
}
CANDIDATES: dict[str | int, list[str | int]] = {
    "a": ["x", "y", "z"],
    "b": ["y", "z"],
    "c": ["x"],
    "d": ["z"],
    "e": ["x", "y"],
}
SCORES: dict[tuple[str, str], float | None] = {
    ("a", "x"): 9.0, ("a", "y"): 8.0, ("a", "z"): 1.0,
    ("b", "y"): 9.0, ("b", "z"): 8.0,
    ("c", "x"): 7.0, ("d", "z"): 6.0,
    ("e", "x"): 4.0, ("e", "y"): None,
}  # fmt: skip
OTHER = {**SCORES, ("a", "x"): 2.0, ("b", "z"): 9.5, ("e", "x"): 8.0}


@pytest.fixture
def judged(graph: Graph, tmp_path: Path) -> Graph:
    """Two sources that judged the same; e is referenced through us alone, w by nobody's ledger."""
    make(graph, tmp_path, TEXTS, {**CANDIDATES, "f": ["w"]})
    run_table(graph, tmp_path, TableScorer(SCORES))
    begin_source(graph, Policy(min_score=8.0), "other")
    parts = table_parts(graph, tmp_path, TableScorer(OTHER, fingerprint="table-2"))
    question = replace(parts.question, source="other", scorer="table-2", policy=Policy(8.0))
    run(replace(parts, question=question), Job("run", "other", question.scope))
    ask(
        graph,
        "UNWIND $rows AS row MATCH (d:Document {id: row[0]}), (i:Image {id: row[1]}) "
        "CREATE (d)-[r:REFERENCES]->(i) SET r.madeBy = row[2]",
        rows=[["a", "x", None], ["b", "z", "import"], ["c", "y", None], ["e", "y", "kg-enrich"]],
    )
    ask(graph, "MATCH (d:Document) WHERE d.id IN ['a', 'b'] SET d.scenario = 'night'")
    ask(
        graph,
        "UNWIND $rows AS row MATCH (i:Image {id: row[0]}) "
        "SET i.imageLook = row[1], i.ocrText = row[2]",
        rows=[["x", "00000000000000ff", ""], ["y", "0f00000000000000", "seal ring"],
              ["z", "0f00000000000001", "ring: seal"]],
    )  # fmt: skip
    return graph


@pytest.fixture
def command(
    judged: Graph, migrated: Neo4jServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Command:
    monkeypatch.setenv("KG_ENRICH_CANDIDATES", "explicit")
    return commands(migrated, monkeypatch, tmp_path)


def test_finding_and_drift_are_measured_and_nothing_is_written(
    command: Command, judged: Graph, tmp_path: Path
) -> None:
    before = snapshot(judged)
    found = answer(command("evaluate", "--by", "scenario", "--json"))
    assert found == answer(command("evaluate", "--by", "scenario", "--json"))
    assert (found["truth"], found["documents"], found["pairs"]) == ("references", 3, 3)
    other, table = found["sources"]
    assert (other["name"], table["name"]) == ("other", "table")
    # a: right at once. b: second. c: its image was no candidate.
    expected = {"top1": 1 / 3, "mrr": 0.5, "lead": 1.0}
    assert {name: pytest.approx(table[name]) for name in expected} == expected
    for name in ("recall", "candidate_recall"):
        assert table[name] == {key: pytest.approx(2 / 3) for key in ("5", "20", "50")}
    assert table["intervals"]["top1"][0] == 0.0 < table["intervals"]["top1"][1]
    # y is a near-duplicate of z, which is right for b, and x of nothing.
    assert table["near_duplicates"]["top1"] == pytest.approx(2 / 3)
    assert table["near_duplicates"]["mrr"] == pytest.approx(2 / 3)
    groups = {(g["by"], g["value"]): (g["documents"], g["mrr"]) for g in table["groups"]}
    assert groups == {
        ("scenario", "night"): (2, 0.75),
        ("scenario", "unknown"): (1, 0.0),
        ("language", "zh"): (1, 1.0),
        ("language", "other"): (2, 0.25),
        ("image words", "0"): (1, 1.0),
        ("image words", "1-4"): (2, 0.25),
    }
    assert (table["not_judged"], table["unjudged"], table["judged"]) == (0, 0, 0)

    said = command("evaluate", "--source", "table")
    assert "never precision" in said.stdout
    assert "near-duplicates count" in said.stdout and "other:" not in said.stdout

    drift = answer(command("evaluate", "--compare", "table", "other", "--json"))
    assert drift == answer(command("evaluate", "--compare", "table", "other", "--json"))
    assert (drift["documents"], drift["pairs"], drift["abstained"]) == (5, 8, 1)
    assert drift["thresholds"] == [5.0, 8.0]
    # By the other's threshold e-x and b-z are published, and a-x, c-x and d-z no longer are.
    assert (drift["raised"], drift["lowered"]) == (1, 3)
    movers = [(one["document"], one["image"], one["first"], one["second"], one["path"])
              for one in drift["movers"]]  # fmt: skip
    assert movers == [
        ("a", "x", 9.0, 2.0, "x.png"), ("e", "x", 4.0, 8.0, "x.png"), ("b", "z", 8.0, 9.5, "z.png")
    ]  # fmt: skip
    assert drift["shift"]["mean"] == pytest.approx((-7 / 3 + 1.5 / 2 + 4) / 5)
    # a's right image falls to the second place, b's rises to the first.
    assert drift["measured"] == 3
    assert drift["differences"]["top1"]["mean"] == pytest.approx(0.0)
    assert drift["differences"]["mrr"]["mean"] == pytest.approx(0.0)
    assert "Largest changes" in command("evaluate", "--compare", "table", "other").stdout
    assert snapshot(judged) == before

    answer(command("review", "accept", "b", "y", "--by", "lin", "--json"))
    before = snapshot(judged)
    found = answer(command("evaluate", "--truth", "reviews", "--source", "table", "--json"))
    assert (found["truth"], found["documents"], found["sources"][0]["mrr"]) == ("reviews", 1, 1.0)
    some = answer(command("evaluate", "--documents", "2", "--seed", "4", "--json"))
    assert (some["known"], some["documents"]) == (3, 2)
    assert snapshot(judged) == before


def test_what_is_missing_is_judged_in_memory(judged: Graph, tmp_path: Path) -> None:
    ask(judged, "MATCH (l:EvidenceLedger {source: 'table', document: 'b'}) DETACH DELETE l")
    source = open_source(judged, "table", {})
    before = snapshot(judged)
    (found,) = evaluate(judged, [source], EXPLICIT, Asked()).sources
    assert (found.measured.documents, found.not_judged) == (2, 1)

    scorer = TableScorer({**SCORES, ("b", "z"): 10.0})
    parts = table_parts(judged, tmp_path, scorer)

    def judge(asked: Asked) -> Any:
        missing = Missing(parts, parts.catalogue(), batch_pairs=2)
        (found,) = evaluate(judged, [source], EXPLICIT, asked, missing).sources
        return found

    found = judge(Asked())
    assert sorted(scorer.asked) == [("b", "y"), ("b", "z")]
    assert (found.judged, found.not_judged, found.measured.documents) == (2, 0, 3)
    assert found.measured.means["top1"].value == pytest.approx(2 / 3)

    # Each right image among all the others, of which the ledger knows some.
    scorer.asked.clear()
    found = judge(Asked(random=10))
    assert found.measured.documents == 3
    assert set(scorer.asked) >= {("b", "z"), ("c", "y"), ("a", "w"), ("c", "w")}
    assert ("a", "x") not in scorer.asked
    assert found.measured.means["recall@5"].value == 1.0
    # Twice the same draw.
    asked = set(scorer.asked)
    scorer.asked.clear()
    # A lead that nobody knows is NaN, which equals nothing.
    assert repr(judge(Asked(random=10))) == repr(found) and set(scorer.asked) == asked
    assert judge(Asked(random=1)).measured.documents == 3
    assert snapshot(judged) == before


def test_a_prefilter_loses_right_images_that_it_scores_low_and_no_others(
    judged: Graph, tmp_path: Path
) -> None:
    """By the table as the cheap scorer: what it could not score, or was not asked, is shown."""
    ask(judged, "MATCH (d:Document {id: 'a'}), (i:Image {id: 'z'}) CREATE (d)-[:REFERENCES]->(i)")
    ask(judged, "MATCH (d:Document {id: 'e'})-[r:REFERENCES]->() REMOVE r.madeBy")
    ask(judged, "MATCH (l:EvidenceLedger {source: 'table', document: 'b'}) DETACH DELETE l")
    scorer = TableScorer({**SCORES, ("b", "z"): 1.8})
    parts = table_parts(judged, tmp_path, scorer)
    before = snapshot(judged)
    missing = Missing(parts, parts.catalogue(), batch_pairs=2)
    asked = Asked(by=("scenario",))
    found = measure_cuts(judged, ("table", "dear"), 1.5, EXPLICIT, asked, missing)
    assert sorted(scorer.asked) == [("b", "y"), ("b", "z")]
    assert (found.known, found.documents, found.counting, found.judged) == (4, 4, 3, 2)
    # c's right image is no candidate; e's has no score.
    assert (found.pairs, found.missing, found.candidates, found.shown) == (4, 1, 8, 1)
    cuts = {one.score: one for one in found.cuts}
    assert sorted(cuts) == [*(one for one in CUTS if one < 1.5), 1.5, 2.0, 5.0]
    assert (cuts[1.0].lost.value, cuts[1.0].losing) == (0.0, 0)
    assert cuts[1.0].at_most == pytest.approx(1 - 0.05 ** (1 / 3))
    # a loses z (1.0) of its two, from 2.0 on b loses z (1.8) as well.
    assert (cuts[1.5].lost.value, cuts[1.5].lost_pairs, cuts[1.5].losing) == (1 / 6, 1, 1)
    assert cuts[1.5].hidden.value == pytest.approx((1 / 3 + 0 + 0 + 0) / 4)
    assert cuts[2.0].lost.value == pytest.approx(0.5)
    assert cuts[2.0].lost_pairs == 2
    assert cuts[5.0].hidden.value == pytest.approx((1 / 3 + 1 / 2 + 0 + 1 / 2) / 4)
    groups = {(one.by, one.value): (one.documents, one.lost.value) for one in found.groups}
    assert groups == {
        ("language", "zh"): (1, 0.5),
        ("language", "other"): (2, 0.0),
        ("scenario", "night"): (2, 0.25),
        ("scenario", "unknown"): (1, 0.0),
        ("image words", "0"): (1, 0.0),
        ("image words", "1-4"): (3, pytest.approx(1 / 3)),
    }
    assert snapshot(judged) == before


def test_what_cannot_be_measured_is_said(command: Command, judged: Graph) -> None:
    for arguments, said in (
        (["--source", "nobody"], "no evidence source 'nobody'"),
        (["--by", "colour"], "no Document has this property"),
        (["--random", "5"], "add --judge"),
        (["--judge", "--source", "table"], "not judged by these settings"),
        (["--compare", "table", "nobody"], "no evidence source 'nobody'"),
    ):
        error = command("evaluate", *arguments).exception
        assert isinstance(error, SettingsError) and said in str(error), arguments
    begin_source(judged, name="empty")
    ask(judged, "MATCH (w:EvidenceReview) DETACH DELETE w")
    for arguments, said in (
        (["--compare", "table", "empty"], "no pair in common"),
        (["--truth", "reviews"], "Nobody has accepted"),
    ):
        error = command("evaluate", *arguments).exception
        assert isinstance(error, GraphError) and said in str(error), arguments
    ask(judged, "MATCH ()-[r:REFERENCES]->() DELETE r")
    assert "references an image" in str(command("evaluate").exception)
