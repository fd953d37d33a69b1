"""Real answers of every command with --json keep to their published schemas."""

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from PIL import Image, ImageDraw, ImageFont

import kg_enrich
from kg_enrich.answers.schemas import ANSWERS
from kg_enrich.graph.connection import Graph
from tests.support.answers import valid, validator
from tests.support.graphs import ask
from tests.support.neo4j_server import Neo4jServer
from tests.support.runner import commands

# These need a model, a server or many answers: their tests say `valid` of the real answer.
ELSEWHERE = {"parity", "calibrate", "watch", "neo4j start", "neo4j stop", "neo4j status"}


@pytest.mark.timeout(900)
def test_real_answers_keep_to_their_schemas(
    graph: Graph, neo4j_server: Neo4jServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """All commands in turn, until every shape has been seen, with something in every list."""
    monkeypatch.setenv("KG_ENRICH_IMAGE_ROOTS", str(tmp_path))
    monkeypatch.setenv("KG_ENRICH_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("KG_ENRICH_FLAG_MIN_CONFIDENCE", "0.5")
    run = commands(neo4j_server, monkeypatch, tmp_path)
    export(tmp_path)
    seen: dict[str, list[dict[str, Any]]] = {}

    def say(line: str) -> dict[str, Any]:
        arguments = line.split()
        result = run(*arguments, "--json")
        assert result.exception is None, result.output
        answer: dict[str, Any] = valid(arguments, result.stdout)
        name = " ".join(arguments[:2]) if arguments[0] in ("token", "audit") else arguments[0]
        seen.setdefault(name, []).append(answer)
        return answer

    def lists(line: str, *names: str) -> dict[str, Any]:
        answer = say(line)
        assert all(answer[name] for name in names), answer
        return answer

    lists("migrate --status", "migrations", "schema")
    assert say("load .")["documents"] == 2
    assert say("read-images")["read"] == 2
    assert say("estimate")["pairs"] > 0
    assert say("run --dry-run")["pairs"] > 0
    judged = say("run")
    lists("queue", "items")
    rule = "review --accept --min-confidence 0.1"
    lists(f"{rule} --dry-run", "examples")
    assert say(f"{rule} --token morning --yes")["pairs"] == 1
    assert say("review --undo-batch morning")["decision"] is None
    assert say("run --load .")["loaded"]["kind"] == "JSONL"
    assert say("backfill --id pump")["skipped"] > 0
    say("backfill --dry-run")
    lists("candidates pump", "candidates")
    ranked = lists("score discharge flange.png gone.png", "results", "skipped")["results"][0]
    assert ranked["raw_output"].startswith(f"Score: {ranked['score']:.1f} — ")
    lists("show", "pairs")
    monkeypatch.setenv("KG_ENRICH_SOURCE", "other")
    say("backfill --id pump")
    monkeypatch.delenv("KG_ENRICH_SOURCE")
    lists("evaluate --judge --random 1", "sources")
    lists("evaluate --compare ocr other", "pairs")
    # The ledger of `ocr` answers, so that no picture is read again.
    assert lists("evaluate --prefilter", "cuts")["judged"] == 0
    lists("show --without-evidence", "images")
    flagged = lists("unreferenced", "images")["images"][0]
    assert flagged["documents"]
    say(f"unreferenced --dismiss {flagged['id']} --reason stock")
    assert say("review reject pump flange --reason logo --by lin")["former"] is None
    assert say("review accept pump flange --by lin")["former"]["at"]
    assert lists("show pump", "pairs")["pairs"][0]["reviews"][0]["decision"] == "accept"
    say("publish --dry-run")
    say("publish")
    lists("audit draw", "strata")
    say("audit extend")
    # Before the first answer nothing is known at any threshold.
    with kg_enrich.open() as kg:
        question = kg.audit_next(by="lin")
        assert question is not None
        kg.audit_answer(question.key, kg_enrich.Decision.ACCEPT, by="lin")
    lists("audit status", "thresholds", "statements")
    planned = say("prune --source ocr --accepted --dry-run")
    assert planned["ledgers"] > 0
    assert planned["withdraw"]["examples"][0]["to"] is None
    planned = say(f"rollback {judged['run']} --dry-run")
    assert planned["touched"] > 0
    say(f"rollback {judged['run']} --force")
    say("prune")
    say("refresh-corpus")
    ask(graph, "CREATE (:Document {id: 'blank', title: '', text: ''})")
    ask(graph, "CREATE (:Image {id: 'gone', path: 'gone.png'})")
    blank = say("run")
    lists("unreadable", "images")
    lists(f"runs {blank['run']}", "named", "settings")
    assert all(one["finished"] for one in lists("runs", "runs")["runs"])
    made = say("token create --role viewer --name lin")
    assert lists("token list", "tokens")["tokens"][0]["revoked"] is None
    assert say(f"token revoke {made['id']}")["revoked"]
    lists("settings", "settings")
    lists("doctor", "checks")

    assert ANSWERS.keys() - seen.keys() == ELSEWHERE
    for command, answers in seen.items():
        for shape in ANSWERS[command]:
            alone = {**validator(command).schema, "$ref": f"#/$defs/{shape.__name__}"}
            alone.pop("anyOf", None)
            assert any(map(Draft202012Validator(alone).is_valid, answers)), (command, shape)


def export(folder: Path) -> None:
    """Two documents, a picture that is evidence for one, and one that shows nothing."""
    for name, text in {"flange": "P-204 discharge flange\nbolts 85 Nm", "empty": ""}.items():
        image = Image.new("RGB", (480, 160), "white")
        ImageDraw.Draw(image).multiline_text((20, 20), text, "black", ImageFont.load_default(36))
        image.save(folder / f"{name}.png")
    for file, rows in {
        "documents": [
            {"id": "pump", "title": "", "text": "Pump P-204 discharge flange: bolts to 85 Nm."},
            {"id": "beds", "title": "", "text": "Tulips and daffodils are planted in October."},
        ],
        "images": [{"id": name, "path": f"{name}.png"} for name in ("flange", "empty")],
        "references": [{"document_id": "beds", "image_id": "empty"}],
    }.items():
        lines = "".join(json.dumps(row) + "\n" for row in rows)
        (folder / f"{file}.jsonl").write_text(lines)
