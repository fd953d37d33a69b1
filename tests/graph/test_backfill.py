"""Backfills: a scope, a job of its own, all over again, and how much it would be."""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from kg_enrich.documents.scopes import parse_condition, since
from kg_enrich.enrich.estimate import estimate
from kg_enrich.graph.connection import Graph
from kg_enrich.jobs.runs import Job
from kg_enrich.models import DocumentId, Image, Judgement, Notice, Pair, Scope
from kg_enrich.names import Names
from tests.support.commands import call, environment
from tests.support.graphs import (
    SOURCE,
    PatientScorer,
    TableScorer,
    ask,
    evidence,
    make,
    run_table,
    table_parts,
)
from tests.support.neo4j_server import Neo4jServer

TEXTS: dict[str | int, str] = {"a": "red lamp", "b": "pump", "c": "网络", 7: "seven"}
CANDIDATES: dict[str | int, list[str | int]] = {key: ["x"] for key in TEXTS}


@pytest.fixture
def made(graph: Graph, tmp_path: Path) -> Graph:
    """Four documents with one candidate each, of different kinds, lines and times."""
    make(graph, tmp_path, TEXTS, CANDIDATES)
    ask(graph, "MATCH (d:Document) WHERE d.id IN ['a', 'b'] SET d:FaultReport, d.line = 3")
    ask(graph, "MATCH (d:Document {id: 'c'}) SET d.line = '3', d.severity = 2.5, d.done = true")
    ask(graph, "MATCH (d:Document {id: 'a'}) SET d.updatedAt = datetime('2026-03-01T00:00:00Z')")
    ask(graph, "MATCH (d:Document {id: 'b'}) SET d.updatedAt = localdatetime('2026-05-01T00:00')")
    ask(graph, "MATCH (d:Document {id: 'c'}) SET d.updatedAt = '2026-07-01T00:00:00'")
    return graph


@pytest.mark.parametrize(
    ("scope", "covered"),
    [
        (Scope(), {"a", "b", "c", "7"}),
        (Scope(documents=(DocumentId("a"), DocumentId("7"), DocumentId("none"))), {"a", "7"}),
        (Scope(labels=("FaultReport",)), {"a", "b"}),
        (Scope(conditions=(parse_condition("line=3", ["line"]),)), {"a", "b", "c"}),
        (Scope(conditions=(parse_condition("severity>2", ["severity"]),)), {"c"}),
        (Scope(conditions=(parse_condition("severity<2", ["severity"]),)), set()),
        (Scope(conditions=(parse_condition("severity>=2.5", ["severity"]),)), {"c"}),
        (Scope(conditions=(parse_condition("line<>3", ["line"]),)), set()),
        (Scope(conditions=(parse_condition("line!=4", ["line"]),)), {"a", "b", "c"}),
        (Scope(conditions=(parse_condition("done=true", ["done"]),)), {"c"}),
        (
            Scope(conditions=(parse_condition("updatedAt<2026-03-02", ["updatedAt"]),)),
            {"a"},
        ),
        (Scope(conditions=(since("2026-02-01", "updatedAt"),)), {"a", "b", "c"}),
        (Scope(conditions=(since("2026-04-01T08:00+08:00", "updatedAt"),)), {"b", "c"}),
        (
            Scope(labels=("FaultReport",), conditions=(since("2026-04-01", "updatedAt"),)),
            {"b"},
        ),
    ],
)
def test_a_scope_covers_what_it_says(
    made: Graph, tmp_path: Path, scope: Scope, covered: set[str]
) -> None:
    scorer = TableScorer()
    run_table(made, tmp_path, scorer, scope=scope, job=Job("backfill", SOURCE, scope))
    assert {document for document, _ in scorer.asked} == covered
    again = TableScorer()
    run_table(made, tmp_path, again, scope=scope, job=Job("backfill", SOURCE, scope))
    assert again.asked == []


def test_what_lies_outside_the_scope_is_not_touched(made: Graph, tmp_path: Path) -> None:
    run_table(made, tmp_path, TableScorer())
    ask(made, "MATCH (d:Document) SET d.text = 'all new'")
    scope = Scope(documents=(DocumentId("a"),))
    run_table(made, tmp_path, TableScorer(default=1.0), scope=scope)
    assert set(evidence(made)) == {("b", "x"), ("c", "x"), (7, "x")}


def test_the_same_question_is_the_same_job() -> None:
    scope = Scope(labels=("A",), conditions=(since("2026-01-01", "updatedAt"),))
    job = Job("backfill", SOURCE, scope)
    assert Job("backfill", SOURCE, replace(scope, limit=5)).id == job.id
    others = [
        Job("run", SOURCE, scope),
        Job("backfill", "another", scope),
        Job("backfill", SOURCE),
        Job("backfill", SOURCE, replace(scope, rescore=True)),
        Job("backfill", SOURCE, replace(scope, labels=("B",))),
    ]
    assert len({job.id, *(other.id for other in others)}) == 6


def test_judging_again_resumes_and_is_done_once(made: Graph, tmp_path: Path) -> None:
    run_table(made, tmp_path, TableScorer(default=6.0))
    scope = Scope(rescore=True)
    job = Job("backfill", SOURCE, scope)
    first = PatientScorer(default=8.0)
    limited = replace(scope, limit=1)
    run_table(made, tmp_path, first, scope=limited, job=job, control=first.control, batch_pairs=1)
    rest = TableScorer(default=8.0)
    run_table(made, tmp_path, rest, scope=scope, job=job)
    assert len(first.asked) == 1
    assert sorted(first.asked + rest.asked) == [(str(key), "x") for key in (7, "a", "b", "c")]
    assert set(evidence(made).values()) == {8.0}
    again = TableScorer(default=9.0)
    run_table(made, tmp_path, again, scope=scope, job=job)
    assert again.asked == []


