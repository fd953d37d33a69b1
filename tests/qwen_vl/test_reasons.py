"""The closing step that says why, on a small random checkpoint on the CPU."""

import json
from pathlib import Path
from typing import Any

import pytest

from kg_enrich.errors import ScorerError
from kg_enrich.graph.connection import Graph
from kg_enrich.scorers import qwen_vl
from kg_enrich.scorers.qwen_vl import selftest
from kg_enrich.scorers.qwen_vl.marking import Writer
from tests.support.commands import call, environment
from tests.support.graphs import ask, make
from tests.support.neo4j_server import Neo4jServer

from .test_command_line import options


def judged(graph: Graph) -> list[dict[str, Any]]:
    """What is on record of scores, and when it was judged."""
    return ask(
        graph,
        "MATCH (l:EvidenceLedger) RETURN l.document AS document, l.images AS images,"
        " l.scores AS scores, l.logOdds AS odds, l.fingerprints AS fingerprints,"
        " l.model AS model, l.judgedAt AS at ORDER BY document",
    )


def reasons(graph: Graph) -> dict[tuple[str, str], tuple[str, str]]:
    """Of each edge its reason, and when it was written."""
    rows = ask(
        graph,
        "MATCH (d:Document)-[r:HAS_EVIDENCE]->(i:Image) RETURN d.id AS d, i.id AS i,"
        " r.reason AS reason, toString(r.updatedAt) AS at",
    )
    return {(row["d"], row["i"]): (row["reason"], row["at"]) for row in rows}


def test_reasons_come_after_the_scores_and_move_none(
    graph: Graph,
    neo4j_server: Neo4jServer,
    qwen25: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Words are put into the random model's mouth; the tokens under them are its own."""
    make(graph, tmp_path, {"a": "red lamp", "b": "水泵"}, {"a": ["x", "y"], "b": ["y"]})
    env = environment(neo4j_server, tmp_path, **options(qwen25))
    assert call(env, tmp_path, "run").code == 0
    before = judged(graph)
    assert {reason for reason, _ in reasons(graph).values()} == {""}

    def words(writer: Writer, tokens: list[int]) -> str:
        assert 0 < len(tokens) <= 48
        # Somebody edits a document while the model writes.
        ask(graph, "MATCH (d:Document {id: 'b'}) WHERE d.text = '水泵' SET d.text = 'water'")
        return "It shows\nthe lamp.<|im_end|> And more."

    monkeypatch.setattr(Writer, "_text", words)
    asked = env | {"KG_ENRICH_REASONS": "published"}
    first = call(asked, tmp_path, "run", "--json")
    assert "2 reasons were written for 3 published pairs" in first.err
    report = json.loads(first.out)
    assert (report["scored"], report["published"]) == (0, 0)
    assert judged(graph) == before
    assert {pair: reason for pair, (reason, _) in reasons(graph).items()} == {
        ("a", "x"): "It shows the lamp.",
        ("a", "y"): "It shows the lamp.",
        ("b", "y"): "",
    }
    # What was edited is judged anew, and then it is asked about.
    second = call(asked, tmp_path, "run", "--json")
    assert "1 reasons were written for 1 published pairs" in second.err
    assert json.loads(second.out)["scored"] == 1
    written, before = reasons(graph), judged(graph)
    assert {reason for reason, _ in written.values()} == {"It shows the lamp."}
    # Nothing lacks one any more; without the setting they stay, too.
    for environment_ in (asked, env):
        done = call(environment_, tmp_path, "run")
        assert done.code == 0
        assert ("0 reasons were written for 0" in done.err) == (environment_ is asked)
        assert (reasons(graph), judged(graph)) == (written, before)
    # A rollback takes what its run changed back, reasons among it.
    rolled = call(env, tmp_path, "rollback", json.loads(second.out)["run"])
    assert rolled.code == 0, rolled.err
    assert {pair for pair, (reason, _) in reasons(graph).items() if not reason} == {("b", "y")}


def test_a_model_that_only_says_yes_gives_no_reasons(
    qwen25: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Writer, "_text", lambda *_: "yes")
    chosen = qwen_vl.QwenVlOptions(str(qwen25), device="cpu", dtype="float32", workers=0)
    with pytest.raises(ScorerError, match=r"gives no reasons.*KG_ENRICH_REASON_MODEL"):
        qwen_vl.explainer(chosen)


def test_a_failed_start_test_is_remembered_until_the_model_or_the_question_changes(
    graph: Graph,
    neo4j_server: Neo4jServer,
    qwen25: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What the random model says of a red lamp is no reason, and is its own."""
    make(graph, tmp_path, {"a": "red lamp"}, {"a": ["x"]})
    tried: list[int] = []
    own = Writer._text

    def text(writer: Writer, tokens: list[int]) -> str:
        tried.append(len(tokens))
        return own(writer, tokens)

    monkeypatch.setattr(Writer, "_text", text)
    # It tells no drawings apart, either, and is to be asked for reasons all the same.
    monkeypatch.setattr(selftest, "check", lambda *_: None)
    env = environment(
        neo4j_server,
        tmp_path,
        **options(qwen25) | {"KG_ENRICH_SELF_TEST": "true", "KG_ENRICH_REASONS": "published"},
    )

    def says(**more: str) -> str:
        tried.clear()
        done = call(env | more, tmp_path, "run")
        assert done.code == 0, done.err
        (line,) = (line for line in done.err.splitlines() if "No reasons:" in line)
        assert "KG_ENRICH_REASON_MODEL" in line
        return line

    assert "remembered" not in says() and tried
    assert "remembered" in says() and not tried
    # The graph remembers it, for every host and every fresh container.
    assert "remembered" in says(KG_ENRICH_CACHE_DIR=str(tmp_path / "cache")) and not tried
    monkeypatch.setattr(qwen_vl, "FORM", 99)
    assert "remembered" not in says() and tried
    assert "remembered" not in says(KG_ENRICH_MAX_VISUAL_TOKENS="400") and tried
    assert reasons(graph) == {("a", "x"): ("", reasons(graph)["a", "x"][1])}
