"""Pictures ranked for a text: by path, by id, uploaded, and in the common shape."""

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from kg_enrich import KnowledgeGraph
from kg_enrich.graph.connection import Graph
from kg_enrich.service.options import ServiceOptions
from tests.support.export import picture
from tests.support.graphs import ask
from tests.support.service import client

QUERY = "Pump P-204 discharge flange: tighten the bolts to 85 Nm in a star pattern."
FLANGE = "P-204 discharge flange\nbolts 85 Nm\nstar pattern"
LOGIN = "SAML assertion\nsignature invalid\ncertificate"


@pytest.fixture(scope="module")
def shelf(pictures: Path) -> Path:
    """Pictures in the image root, one of them broken."""
    folder = pictures / "shelf"
    folder.mkdir()
    picture(folder / "flange.png", FLANGE)
    picture(folder / "login.png", LOGIN)
    picture(folder / "empty.png", "")
    (folder / "broken.png").write_bytes(b"no picture")
    return folder


@pytest.fixture
def program(kg: KnowledgeGraph) -> Iterator[TestClient]:
    """A client of a service that lives, as a process has it."""
    with client(kg) as program:
        yield program


def ranked(answer: Any) -> tuple[list[str], dict[str, str]]:
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert body["format"] == 1
    assert [one["rank"] for one in body["results"]] == list(range(1, len(body["results"]) + 1))
    scores = [one["score"] for one in body["results"]]
    assert scores == sorted(scores, reverse=True)
    for one in body["results"]:
        assert one["raw_output"].startswith(f"Score: {one['score']:.1f} — ")
    names = [one["image_path"] for one in body["results"]]
    return names, {one["image_path"]: one["reason"] for one in body["skipped"]}


def test_pictures_are_ranked_by_path_by_id_and_uploaded(
    program: TestClient, graph: Graph, shelf: Path
) -> None:
    paths = ["shelf/login.png", "shelf/flange.png", "shelf/empty.png", "shelf/broken.png",
             "../etc/passwd", "http://example.com/a.png", "gone.png"]  # fmt: skip
    names, skipped = ranked(
        program.post("/api/rerank", json={"query": QUERY, "image_paths": paths})
    )
    assert names == ["shelf/flange.png", "shelf/login.png"]
    assert skipped.keys() == set(paths) - set(names)
    assert skipped["shelf/empty.png"] == "no text in the image"
    assert skipped["shelf/broken.png"].startswith("shelf/broken.png: not an image")
    assert "not a path" in skipped["http://example.com/a.png"]

    ask(graph, "CREATE (:Image {id: 7, path: 'shelf/flange.png'}), (:Image {id: 'b'})")
    asked = {"query": QUERY, "image_ids": [7, "b", "none"], "image_paths": ["shelf/login.png"]}
    names, skipped = ranked(program.post("/api/rerank", json=asked))
    assert names == ["7", "shelf/login.png"]
    assert skipped == {"b": "its node has no path", "none": "there is no image with this id"}

    files = [
        ("images", (name, (shelf / name).read_bytes())) for name in ("flange.png", "broken.png")
    ]
    sent = program.post("/api/rerank", data={"query": QUERY}, files=[*files, files[0]])
    names, skipped = ranked(sent)
    assert names == ["flange.png", "flange.png (2)"]
    assert skipped.keys() == {"broken.png"}
    assert "/tmp" not in sent.text


def test_the_common_shape_takes_pictures_in_every_form(program: TestClient, shelf: Path) -> None:
    bare = base64.b64encode((shelf / "flange.png").read_bytes()).decode()
    data = f"data:image/png;base64,{bare}"
    documents: list[Any] = [
        "shelf/login.png",
        {"text": data},
        {"image": bare},
        {"content": [{"type": "image_url", "image_url": {"url": data}}, {"text": "seen"}]},
        [{"type": "image_url", "image_url": {"url": "https://example.com/a.png"}}],
        {"image": "data:image/png;base64,???"},
    ]
    for path in ("/v1/rerank", "/v2/rerank"):
        body = program.post(path, json={"query": QUERY, "documents": documents}).json()
        assert {one["index"] for one in body["results"]} == {0, 1, 2, 3}
        assert body["results"][-1]["index"] == 0
        assert {one["index"] for one in body["skipped"]} == {4, 5}
    asked = {"query": {"content": [{"type": "text", "text": QUERY}]}, "documents": documents[:2],
             "top_n": 1, "return_documents": True, "use_activation": False}  # fmt: skip
    (best,) = program.post("/v1/rerank", json=asked).json()["results"]
    assert best["index"] == 1
    assert best["document"] == {"text": data}
    plain = program.post("/v1/rerank", json=asked | {"use_activation": True}).json()["results"][0]
    assert 0 <= plain["relevance_score"] <= 1 < best["relevance_score"]
    wrong = program.post("/v1/rerank", json={"query": [{"image": data}], "documents": [data]})
    assert (wrong.status_code, wrong.json()["error"]["code"]) == (422, "text-alone")


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"query": QUERY, "image_paths": ["a.png", "b.png", "c.png"]}, 413, "too-many"),
        ({"query": QUERY}, 422, "no-pictures"),
        ({"query": "", "image_paths": ["a.png"]}, 422, "invalid"),
        ({"query": QUERY, "image_paths": ["a.png"], "more": 1}, 422, "invalid"),
        ({"query": "x" * 5000, "image_paths": ["a.png"]}, 413, "too-large"),
    ],
)
def test_what_is_too_much_or_wrong_is_refused(
    kg: KnowledgeGraph, body: dict[str, Any], status: int, code: str
) -> None:
    program = client(kg, ServiceOptions(max_images=2, max_bytes=4000))
    answer = program.post("/api/rerank", json=body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)


def test_without_a_scorer_the_rest_is_served(kg: KnowledgeGraph) -> None:
    with client(kg, ServiceOptions(scorer=False)) as program:
        refused = program.post("/api/rerank", json={"query": QUERY, "image_paths": ["a.png"]})
        assert (refused.status_code, refused.json()["error"]["code"]) == (503, "no-scorer")
        assert program.get("/readyz").status_code == 200
        kind = program.post("/api/rerank", content=json.dumps({}), headers={"Content-Type": "a/b"})
        assert kind.status_code == 415
