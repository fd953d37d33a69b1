"""What people are asked: the queue's order, its bound, and when an item leaves it."""

from pathlib import Path
from typing import Any

import pytest

from kg_enrich.errors import SettingsError
from kg_enrich.evidence import asking, flags
from kg_enrich.evidence.models import Decision
from kg_enrich.evidence.queue import Kind, read_queue
from kg_enrich.evidence.reviews import Saying, review
from kg_enrich.evidence.sources import open_source, store
from kg_enrich.graph.connection import Graph
from kg_enrich.models import DocumentId, ImageId
from tests.support.graphs import SOURCE, TableScorer, ask, make, run_table
from tests.support.neo4j_server import Neo4jServer
from tests.support.runner import answer, commands

TEXTS: dict[str | int, str] = {"a": "red lamp", "b": "pump", 7: "valve"}
CANDIDATES: dict[str | int, list[str | int]] = {"a": ["x", "y", "w"], "b": ["y", "z"], 7: [1]}
SCORES = {
    ("a", "x"): 9.0, ("a", "y"): 8.8, ("a", "w"): 8.6, ("b", "y"): 5.2, ("b", "z"): 4.1,
    ("7", "1"): 9.9,
}  # fmt: skip

# Two images a document are published: of document a the second one is hard to tell from the third,
# and the first, which is published whatever they are, is flagged.
IN_ORDER = [
    ("b", "y", "threshold"),
    ("b", "z", "threshold"),
    ("a", "y", "close"),
    (7, 1, "unreferenced"),
    ("a", "x", "unreferenced"),
]


def renew(graph: Graph, run: str = "a-run", most: int = asking.MOST) -> int:
    flags.update(graph, 0.8, run)
    return asking.renew(graph, SOURCE, run, graph.write, most)


def queued(graph: Graph, kind: Kind | None = None, limit: int = 100) -> list[Any]:
    found, after = [], None
    while True:
        page = read_queue(graph, SOURCE, kind, limit, after)
        found += [(one.document, one.image, one.kind.value) for one in page.items]
        after = page.after
        if after is None:
            return found


def say(graph: Graph, document: str, image: str, decision: Decision, by: str, *over: str) -> None:
    saying = Saying(decision, by, settles=over)
    review(graph, DocumentId(document), ImageId(image), saying)


def whole(graph: Graph) -> list[dict[str, Any]]:
    return ask(graph, "MATCH (q:EvidenceQueueItem) RETURN properties(q) AS item ORDER BY q.key")


@pytest.fixture
def judged(graph: Graph, tmp_path: Path) -> Graph:
    make(graph, tmp_path, TEXTS, CANDIDATES)
    store(graph, open_source(graph, SOURCE, {"top_k": 2}))
    run_table(graph, tmp_path, TableScorer(SCORES))
    return graph


def test_the_most_urgent_come_first_and_asking_again_changes_nothing(judged: Graph) -> None:
    assert renew(judged) == 5
    before = whole(judged)
    assert queued(judged) == queued(judged, limit=1) == queued(judged, limit=2) == IN_ORDER
    assert queued(judged, Kind.UNREFERENCED, 1) == IN_ORDER[3:]
    assert read_queue(judged, SOURCE, Kind.CLOSE, 9).items[0].other == "w"
    assert renew(judged, "another") == 5
    assert whole(judged) == before
    assert renew(judged, most=2) == 2
    assert queued(judged) == IN_ORDER[:2]
    with pytest.raises(SettingsError, match="no place in the queue"):
        read_queue(judged, SOURCE, None, 1, "nowhere")


def test_an_item_leaves_when_somebody_speaks_or_it_applies_no_longer(
    judged: Graph, tmp_path: Path
) -> None:
    renew(judged)
    say(judged, "b", "y", Decision.ACCEPT, "lin")
    assert queued(judged) == IN_ORDER[1:]
    say(judged, "b", "y", Decision.REJECT, "wu")
    assert queued(judged) == [("b", "y", "conflict"), *IN_ORDER[1:]]
    renew(judged)
    assert queued(judged) == [("b", "y", "conflict"), *IN_ORDER[1:]]
    say(judged, "b", "y", Decision.ACCEPT, "wu", "lin")
    say(judged, "7", "1", Decision.UNSURE, "wu")
    left = [IN_ORDER[1], IN_ORDER[2], IN_ORDER[4]]
    assert queued(judged) == left
    renew(judged)
    assert queued(judged) == left
    # What was said is about another text from now on.
    ask(judged, "MATCH (d:Document {id: 'b'}) SET d.text = 'another pump'")
    run_table(judged, tmp_path, TableScorer(SCORES))
    renew(judged)
    assert queued(judged) == [("b", "y", "stale"), *left]
    ask(judged, "MATCH (d:Document {id: 'a'}) DETACH DELETE d")
    assert queued(judged) == [("b", "y", "stale"), ("b", "z", "threshold")]
    renew(judged)
    assert len(whole(judged)) == 2


def test_copies_of_one_picture_are_not_close_to_each_other(judged: Graph) -> None:
    ask(judged, "MATCH (i:Image) WHERE i.id IN ['w', 'y'] SET i.imageHash = 'same'")
    renew(judged)
    assert queued(judged, Kind.CLOSE) == []


def test_a_run_without_news_writes_no_queue(judged: Graph, tmp_path: Path) -> None:
    assert asking.is_due(judged, SOURCE, "none")
    record = run_table(judged, tmp_path, TableScorer(SCORES | {("b", "z"): 4.5}, fingerprint="2"))
    assert record.counters.scored
    renew(judged, record.id)
    assert not asking.is_due(judged, SOURCE, "the next one")
    again = run_table(judged, tmp_path, TableScorer(SCORES, fingerprint="2"))
    assert not asking.is_due(judged, SOURCE, again.id)
    # One that ended without its closing steps.
    run_table(judged, tmp_path, TableScorer(SCORES, fingerprint="3"))
    assert asking.is_due(judged, SOURCE, "the next one")


def test_the_command_lists_and_publish_and_prune_keep_it_right(
    judged: Graph, migrated: Neo4jServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    command = commands(migrated, monkeypatch, tmp_path)
    flags.update(judged, 0.8, "a-run")
    command("publish", "--source", SOURCE, "--yes")
    listed = answer(command("queue", "--source", SOURCE, "--limit", "2", "--json"))
    assert [(one["document"], one["kind"]) for one in listed["items"]] == [("b", "threshold")] * 2
    rest = command("queue", "--source", SOURCE, "--after", listed["after"]).stdout
    assert "hard to tell from w" in rest
    command("publish", "--source", SOURCE, "--min-score", "9.5", "--yes")
    assert [one[0] for one in queued(judged, Kind.THRESHOLD)] == [7, "a", "a"]
    command("prune", "--source", SOURCE, "--yes")
    assert whole(judged) == []