def test_an_estimate_counts_what_is_pending_and_writes_nothing(made: Graph, tmp_path: Path) -> None:
    scorer = TableScorer()
    found = estimate(table_parts(made, tmp_path, scorer))
    assert (found.documents, found.pairs, found.images, found.measured) == (4, 4, 1, "a probe")
    assert 0 < found.seconds[0] <= found.seconds[1]
    assert ask(made, "MATCH (n:EvidenceLedger|EnrichmentRun|EvidenceSource) RETURN n") == []
    run_table(made, tmp_path, scorer)
    done = estimate(table_parts(made, tmp_path, scorer))
    assert (done.pairs, done.seconds, done.measured) == (0, (0.0, 0.0), "nothing")


class SlowReader(TableScorer):
    """Takes a twentieth of a second to read an image, once, and next to none to judge it.

    now: its own clock, which nothing else moves.
    """

    seen: frozenset[str] = frozenset()
    now = 0.0

    def perf_counter(self) -> float:
        return self.now

    def remembers(self, image: Image) -> bool:
        return image.id in self.seen

    def read(self, image: Image, stopped: Callable[[], bool]) -> None:
        assert not stopped()

    def score(self, pairs: Sequence[Pair]) -> list[Judgement]:
        self.now += 0.05 * len({pair.image.id for pair in pairs} - self.seen)
        self.seen |= {pair.image.id for pair in pairs}
        return super().score(pairs)


def test_an_estimate_counts_reading_by_the_image_and_judging_by_the_pair(
    graph: Graph, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [f"i{number}" for number in range(30)]
    make(graph, tmp_path, {f"d{n}": "text" for n in range(40)}, {f"d{n}": names for n in range(40)})
    scorer = SlowReader()
    monkeypatch.setattr("kg_enrich.enrich.estimate.time", scorer)
    cold = estimate(table_parts(graph, tmp_path, scorer))
    assert (cold.pairs, cold.images, cold.unread) == (1200, 30, 30)
    # By the pair it would be a minute.
    assert cold.seconds == pytest.approx((30 * 0.05, 30 * 0.05), rel=0.01)
    warm = estimate(table_parts(graph, tmp_path, scorer))
    assert 0 < warm.unread < 30


def test_an_estimate_goes_by_the_runs_of_the_same_scorer(made: Graph, tmp_path: Path) -> None:
    ask(
        made,
        "UNWIND [10, 40] AS seconds CREATE (:EnrichmentRun {fingerprint: 'table-1', "
        "startedAt: $start, finishedAt: $start + duration({seconds: seconds}), scored: 80, "
        "abstained: 0})",
        start=datetime.now(UTC) - timedelta(days=1),
    )
    scorer = TableScorer()
    found = estimate(table_parts(made, tmp_path, scorer))
    assert (found.seconds, found.measured) == ((0.5, 2.0), "earlier runs")
    assert scorer.asked == []


def test_what_a_condition_cannot_compare_is_named_once(made: Graph, tmp_path: Path) -> None:
    ask(made, "MATCH (d:Document) WHERE d.id IN ['a', 'b'] SET d.severity = 'high'")
    scope = Scope(conditions=(parse_condition("severity>2", ["severity"]),))
    scorer = TableScorer()
    record = run_table(made, tmp_path, scorer, scope=scope)
    assert scorer.asked == [("c", "x")]
    assert record.notices == {Notice.INCOMPARABLE_VALUE: 1}
    (notice,) = ask(made, "MATCH (n:RunNotice) RETURN n.subject AS subject, n.detail AS detail")
    assert notice["subject"] == "severity"
    assert "is str in some documents" in notice["detail"]


def test_the_command_with_ids_from_a_file(
    made: Graph, neo4j_server: Neo4jServer, tmp_path: Path
) -> None:
    (tmp_path / "ids.txt").write_text("a\n\n7\n", encoding="utf-8")
    env = environment(
        neo4j_server,
        tmp_path,
        KG_ENRICH_CANDIDATES="explicit",
        KG_ENRICH_CACHE_DIR=str(tmp_path / "cache"),
    )
    pending = call(env, tmp_path, "estimate", "--ids-file", "ids.txt", "--json")
    assert json.loads(pending.out)["pairs"] == 2
    done = json.loads(call(env, tmp_path, "backfill", "--ids-file", "ids.txt", "--json").out)
    # Plain pictures hold no text.
    assert (done["pairs"], done["abstained"]) == (2, 2)
    (tmp_path / "ids.txt").write_bytes("a\n网络\n".encode("gbk"))
    broken = call(env, tmp_path, "backfill", "--ids-file", "ids.txt")
    assert (broken.code, broken.err) == (
        2, "Error: --ids-file ids.txt is not UTF-8 (see byte 2); save it as UTF-8.\n"
    )  # fmt: skip
    refused = call(env, tmp_path, "backfill", "--where", "line=3")
    assert refused.code == 2
    assert "KG_ENRICH_FILTER_PROPERTIES" in refused.err


def test_a_named_image_version_decides_and_not_the_file(graph: Graph, tmp_path: Path) -> None:
    make(graph, tmp_path, {"a": "text"}, {"a": ["x"]})
    ask(graph, "MATCH (i:Image) SET i.sha256 = 'one'")
    graph.names = Names(image_version="sha256")
    run_table(graph, tmp_path, TableScorer())
    (tmp_path / "x.png").touch()
    same = TableScorer()
    run_table(graph, tmp_path, same)
    assert same.asked == []
    ask(graph, "MATCH (i:Image) SET i.sha256 = 'two'")
    run_table(graph, tmp_path, same)
    assert same.asked == [("a", "x")]
