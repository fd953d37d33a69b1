"""The whole walk: draw, answers of two people, status, calibration, publishing, and back."""

import json
from math import exp
from pathlib import Path
from typing import Any

import pytest

import kg_enrich
from kg_enrich import Decision, KgEnrichError, Settings, SettingsError, load_settings
from kg_enrich.api import KnowledgeGraph
from kg_enrich.evidence.calibrations import require_calibrated_scorer
from kg_enrich.evidence.models import Word
from kg_enrich.evidence.said import keep
from kg_enrich.evidence.sources import read_policy
from kg_enrich.graph.connection import Graph
from kg_enrich.jobs.plan import Change
from kg_enrich.measure.answering import read_asked
from kg_enrich.measure.audits import AuditedPair, read_audit
from kg_enrich.measure.calibration import TooFewAnswersError
from tests.support.audited import Guesser, guesses, judge, truth
from tests.support.commands import call, environment
from tests.support.graphs import SOURCE, ask, begin_source, evidence, run_table, snapshot
from tests.support.neo4j_server import Neo4jServer

DOCUMENTS = [f"d{n:02}" for n in range(40)]
TABLE = guesses(DOCUMENTS)
TRUTH = truth(TABLE)
RUNS = ("EnrichmentRun", "EnrichmentJob", "EvidenceUndo", "RunNotice")


@pytest.fixture
def env(neo4j_server: Neo4jServer, tmp_path: Path) -> dict[str, str]:
    return environment(neo4j_server, tmp_path, KG_ENRICH_SOURCE=SOURCE)


