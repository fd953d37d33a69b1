"""The main way through, by the commands that a person types."""

import json
from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageFont

from kg_enrich.graph.connection import Graph
from tests.support.commands import bare_environment, call, environment
from tests.support.graphs import ask, evidence, snapshot
from tests.support.neo4j_server import Neo4jServer

TEXTS = {
    "pump": "Pump P-204 discharge flange: tighten the bolts to 85 Nm in a star pattern.",
    "auth": "The login page answers SAML assertion signature invalid after the certificate change.",
    "beds": "Tulips and daffodils are planted in October.",
}
PICTURES = {
    "flange": "P-204 discharge flange\nbolts 85 Nm\nstar pattern",
    "login": "SAML assertion\nsignature invalid\ncertificate",
    "empty": "",
}


def picture(file: Path, text: str) -> None:
    image = Image.new("RGB", (640, 240), "white")
    ImageDraw.Draw(image).multiline_text(
        (20, 20), text, "black", ImageFont.load_default(36), spacing=12
    )
    image.save(file)


@pytest.fixture(scope="module")
def export(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder to load, and a cache that the tests of this module share."""
    folder = tmp_path_factory.mktemp("export")
    for name, text in PICTURES.items():
        picture(folder / f"{name}.png", text)
    for file, rows in {
        "documents": [{"id": key, "title": key, "text": text} for key, text in TEXTS.items()],
        "images": [{"id": name, "path": f"{name}.png"} for name in PICTURES],
        "references": [{"document_id": "pump", "image_id": "flange"}],
    }.items():
        lines = "".join(json.dumps(row) + "\n" for row in rows)
        (folder / f"{file}.jsonl").write_text(lines)
    return folder


def settings(server: Neo4jServer, export: Path, **more: str) -> dict[str, str]:
    return environment(server, export, KG_ENRICH_CACHE_DIR=str(export / "cache"), **more)


def test_from_jsonl_to_evidence_and_again(
    graph: Graph, neo4j_server: Neo4jServer, export: Path
) -> None:
    env = settings(neo4j_server, export)
    assert call(env, export, "load", ".").code == 0
    read = call(env, export, "read-images", "--json")
    assert json.loads(read.out) == {
        "format": 1,
        "read": 3,
        "without_text": 1,
        "unchanged": 0,
        "unreadable": 0,
    }
    first = call(env, export, "run", "--json")
    assert first.code == 0, first.err
    said = json.loads(first.out)
    assert list(said) == ["format", "run", "job", "status", "scorer", "pairs", "scored", "skipped",
                          "abstained", "published", "withdrawn", "failed", "seconds"]  # fmt: skip
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
    graph: Graph, neo4j_server: Neo4jServer, export: Path
) -> None:
    env = settings(neo4j_server, export)
    call(env, export, "load", ".")
    run = call(env, export, "run")
    assert run.code == 0
    assert "kg-enrich read-images" in run.err


def test_an_unreadable_image_is_exit_4_once(
    graph: Graph, neo4j_server: Neo4jServer, export: Path
) -> None:
    env = settings(neo4j_server, export, KG_ENRICH_CANDIDATES="explicit")
    call(env, export, "load", ".")
    (export / "broken.png").write_bytes(b"no picture at all")
    ask(graph, "CREATE (:Image {id: 'broken', path: 'broken.png'})")
    ask(graph, "MATCH (d:Document), (i:Image) CREATE (d)-[:CANDIDATE_IMAGE]->(i)")
    first = call(env, export, "run", "--json")
    assert first.code == 4
    assert json.loads(first.out)["failed"] == 3
    assert "unreadable-image" in first.err
    assert ("pump", "broken") not in evidence(graph)
    second = call(env, export, "run", "--json")
    assert second.code == 0
    assert json.loads(second.out)["failed"] == 0


def test_score_needs_no_graph(export: Path) -> None:
    env = bare_environment() | {"KG_ENRICH_CACHE_DIR": str(export / "cache")}
    files = ["flange.png", "login.png", "empty.png"]
    done = call(env, export, "score", TEXTS["auth"], *files, "--json")
    assert done.code == 0
    said = json.loads(done.out)
    assert set(said) == {"format", "results", "skipped", "total_time_ms"}
    assert [row["image_path"] for row in said["results"]] == ["login.png", "flange.png"]
    assert [row["rank"] for row in said["results"]] == [1, 2]
    assert all(0 <= row["score"] <= 10 for row in said["results"])
    assert [row["image_path"] for row in said["skipped"]] == ["empty.png"]
    done = call(env, export, "score", "text", "gone.png", "login.png", "--json")
    assert done.code == 4
    assert [row["image_path"] for row in json.loads(done.out)["skipped"]] == ["gone.png"]


def test_reading_images_leaves_nothing_in_the_home_and_reports_to_nobody(
    export: Path, tmp_path: Path
) -> None:
    cache = tmp_path / "cache"
    env = bare_environment() | {"HOME": str(tmp_path), "KG_ENRICH_CACHE_DIR": str(cache)}
    env.pop("XDG_CACHE_HOME", None)
    assert call(env, export, "score", "text", "flange.png").code == 0
    # Telemetry of onnxruntime begins with a device id below the home's cache folder.
    assert [path.name for path in tmp_path.rglob("*") if not path.is_relative_to(cache)] == []


def test_an_empty_graph_fails(graph: Graph, neo4j_server: Neo4jServer, export: Path) -> None:
    done = call(settings(neo4j_server, export), export, "run")
    assert done.code == 1
    assert done.err.splitlines()[-1].startswith("Error: ")
    assert "Traceback" not in done.err


def test_wrong_credentials_are_one_line_without_the_password(
    neo4j_server: Neo4jServer, export: Path
) -> None:
    env = settings(neo4j_server, export) | {"NEO4J_PASSWORD": "wr0ng-s3cret"}
    done = call(env, export, "run")
    assert done.code == 2
    assert "NEO4J_PASSWORD" in done.err
    assert "wr0ng-s3cret" not in done.out + done.err


def test_statistics_are_taken_once_and_renewed_by_command_only(
    graph: Graph, neo4j_server: Neo4jServer, export: Path
) -> None:
    env = settings(neo4j_server, export)
    assert call(env, export, "refresh-corpus").code == 2
    call(env, export, "load", ".")
    pairs = json.loads(call(env, export, "run", "--json").out)["pairs"]
    ask(graph, "CREATE (:Document {id: 'new', title: '', text: 'words that nobody knew before'})")
    again = json.loads(call(env, export, "run", "--json").out)
    assert (again["scored"], again["skipped"]) == (0, pairs)
    renewed = json.loads(call(env, export, "refresh-corpus", "--json").out)
    assert renewed["version"] != renewed["former"]
    assert renewed["documents"] == len(TEXTS) + 1
    again = json.loads(call(env, export, "run", "--json").out)
    assert again["scored"] + again["abstained"] == pairs


def test_a_scorer_that_cannot_work_begins_no_source(
    graph: Graph, neo4j_server: Neo4jServer, export: Path
) -> None:
    env = settings(neo4j_server, export, KG_ENRICH_SCORER="qwen-vl", KG_ENRICH_MODEL="no/such")
    call(env, export, "load", ".")
    assert call(env | {"HF_HUB_OFFLINE": "1"}, export, "run").code in (1, 2)
    assert ask(graph, "MATCH (s:EvidenceSource) RETURN s") == []


def test_settings_of_another_policy_are_refused(
    graph: Graph, neo4j_server: Neo4jServer, export: Path
) -> None:
    env = settings(neo4j_server, export)
    call(env, export, "load", ".")
    assert call(env, export, "run").code == 0
    done = call(env | {"KG_ENRICH_MIN_SCORE": "7"}, export, "run")
    assert done.code == 2
    assert "kg-enrich publish --min-score 7" in done.err
