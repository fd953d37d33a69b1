"""Pictures ranked for a text: by path, by id, uploaded, and in the common shape."""

import asyncio
import base64
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from starlette.requests import Request

from kg_enrich import KnowledgeGraph
from kg_enrich.graph.connection import Graph
from kg_enrich.images.named import Named
from kg_enrich.scorers.turns import Turns
from kg_enrich.service.options import ServiceOptions
from kg_enrich.service.refusals import Refused
from kg_enrich.service.scoring import ranked as ranking_of
from tests.support.export import picture
from tests.support.graphs import ask
from tests.support.service import client
from tests.support.slow import Slow, pairs
from tests.support.workers import until

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


@pytest.fixture
def slow(shelf: Path) -> Iterator[Slow]:
    slow = Slow()
    yield slow
    slow.let.release(100)


def held(kg: KnowledgeGraph, slow: Slow, **options: Any) -> tuple[TestClient, Turns]:
    """A service whose scorer is at work on a pair and lets nobody else have a turn."""
    program = client(kg, ServiceOptions(**options))
    turns = Turns(lambda: slow, most=2)
    cast(FastAPI, program.app).state.turns = turns
    turns.ask(pairs("first", "1"))
    assert slow.begun.acquire(timeout=60)
    return program, turns


def test_who_comes_too_late_or_waits_too_long_is_told(kg: KnowledgeGraph, slow: Slow) -> None:
    program, turns = held(kg, slow, seconds=0.1)
    asked = {"query": QUERY, "image_paths": ["shelf/flange.png"]}
    with turns.admitted(2):
        busy = program.post("/api/rerank", json=asked)
    assert (busy.status_code, busy.headers["retry-after"]) == (429, "1")
    late = program.post("/api/rerank", json=asked)
    assert (late.status_code, late.json()["error"]["code"]) == (503, "slow")
    slow.let.release(100)
    turns.close()
    assert slow.batches == [["first1"]]


def test_a_client_that_went_away_is_not_scored(kg: KnowledgeGraph, slow: Slow) -> None:
    program, turns = held(kg, slow)

    async def receive() -> dict[str, str]:
        while not turns._requests:
            await asyncio.sleep(0.01)
        return {"type": "http.disconnect"}

    request = Request({"type": "http", "app": program.app, "headers": []}, receive)
    with pytest.raises(Refused) as refused:
        asyncio.run(ranking_of(request, QUERY, [Named("f", path="shelf/flange.png")]))
    assert refused.value.status == 499
    slow.let.release(100)
    turns.close()
    assert slow.batches == [["first1"]]


def test_it_is_ready_once_its_scorer_is(kg: KnowledgeGraph) -> None:
    loaded = threading.Event()

    def load() -> Slow:
        assert loaded.wait(60)
        return Slow()

    program = client(kg)
    turns = Turns(load)
    cast(FastAPI, program.app).state.turns = turns
    turns.start()
    assert program.get("/readyz").status_code == 503
    assert program.get("/healthz").status_code == 200
    loaded.set()
    turns.loaded().result(60)
    until(lambda: program.get("/readyz").status_code == 200)
    turns.close()


def test_without_a_scorer_the_rest_is_served(kg: KnowledgeGraph) -> None:
    with client(kg, ServiceOptions(scorer=False)) as program:
        refused = program.post("/api/rerank", json={"query": QUERY, "image_paths": ["a.png"]})
        assert (refused.status_code, refused.json()["error"]["code"]) == (503, "no-scorer")
        assert program.get("/readyz").status_code == 200
        kind = program.post("/api/rerank", content=json.dumps({}), headers={"Content-Type": "a/b"})
        assert kind.status_code == 415