@pytest.fixture
def settings(
    graph: Graph, env: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Settings:
    """Of a graph with 400 judged pairs."""
    judge(graph, tmp_path, TABLE)
    monkeypatch.chdir(tmp_path)
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    return load_settings()


def answer(kg: KnowledgeGraph, by: str, most: int = 1000, second: bool = False) -> int:
    """Answers by the truth what `audit_next` would ask; returns how many.

    The first by `audit_answer`, the others as it keeps them, all at once.
    """
    audit = read_audit(kg.graph, SOURCE)
    todo = [
        one.drawn
        for one in read_asked(kg.graph, audit, audit.pairs)
        if one.live and (bool(one.answers) and by not in one.answers if second else not one.answers)
    ][:most]
    question = kg.audit_next(by=by, second=second)
    assert question is not None and question.key == todo[0].key
    kg.audit_answer(question.key, decision(todo[0]), by=by)
    words = [
        Word(
            f"{by} {drawn.key}",
            drawn.pair.document,
            drawn.pair.image,
            decision(drawn),
            by,
            text_hash=drawn.text_hash,
            image_hash=drawn.image_hash,
            way="audit",
            blind=True,
        )
        for drawn in todo[1:]
    ]
    kg.graph.write(lambda transaction: keep(transaction, words))
    kg.publish()
    return len(todo)


def decision(drawn: AuditedPair) -> Decision:
    right = TRUTH[drawn.pair.document, drawn.pair.image]
    return Decision.ACCEPT if right else Decision.REJECT


def statements(kg: KnowledgeGraph) -> dict[str, int]:
    return {one.name: one.missing for one in kg.audit_status().statements}


def test_the_whole_walk(
    graph: Graph, settings: Settings, env: dict[str, str], tmp_path: Path
) -> None:
    with kg_enrich.open(settings) as kg:
        drawn = kg.audit_draw(260, by="lin")
        assert (drawn.pairs, sum(one.pairs for one in drawn.strata)) == (400, 400)
        assert 220 < drawn.drawn < 300
        assert all(one.drawn >= min(one.pairs, 5) for one in drawn.strata)
        with pytest.raises(SettingsError, match=f"has audit {drawn.audit} of"):
            kg.audit_draw(260)
        status = kg.audit_status()
        assert (status.answered, status.open) == (0, drawn.drawn)
        assert status.coverage.covered == status.coverage.judged == 400
        shown = call(env, tmp_path, "audit", "status").out
        assert "`kg-enrich audit next` asks" in shown and "scores from" not in shown
        assert (
            status.coverage.covered_published == status.coverage.published == len(evidence(graph))
        )
        with pytest.raises(TooFewAnswersError, match="needs 50 more answers"):
            kg.calibrate()
        with pytest.raises(TooFewAnswersError, match=r"0\.9 is not shown .* answers are missing"):
            kg.publish({"min_precision": 0.9})

        # What is said in view of the score is no answer; said again, blind, it is one.
        first = kg.audit_next(by="wu")
        assert first is not None
        assert (first.number, first.words) == (1, ("pump", "温度"))
        assert first.file is not None
        right = TRUTH[first.document, first.image]
        said = Decision.ACCEPT if right else Decision.REJECT
        kg.review(first.document, first.image, said, by="wu")
        assert kg.audit_next(by="wu") == first
        done = kg.audit_answer(first.key, said, by="wu")
        assert done.score == pytest.approx(10 * _chance(TABLE[first.document, first.image]))
        assert kg.audit_status().answered == 1

        assert answer(kg, "wu", 60) == 60
        assert answer(kg, "lin", 20, second=True) == 20
        # Lin goes on where Wu stopped.
        assert answer(kg, "lin") == drawn.drawn - 61
        assert kg.audit_next(by="wu") is None
        status = kg.audit_status()
        assert (status.answered, status.open) == (drawn.drawn, 0)
        (both,) = status.agreement
        assert (both.people, both.pairs, both.agreed) == (("lin", "wu"), 20, 20)
        assert (statements(kg)["calibration"], statements(kg)["agreement"]) == (0, 0)
        assert status.lowest is not None
        assert status.lowest.bound >= 0.9

        before, published = evidence(graph), snapshot(graph, *RUNS)
        proposal, again = kg.calibrate(), kg.calibrate()
        assert proposal == again
        fit = proposal.fit
        assert 1.0 < fit.slope < 2.5 and -3.5 < fit.intercept < -1.0
        assert fit.brier_after.value < fit.brier_before.value
        assert fit.ece_after < fit.ece_before
        printed = call(env, tmp_path, "calibrate", "--json")
        assert json.loads(printed.out)["version"] == proposal.version
        kept = ask(graph, "MATCH (c:EvidenceCalibration) RETURN c.version AS version")
        assert kept == [{"version": proposal.version}]
        assert evidence(graph) == before

        # Calibrated, fewer pairs have even odds.
        chosen = {"calibration": proposal.version}
        planned = kg.plan_publish(chosen)
        assert planned.counts[Change.WITHDRAW] > 0
        run = kg.publish(chosen)
        assert run.counters.withdrawn == planned.counts[Change.WITHDRAW]
        calibrated = evidence(graph)
        words = {(r["d"], r["i"]): r["said"] for r in ask(graph, WORDS)}
        for pair, score in calibrated.items():
            odds = fit.slope * TABLE[str(pair[0]), str(pair[1])] + fit.intercept
            assert score == pytest.approx(10 * _chance(odds))
            assert score >= 5 or words[pair] == "accept"
        edges = "MATCH ()-[r:HAS_EVIDENCE]->() RETURN DISTINCT r.calibration AS version"
        assert ask(graph, edges) == [{"version": proposal.version}]
        assert kg.publish(chosen).counters.published == 0
        scorer = Guesser(TABLE)
        run_table(graph, tmp_path, scorer)
        assert (scorer.asked, evidence(graph)) == ([], calibrated)

        # A rollback puts every edge back as it was, and so does none.
        kg.rollback(run.id)
        assert evidence(graph) == before
        assert snapshot(graph, *RUNS, "EvidenceCalibration") == published
        kg.publish(chosen)
        precise = kg.publish({"min_precision": 0.9})
        policy = read_policy(graph.read, SOURCE)
        assert policy.calibration == proposal.version
        assert policy.min_score > 5
        kept_pairs = [
            TRUTH[str(pair[0]), str(pair[1])]
            for pair in evidence(graph)
            if words.get(pair) != "accept"
        ]
        assert sum(kept_pairs) / len(kept_pairs) > 0.85
        kg.rollback(precise.id)
        assert evidence(graph) == calibrated
        done_ = call(env, tmp_path, "publish", "--calibration", "none", "--yes", "--json")
        assert done_.code == 0, done_.err
        assert evidence(graph) == before
        assert ask(graph, edges) == [{"version": None}]
        with pytest.raises(SettingsError, match=f"no calibration 'v0'.*{proposal.version}"):
            kg.publish({"calibration": "v0"})


def test_what_was_judged_again_lies_outside(
    graph: Graph, settings: Settings, env: dict[str, str], tmp_path: Path
) -> None:
    with kg_enrich.open(settings) as kg:
        kg.audit_draw(80)
        assert answer(kg, "wu") > 60
        assert kg.audit_extend(30).drawn == 0
        proposal = kg.calibrate()
        # Text of ten documents changes, so that their pairs are judged again by the next run.
        some = set(DOCUMENTS[:10])
        ask(
            graph,
            "MATCH (d:Document) WHERE d.id IN $ids SET d.text = d.text + ' changed'",
            ids=sorted(some),
        )
        stale = kg.audit_status()
        assert stale.changed > 0
        assert stale.coverage.covered == 400
        scorer = Guesser(TABLE)
        run_table(graph, tmp_path, scorer)
        assert len(scorer.asked) == 100
        outside = kg.audit_status()
        assert (outside.coverage.covered, outside.changed) == (300, stale.changed)
        extended = kg.audit_extend(30)
        assert extended.pairs == 100
        assert 15 < extended.drawn < 60
        assert kg.audit_extend(30).drawn == 0
        rows = ask(
            graph,
            "MATCH (p:AuditedPair {draw: 1}) RETURN collect(DISTINCT p.document) AS documents, "
            "max(p.probability) AS most",
        )
        assert set(rows[0]["documents"]) <= some
        status = kg.audit_status()
        assert (status.open, status.coverage.covered) == (extended.drawn, 400)

        # Keys: accept, reject, back to it, unsure, skip, and stop; another person goes on.
        done = call(env, tmp_path, "audit", "next", "--by", "lin", typed="arbusq")
        assert done.code == 0, done.err
        assert "Stopped; 3 answered" in done.out
        assert done.out.count("the score is") == 3
        said = ask(
            graph,
            "MATCH (w:EvidenceReview {by: 'lin'}) RETURN w.decision AS said, w.way AS way, "
            "w.blind AS blind ORDER BY w.at",
        )
        assert [row["said"] for row in said] == ["accept", "reject", "unsure"]
        assert {(row["way"], row["blind"]) for row in said} == {("audit", True)}
        assert kg.audit_status().open == extended.drawn - 2
        assert answer(kg, "wu") == extended.drawn - 2
        assert kg.audit_status().open == 0

        # Another scorer's calibration is refused by name, by publish and by a run.
        kg.publish({"calibration": proposal.version})
        run_table(graph, tmp_path, Guesser(TABLE, fingerprint="table-2"))
        with pytest.raises(SettingsError, match=f"Calibration {proposal.version} .* table-1"):
            kg.publish({"calibration": proposal.version})
        with pytest.raises(SettingsError, match="`kg-enrich publish --calibration none`"):
            policy = read_policy(graph.read, SOURCE)
            require_calibrated_scorer(graph, SOURCE, policy, ("table-2", "older"))
        require_calibrated_scorer(graph, SOURCE, policy, ("table-2", "table-1"))
        with pytest.raises(KgEnrichError, match="is of another scorer"):
            kg.calibrate()
        assert kg.audit_status().coverage.covered == 0
        fresh = kg.audit_draw(80, again=True)
        # Answers are about contents and not about scores: those of the same pairs count on.
        assert kg.audit_status().answered > 0
        printed = call(env, tmp_path, "audit", "status", "--json")
        assert json.loads(printed.out)["audit"] == fresh.audit

        # A source that was pruned and begins anew: what people answered counts on.
        counted = kg.audit_status()
        assert counted.answered > 0
        kg.prune(SOURCE)
        assert ask(graph, "MATCH (s:EvidenceSource) RETURN s") == []
        begin_source(graph)
        run_table(graph, tmp_path, Guesser(TABLE, fingerprint="table-2"))
        anew = kg.audit_status()
        assert (anew.audit, anew.answered, anew.changed) == (fresh.audit, counted.answered, 0)
        assert anew.coverage.covered == 400


WORDS = "MATCH (w:EvidenceReview) RETURN w.document AS d, w.image AS i, w.decision AS said"


def _chance(odds: Any) -> float:
    return 1 / (1 + exp(-float(odds)))
