"""What is held back as a hub, and what a person's word is worth in a run."""

from pathlib import Path

from kg_enrich.graph.connection import Graph
from kg_enrich.models import Notice, Policy
from tests.support.graphs import PatientScorer, TableScorer, ask, evidence, make, run_table

TEXTS: dict[str | int, str] = {"a": "red lamp", "b": "pump", "c": "网络"}
CANDIDATES: dict[str | int, list[str | int]] = {"a": ["x", "y"], "b": ["y", "z"], "c": ["z"]}
SCORES = {("a", "x"): 9.0, ("a", "y"): 2.0, ("b", "y"): 5.0, ("b", "z"): 4.9, ("c", "z"): None}


def test_a_hub_is_held_back_whatever_the_order(graph: Graph, tmp_path: Path) -> None:
    documents: dict[str | int, str] = {f"d{n}": f"text {n}" for n in range(5)}
    make(graph, tmp_path, documents, {d: ["logo", f"own-{d}"] for d in documents})
    patient = PatientScorer()
    policy = Policy(max_documents=3)
    record = run_table(graph, tmp_path, patient, policy, control=patient.control, batch_pairs=1)
    assert set(evidence(graph)) == {(d, f"own-{d}") for d in documents}
    assert record.notices == {Notice.HELD_IMAGE: 1}
    again = TableScorer()
    run_table(graph, tmp_path, again, Policy(max_documents=3))
    assert again.asked == []
    assert set(evidence(graph)) == {(d, f"own-{d}") for d in documents}


def test_a_document_with_too_many_images_is_held_back(graph: Graph, tmp_path: Path) -> None:
    make(graph, tmp_path, TEXTS, {"a": ["x", "y", "z"], "b": ["x", "y"]})
    record = run_table(graph, tmp_path, TableScorer(), Policy(max_images=2))
    assert set(evidence(graph)) == {("b", "x"), ("b", "y")}
    assert record.notices == {Notice.HELD_DOCUMENT: 1}


def test_a_rejected_pair_stays_away_and_an_accepted_one_stays(graph: Graph, tmp_path: Path) -> None:
    make(graph, tmp_path, TEXTS, CANDIDATES)
    ask(
        graph,
        "MATCH (d:Document {id: 'a'}), (x:Image {id: 'x'}), (y:Image {id: 'y'}) "
        "CREATE (d)-[:REVIEWED {decision: 'reject'}]->(x), "
        "(d)-[:REVIEWED {decision: 'accept'}]->(y)",
    )
    run_table(graph, tmp_path, TableScorer(SCORES))
    assert evidence(graph) == {("a", "y"): 2.0, ("b", "y"): 5.0}
