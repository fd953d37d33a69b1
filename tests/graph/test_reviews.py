"""A person's word on a pair, and what becomes of the evidence."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import click
import pytest

from kg_enrich.errors import GraphError
from kg_enrich.evidence.models import Decision
from kg_enrich.evidence.reviews import Reviewed, Saying, review
from kg_enrich.evidence.sources import open_source, store
from kg_enrich.graph.connection import Graph
from kg_enrich.identity import ledger_key
from kg_enrich.models import DocumentId, ImageId
from tests.support.graphs import (
    SOURCE,
    TableScorer,
    ask,
    draw,
    evidence,
    make,
    repaint,
    run_table,
    snapshot,
)
from tests.support.neo4j_server import Neo4jServer
from tests.support.runner import Command, answer, commands

TEXTS: dict[str | int, str] = {"a": "red lamp", "b": "pump"}
CANDIDATES: dict[str | int, list[str | int]] = {"a": ["x", "y"], "b": ["y", "z"]}
SCORES = {("a", "x"): 9.0, ("a", "y"): 2.0, ("b", "y"): 5.0, ("b", "z"): None}

ACCEPT, REJECT = Decision.ACCEPT, Decision.REJECT


def say(graph: Graph, document: str, image: str, decision: Decision | None) -> Reviewed:
    saying = Saying(decision, "lin", ("seen it",), "so")
    return review(graph, DocumentId(document), ImageId(image), saying)


def words(graph: Graph) -> list[dict[str, object]]:
    return ask(
        graph,
        "MATCH (d:Document)-[v:REVIEWED]->(i:Image) RETURN d.id AS document, i.id AS image, "
        "v.decision AS decision, v.reasons AS reasons, v.note AS note, v.by AS by ORDER BY d.id",
    )


@pytest.fixture
def judged(graph: Graph, tmp_path: Path) -> Graph:
    make(graph, tmp_path, TEXTS, CANDIDATES)
    store(graph, open_source(graph, SOURCE, {}))
    run_table(graph, tmp_path, TableScorer(SCORES))
    return graph


@pytest.fixture
def command(migrated: Neo4jServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Command:
    return commands(migrated, monkeypatch, tmp_path)


def test_a_rejected_pair_is_withdrawn_at_once_and_stays_away(judged: Graph, tmp_path: Path) -> None:
    done = say(judged, "a", "x", REJECT)
    assert (done.changed, done.published, done.withdrawn) == (True, 0, 1)
    assert evidence(judged) == {("b", "y"): 5.0}
    run_table(judged, tmp_path, TableScorer(SCORES))
    assert evidence(judged) == {("b", "y"): 5.0}
    assert words(judged) == [
        {
            "document": "a",
            "image": "x",
            "decision": "reject",
            "reasons": ["seen it"],
            "note": "so",
            "by": "lin",
        }
    ]


def test_an_accepted_pair_is_published_at_once_and_stays(judged: Graph, tmp_path: Path) -> None:
    done = say(judged, "a", "y", ACCEPT)
    assert (done.scored, done.published, done.withdrawn) == (True, 1, 0)
    run_table(judged, tmp_path, TableScorer(SCORES))
    assert evidence(judged) == {("a", "x"): 9.0, ("a", "y"): 2.0, ("b", "y"): 5.0}
    edges = "MATCH ()-[r:HAS_EVIDENCE]->(:Image {id: 'y'}) RETURN r.runId AS run, r.model AS model"
    assert {"run": "review", "model": "table-1"} in ask(judged, edges)


@pytest.mark.parametrize("decision", [ACCEPT, REJECT])
def test_saying_it_twice_is_saying_it_once(judged: Graph, decision: Decision) -> None:
    say(judged, "a", "x", decision)
    before = snapshot(judged)
    at = ask(judged, "MATCH ()-[v:REVIEWED]->() RETURN v.at AS at")
    again = say(judged, "a", "x", decision)
    assert (again.changed, again.published, again.withdrawn) == (False, 0, 0)
    assert snapshot(judged) == before
    assert ask(judged, "MATCH ()-[v:REVIEWED]->() RETURN v.at AS at") == at


@pytest.mark.parametrize(("image", "decision"), [("x", REJECT), ("y", ACCEPT), ("x", ACCEPT)])
def test_taking_it_back_leaves_the_graph_as_it_was(
    judged: Graph, image: str, decision: Decision
) -> None:
    before = evidence(judged)
    say(judged, "a", image, decision)
    taken = say(judged, "a", image, None)
    assert taken.former is not None
    assert taken.former.decision is decision
    assert evidence(judged) == before
    assert words(judged) == []
    assert not say(judged, "a", image, None).changed


def test_the_other_word_takes_the_place_of_the_first(judged: Graph) -> None:
    say(judged, "a", "x", REJECT)
    done = say(judged, "a", "x", ACCEPT)
    assert done.former is not None
    assert done.former.decision is REJECT
    assert [word["decision"] for word in words(judged)] == ["accept"]
    assert evidence(judged)["a", "x"] == 9.0


def test_nobody_overwrites_what_another_said(judged: Graph) -> None:
    ask(
        judged,
        "MATCH (d:Document {id: 'a'}), (i:Image {id: 'x'}) "
        "CREATE (d)-[:REVIEWED {decision: 'reject'}]->(i), "
        "(d)-[:REVIEWED {decision: 'accept'}]->(i)",
    )
    say(judged, "a", "x", REJECT)
    said = {(word["by"], word["decision"]) for word in words(judged)}
    # The two that nobody signed are one person's; of one moment, the rejection counts.
    assert said == {("", "reject"), ("lin", "reject")}
    assert evidence(judged) == {("b", "y"): 5.0}


def test_a_word_outlives_the_nodes(judged: Graph, tmp_path: Path) -> None:
    say(judged, "a", "x", REJECT)
    say(judged, "a", "y", ACCEPT)
    # What a nightly import does.
    ask(judged, "MATCH (n) WHERE n:Document OR n:Image DETACH DELETE n")
    make(judged, tmp_path, TEXTS, CANDIDATES)
    run_table(judged, tmp_path, TableScorer(SCORES))
    assert evidence(judged) == {("a", "y"): 2.0, ("b", "y"): 5.0}
    assert {(w["image"], w["decision"]) for w in words(judged)} == {
        ("x", "reject"),
        ("y", "accept"),
    }
    before = snapshot(judged, "EnrichmentJob", "EnrichmentRun")
    run_table(judged, tmp_path, TableScorer(SCORES))
    assert snapshot(judged, "EnrichmentJob", "EnrichmentRun") == before


@pytest.mark.parametrize("changed", ["text", "image"])
def test_other_contents_ask_again(judged: Graph, tmp_path: Path, changed: str) -> None:
    say(judged, "a", "x", REJECT)
    say(judged, "a", "y", ACCEPT)
    if changed == "text":
        ask(judged, "MATCH (d:Document {id: 'a'}) SET d.text = 'something else'")
    else:
        repaint(tmp_path / "x.png")
        draw(tmp_path, ["another"])
        (tmp_path / "another.png").replace(tmp_path / "y.png")
    run_table(judged, tmp_path, TableScorer(SCORES))
    # The rejection goes on blocking; the acceptance no longer overrides the policy.
    assert ("a", "x") not in evidence(judged)
    assert ("a", "y") not in evidence(judged)
    stale = "MATCH (:Document)-[v:REVIEWED]->() RETURN DISTINCT v.stale AS stale"
    assert ask(judged, stale) == [{"stale": True}]
    # Asked again, it is about what is there now.
    assert say(judged, "a", "y", ACCEPT).changed
    assert evidence(judged)["a", "y"] == 2.0


def test_spacing_and_a_date_are_no_other_contents(judged: Graph, tmp_path: Path) -> None:
    say(judged, "a", "y", ACCEPT)
    ask(judged, "MATCH (d:Document {id: 'a'}) SET d.text = ' red\u3000lamp\n', d.updatedAt = 7")
    run_table(judged, tmp_path, TableScorer(SCORES))
    assert evidence(judged)["a", "y"] == 2.0


def test_people_who_differ_publish_nothing_until_it_is_settled(judged: Graph) -> None:
    def says(by: str, decision: Decision, *settles: str) -> Reviewed:
        saying = Saying(decision, by, settles=settles)
        return review(judged, DocumentId("a"), ImageId("x"), saying)

    assert not says("lin", ACCEPT).conflict
    differing = says("wu", REJECT)
    assert differing.conflict
    assert [word.by for word in differing.others] == ["lin"]
    assert ("a", "x") not in evidence(judged)
    with pytest.raises(GraphError, match="lin said otherwise and must be named"):
        says("he", REJECT, "somebody")
    settled = says("he", ACCEPT, "wu")
    assert not settled.conflict
    assert evidence(judged)["a", "x"] == 9.0
    assert {word["by"] for word in words(judged)} == {"lin", "he"}


def test_an_edge_that_somebody_deletes_comes_back(judged: Graph, tmp_path: Path) -> None:
    say(judged, "a", "x", REJECT)
    ask(judged, "MATCH ()-[v:REVIEWED]->() DELETE v")
    run_table(judged, tmp_path, TableScorer(SCORES))
    assert [word["decision"] for word in words(judged)] == ["reject"]
    assert ("a", "x") not in evidence(judged)
    say(judged, "a", "x", None)
    assert words(judged) == []
    assert evidence(judged)["a", "x"] == 9.0


@pytest.mark.parametrize("image", ["z", "x"])
def test_an_accepted_pair_without_a_score_waits_for_it(
    judged: Graph, tmp_path: Path, image: str
) -> None:
    done = say(judged, "b", image, ACCEPT)
    assert (done.changed, done.scored, done.published) == (True, False, 0)
    assert ("b", image) not in evidence(judged)
    make(judged, tmp_path, {}, {"b": [image]})
    run_table(judged, tmp_path, TableScorer(default=1.0, fingerprint="table-2"))
    assert evidence(judged)["b", image] == 1.0


def test_every_source_follows_under_its_own_policy(judged: Graph, tmp_path: Path) -> None:
    ask(
        judged,
        "MERGE (s:EvidenceSource {name: 'other'}) SET s.policy = $policy, s.state = null",
        policy='{"min_score": 8.0, "top_k": null, "max_images": 100, "max_documents": 100}',
    )
    ask(
        judged,
        "MATCH (l:EvidenceLedger {document: 'a'}) CREATE (o:EvidenceLedger) "
        "SET o = l {.*, key: $key, source: 'other', model: 'other-1'}",
        key=ledger_key(DocumentId("a"), "other"),
    )
    assert say(judged, "a", "y", ACCEPT).published == 3
    rows = ask(
        judged,
        "MATCH (:Document {id: 'a'})-[r:HAS_EVIDENCE]->(i) "
        "RETURN r.source AS source, i.id AS image, r.model AS model ORDER BY source, image",
    )
    assert [tuple(row.values()) for row in rows] == [
        ("other", "x", "other-1"),
        ("other", "y", "other-1"),
        ("table", "x", "table-1"),
        ("table", "y", "table-1"),
    ]
    assert say(judged, "a", "x", REJECT).withdrawn == 2


def test_words_that_fall_while_a_run_writes(graph: Graph, tmp_path: Path) -> None:
    documents: dict[str | int, str] = {f"d{n}": f"text {n}" for n in range(12)}
    make(graph, tmp_path, documents, {d: ["x", f"own-{d}"] for d in documents})
    store(graph, open_source(graph, SOURCE, {}))
    with ThreadPoolExecutor(2) as pool:
        running = pool.submit(run_table, graph, tmp_path, TableScorer(), batch_pairs=1)
        said = [pool.submit(say, graph, str(d), "x", REJECT) for d in documents]
        for one in said:
            assert one.result().changed
        assert running.result().counters.scored == 24
    assert set(evidence(graph)) == {(d, f"own-{d}") for d in documents}
    ledgers = ask(graph, "MATCH (l:EvidenceLedger) RETURN size(l.images) AS images")
    assert [row["images"] for row in ledgers] == [2] * 12


def test_ids_of_both_kinds(graph: Graph, tmp_path: Path) -> None:
    make(graph, tmp_path, {7: "seven"}, {7: [1]})
    store(graph, open_source(graph, SOURCE, {}))
    run_table(graph, tmp_path, TableScorer())
    assert say(graph, "7", "1", REJECT).withdrawn == 1
    assert evidence(graph) == {}


def test_unknown_and_doubled_ones_are_refused(judged: Graph) -> None:
    ask(judged, "CREATE (:Document {id: 'a'}), (:Image {id: 'y'})")
    before = snapshot(judged)
    with pytest.raises(GraphError, match="There is no Document nowhere: check the id"):
        say(judged, "nowhere", "x", ACCEPT)
    with pytest.raises(GraphError, match="There is no Image nothing: check the id"):
        say(judged, "b", "nothing", ACCEPT)
    with pytest.raises(GraphError, match="2 Document nodes carry the id a"):
        say(judged, "a", "x", ACCEPT)
    with pytest.raises(GraphError, match="2 Image nodes carry the id y"):
        say(judged, "b", "y", ACCEPT)
    assert snapshot(judged) == before


def test_the_command_says_what_it_did(judged: Graph, command: Command) -> None:
    done = answer(
        command("review", "reject", "a", "x", "--reason", "logo", "--by", "lin", "--json")
    )
    assert (done["decision"], done["changed"], done["withdrawn"]) == ("reject", True, 1)
    assert words(judged)[0]["reasons"] == ["logo"]
    twice = command("review", "reject", "a", "x", "--reason", "logo", "--by", "lin")
    assert "was on record already" in twice.stdout
    back = command("review", "reject", "a", "x", "--undo", "--by", "lin")
    assert "Took back lin's reject" in back.stdout
    assert "Nobody has said anything" in command("review", "accept", "a", "x", "--undo").stdout
    waiting = command("review", "accept", "b", "z", "--by", "lin")
    assert "No score yet: it is published when it is judged." in waiting.stdout


def test_the_command_knows_who_speaks(
    judged: Graph, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOGNAME", "wang")
    command("review", "accept", "a", "x")
    assert words(judged)[0]["by"] == "wang"


def test_the_command_refuses_what_cannot_be(judged: Graph, command: Command) -> None:
    unknown = command("review", "accept", "nowhere", "x", "--by", "lin")
    assert isinstance(unknown.exception, GraphError)
    assert unknown.exception.exit_code == 1
    mixed = command("review", "accept", "a", "x", "--undo", "--reason", "logo")
    assert isinstance(mixed.exception, click.UsageError)
    assert words(judged) == []
