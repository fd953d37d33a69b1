"""Runs whose scorer, files or server misbehave: they end, and what is on record is right."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from math import nan
from pathlib import Path

from kg_enrich.enrich.writer import Batch, write_batch
from kg_enrich.errors import TransactionTooLargeError
from kg_enrich.evidence.edges import Authority
from kg_enrich.evidence.models import LedgerEntry
from kg_enrich.evidence.settle import Settled
from kg_enrich.graph.connection import Graph, Transaction
from kg_enrich.jobs.control import Control
from kg_enrich.jobs.fenced import FencedWriter
from kg_enrich.jobs.runs import Job, start
from kg_enrich.models import Counters, DocumentId, ImageId, Judgement, Outcome, Pair, Scope
from tests.support.graphs import SOURCE, TableScorer, begin_source, evidence, make, run_table

TEXTS: dict[str | int, str] = {"a": "red lamp", "b": "pump", "c": "网络"}
CANDIDATES: dict[str | int, list[str | int]] = {"a": ["x", "y"], "b": ["y", "z"], "c": ["z"]}
SCORES = {("a", "x"): 9.0, ("a", "y"): 2.0, ("b", "y"): 5.0, ("b", "z"): 4.9, ("c", "z"): None}


def test_pairs_that_fail_do_not_use_the_limit_up(graph: Graph, tmp_path: Path) -> None:
    make(graph, tmp_path, TEXTS, CANDIDATES)
    failing = {("a", "x"): Outcome.FAILED, ("a", "y"): Outcome.FAILED}
    for expected in ({"a", "b"}, {"a", "c"}, {"a"}):
        scorer = TableScorer({**SCORES, **failing})
        record = run_table(graph, tmp_path, scorer, scope=Scope(limit=1))
        assert {document for document, _ in scorer.asked} == expected
        assert record.counters.failed == 2


def test_a_scorer_that_fails_everything_ends_with_a_limit(graph: Graph, tmp_path: Path) -> None:
    make(graph, tmp_path, TEXTS, CANDIDATES)
    nothing = dict.fromkeys(SCORES, Outcome.FAILED)
    record = run_table(graph, tmp_path, TableScorer(nothing), scope=Scope(limit=2), batch_pairs=1)
    assert (record.counters.failed, record.counters.scored) == (5, 0)


def test_rescoring_ends_although_an_entry_cannot_be_read(graph: Graph, tmp_path: Path) -> None:
    make(graph, tmp_path, TEXTS, CANDIDATES)
    run_table(graph, tmp_path, TableScorer(SCORES))
    (tmp_path / "x.png").unlink()
    scope, asked = Scope(rescore=True), []
    for _ in range(3):
        scorer = TableScorer(SCORES)
        run_table(graph, tmp_path, scorer, scope=scope, job=Job("backfill", SOURCE, scope))
        asked.append(sorted(scorer.asked))
    assert asked == [[("a", "y"), ("b", "y"), ("b", "z"), ("c", "z")], [], []]
    assert evidence(graph)["a", "x"] == 9.0


class Confused(TableScorer):
    """Leaves pairs out, answers about others, twice, and what is no score."""

    def score(self, pairs: Sequence[Pair]) -> list[Judgement]:
        good = {(one.document, one.image): one for one in super().score(pairs)}
        stranger = Judgement(DocumentId("q"), ImageId("q"), Outcome.SCORED, 9.0, 4.0)
        return [
            stranger,
            replace(good[DocumentId("a"), ImageId("x")], score=57.0),
            replace(good[DocumentId("b"), ImageId("y")], log_odds=nan),
            replace(good[DocumentId("b"), ImageId("z")], score=nan),
            good[DocumentId("c"), ImageId("z")],
            replace(good[DocumentId("c"), ImageId("z")], outcome=Outcome.SCORED, score=10.0),
        ]


def test_answers_that_cannot_be_are_failed_pairs(graph: Graph, tmp_path: Path) -> None:
    make(graph, tmp_path, TEXTS, CANDIDATES)
    record = run_table(graph, tmp_path, Confused(SCORES))
    assert (record.counters.failed, record.counters.abstained, record.counters.scored) == (4, 1, 0)
    assert evidence(graph) == {}
    run_table(graph, tmp_path, TableScorer(SCORES))
    assert evidence(graph)["a", "x"] == 9.0


def test_a_batch_that_is_too_large_is_written_in_parts(graph: Graph, tmp_path: Path) -> None:
    make(graph, tmp_path, TEXTS, CANDIDATES)
    begin_source(graph)
    control = Control(60.0)
    lease = start(graph, Job("run", SOURCE), {}, control)
    sizes = []

    class Small(FencedWriter):
        """Of a server that takes one document a transaction."""

        def write(
            self, work: Callable[[Transaction], Settled], counters: Counters | None = None
        ) -> Counters:
            def limited(transaction: Transaction) -> Settled:
                settled = work(transaction)
                sizes.append(settled.published)
                if settled.published > 1:
                    raise TransactionTooLargeError("too large")
                return settled

            return super().write(limited, counters)

    entries = {
        DocumentId(d): (LedgerEntry(ImageId(i), 9.0, 4.0, 1),) for d, i in ("ax", "by", "cz")
    }
    batch = Batch(entries, Counters(scored=3))
    total = write_batch(
        Small(graph, lease, control), Authority(SOURCE, "t", lease.run), batch, set()
    )
    assert (total.scored, total.published, max(sizes)) == (3, 3, 3)
    assert evidence(graph) == {("a", "x"): 9.0, ("b", "y"): 9.0, ("c", "z"): 9.0}
