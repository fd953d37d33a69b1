"""The main way through, by the commands that a person types."""

import json
from pathlib import Path

from kg_enrich.graph.connection import Graph
from kg_enrich.images.catalogue import Catalogue
from kg_enrich.images.finding import look_up
from kg_enrich.images.hashes import ImageHashes
from kg_enrich.images.named import Named
from tests.support.commands import call, environment
from tests.support.export import TEXTS
from tests.support.graphs import ask, evidence, snapshot
from tests.support.neo4j_server import Neo4jServer


def settings(server: Neo4jServer, export: Path, readings: Path, **more: str) -> dict[str, str]:
    return environment(server, export, KG_ENRICH_CACHE_DIR=str(readings), **more)


def test_from_jsonl_to_evidence_and_again(
    graph: Graph, neo4j_server: Neo4jServer, export: Path, readings: Path
) -> None:
    env = settings(neo4j_server, export, readings)
    assert call(env, export, "load", ".").code == 0
    read = call(env, export, "read-images", "--json")
    assert json.loads(read.out) == {
        "format": 1,
        "read": 3,
        "without_text": 1,
        "unchanged": 0,
        "known_unreadable": 0,
        "unreadable": 0,
    }
    planned = call(env, export, "run", "--dry-run")
    # Nobody takes "nothing changes" for an answer before anything is judged.
    assert "pairs to be judged" in planned.out
    assert "would change" not in planned.out
    assert "is known once they are judged" in planned.err
    first = call(env, export, "run", "--json")
    assert first.code == 0, first.err
    said = json.loads(first.out)
    assert list(said) == ["format", "run", "job", "status", "scorer", "pairs", "scored", "skipped",
                          "abstained", "published", "withdrawn", "failed", "seconds",
                          "stages", "scores"]  # fmt: skip
    assert (said["status"], said["scorer"], said["published"]) == ("succeeded", "ocr", 2)
    assert set(evidence(graph)) == {("pump", "flange"), ("auth", "login")}
    assert neo4j_server.uri in first.err
    before = snapshot(graph, "EnrichmentRun", "EnrichmentJob")

    assert json.loads(call(env, export, "read-images", "--json").out)["unchanged"] == 3
    again = json.loads(call(env, export, "run", "--json").out)
    assert (again["scored"], again["published"], again["withdrawn"]) == (0, 0, 0)
    assert again["skipped"] == again["pairs"] == said["pairs"]
    assert again["job"] == said["job"]
    assert snapshot(graph, "EnrichmentRun", "EnrichmentJob") == before

    shown = call(env, export, "show")
    assert "confidence" in shown.out
    assert "matches: " in shown.out
    pair = json.loads(call(env, export, "show", "pump", "--json").out)["pairs"][0]
    assert (pair["document"], pair["image"], pair["referenced"]) == ("pump", "flange", True)
    rest = json.loads(call(env, export, "show", "--without-evidence", "--json").out)["images"]
    assert [one["image"] for one in rest] == ["empty"]


def test_a_run_that_finds_no_image_text_names_the_remedy(
    graph: Graph, neo4j_server: Neo4jServer, export: Path, readings: Path
) -> None:
    env = settings(neo4j_server, export, readings)
    call(env, export, "load", ".")
    run = call(env, export, "run")
    assert run.code == 0
    assert "kg-enrich read-images" in run.err


def test_statistics_are_taken_once_and_renewed_by_command_only(
    graph: Graph, neo4j_server: Neo4jServer, export: Path, readings: Path
) -> None:
    env = settings(neo4j_server, export, readings)
    assert call(env, export, "refresh-corpus").code == 2
    call(env, export, "load", ".")
    ask(graph, "MATCH (i:Image {id: 'flange'}) SET i.caption = 'discharge flange'")
    first = call(env, export, "run", "--json")
    assert "1 of 3 images have captions, which do not count" in first.err
    pairs = json.loads(first.out)["pairs"]
    ask(graph, "CREATE (:Document {id: 'new', title: '', text: 'words that nobody knew before'})")
    second = call(env, export, "run", "--json")
    assert "captions" not in second.err
    again = json.loads(second.out)
    assert (again["scored"], again["skipped"]) == (0, pairs)
    renewed = json.loads(call(env, export, "refresh-corpus", "--json").out)
    assert renewed["version"] != renewed["former"]
    assert renewed["documents"] == len(TEXTS) + 1
    again = json.loads(call(env, export, "run", "--json").out)
    assert again["scored"] + again["abstained"] == pairs


def test_names_stand_in_for_captions_that_are_not_there(
    graph: Graph, neo4j_server: Neo4jServer, export: Path, readings: Path
) -> None:
    env = settings(neo4j_server, export, readings, KG_ENRICH_USE_FILE_NAME="true")
    assert "KG_ENRICH_USE_CAPTION=true" in call(env, export, "run").err
    env |= {"KG_ENRICH_USE_CAPTION": "true", "KG_ENRICH_CANDIDATES": "all"}
    call(env, export, "load", ".")
    ask(graph, "MATCH (i:Image {id: 'flange'}) SET i.caption = 'discharge flange'")
    call(env | {"KG_ENRICH_USE_FILE_NAME": "false"}, export, "run")
    named = json.loads(call(env, export, "run", "--json").out)
    # Only what has no caption is judged again.
    captioned = len(TEXTS)
    assert (named["skipped"], named["scored"]) == (captioned, named["pairs"] - captioned)
    shown = json.loads(call(env, export, "show", "auth", "--json").out)["pairs"]
    reasons = {one["image"]: one["reason"] for one in shown}
    assert "; in its name: login" in reasons["login"]
    again = json.loads(call(env, export, "run", "--json").out)
    assert again["skipped"] == named["pairs"]
    # Whoever asks to have an image of the graph ranked gets what a run would say of it.
    catalogue = Catalogue(graph, (export,), file_names=True)
    (looked,) = look_up([Named("login", id="login")], catalogue, (export,), ImageHashes())
    assert looked.image is not None
    assert (looked.image.caption, looked.image.is_named) == ("login", True)


def test_settings_of_another_policy_are_refused(
    graph: Graph, neo4j_server: Neo4jServer, export: Path, readings: Path
) -> None:
    env = settings(neo4j_server, export, readings)
    call(env, export, "load", ".")
    assert call(env, export, "run").code == 0
    done = call(env | {"KG_ENRICH_MIN_SCORE": "7"}, export, "run")
    assert done.code == 2
    assert "kg-enrich publish --min-score 7" in done.err
