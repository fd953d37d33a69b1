"""The API for programs: one graph walked through, and who may do what."""

import csv
import io
import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from kg_enrich import KnowledgeGraph
from kg_enrich.access.roles import Role
from kg_enrich.errors import BusyError, GraphError, LeaseHeldError
from kg_enrich.graph.connection import Graph
from kg_enrich.models import RunRecord
from kg_enrich.service.api.rate import Rate
from kg_enrich.service.at_work import AtWork, Work
from kg_enrich.service.options import ServiceOptions
from tests.support.export import TEXTS, picture
from tests.support.graphs import ask
from tests.support.neo4j_server import Neo4jServer
from tests.support.service import client, opened, settings_of
from tests.support.workers import until

AWAY = ServiceOptions("0.0.0.0", 8501)
SITE = "http://kg.example:8501"


@pytest.fixture
def wide(migrated: Neo4jServer, pictures: Path, readings: Path) -> Iterator[KnowledgeGraph]:
    """A handle to which every picture is a candidate."""
    with opened(settings_of(migrated, pictures, readings, candidates=("all",))) as kg:
        yield kg


@pytest.fixture
def filled(graph: Graph, pictures: Path) -> Graph:
    """Three documents and three pictures, every one a candidate of each."""
    for name, text in {
        "flange": "P-204 discharge flange\nbolts 85 Nm\nstar pattern",
        "login": "SAML assertion\nsignature invalid\ncertificate",
        "empty": "",
    }.items():
        picture(pictures / f"{name}.png", text)
        ask(graph, "CREATE (:Image {id: $id, path: $id + '.png'})", id=name)
    for key, text in TEXTS.items():
        ask(graph, "CREATE (:Document {id: $id, title: $id, text: $words})", id=key, words=text)
    return graph


def events(text: str) -> list[tuple[str, Any]]:
    blocks = [
        dict(line.split(": ", 1) for line in one.splitlines()) for one in text.split("\n\n") if one
    ]
    return [(one["event"], json.loads(one["data"])) for one in blocks if "event" in one]


def test_a_program_walks_through_a_graph(wide: KnowledgeGraph, filled: Graph) -> None:
    with client(wide) as program:
        begun = program.post("/api/runs", json={}, headers={"Idempotency-Key": "night"})
        assert begun.status_code == 202, begun.text
        run = begun.json()["run"]
        assert begun.headers["location"] == f"/api/runs/{run}"
        followed = events(program.get(begun.json()["events"]).text)
        assert [name for name, _ in followed][-2:] == ["run", "end"]
        assert followed[-2][1]["status"] == "succeeded"
        again = program.post("/api/runs", json={}, headers={"Idempotency-Key": "night"})
        assert again.json() == begun.json()
        assert [one["run"] for one in program.get("/api/runs").json()["runs"]] == [run]
        other = program.post("/api/runs", json={"limit": 1}, headers={"Idempotency-Key": "night"})
        assert (other.status_code, other.json()["error"]["code"]) == (422, "key-taken")
        assert program.get(f"/api/runs/{run[:8]}").json()["scored"] == followed[-2][1]["scored"] > 0
        assert program.post(f"/api/runs/{run}/stop").status_code == 409

        # A page at a time, every pair comes once.
        seen, after = [], ""
        while after is not None:
            page = program.get("/api/evidence", params={"limit": 1, "after": after}).json()
            assert page["format"] == 1
            seen += page["pairs"]
            after = page["after"]
        pairs = {(one["document"], one["image"]) for one in seen}
        assert pairs == {("pump", "flange"), ("auth", "login")}
        assert len(seen) == len(pairs)
        assert {one["run"] for one in seen} == {run}
        lines = program.get("/api/evidence/export", params={"format": "jsonl"}).text.splitlines()
        found = [json.loads(line) for line in lines]
        assert {(one["format"], one["document"], one["image"]) for one in found} == {
            (1, *pair) for pair in pairs
        }
        table = program.get("/api/evidence/export", params={"format": "csv"})
        rows = list(csv.DictReader(io.StringIO(table.text)))
        assert {(row["document"], row["image"]) for row in rows} == pairs
        judged = program.get("/api/ledgers", params={"document": "pump"}).json()["ledgers"]
        assert {one["image"] for one in judged[0]["entries"]} == {"flange", "login", "empty"}
        assert program.get("/api/evidence", params={"min_confidence": 1}).json()["pairs"] == []

        # Compare and set: what one saw must be what there is.
        pair = {"document": "beds", "image": "flange"}
        shown = program.get("/api/reviews", params=pair)
        tag = shown.headers["etag"]
        assert shown.json()["words"] == []
        word = pair | {"decision": "accept", "reasons": ["seen on site"]}
        said = program.post("/api/reviews", json=word, headers={"If-Match": tag})
        assert (said.status_code, said.json()["changed"]) == (200, True), said.text
        assert said.json()["published"] == 1
        stale = program.post(
            "/api/reviews", json=word | {"decision": "reject"}, headers={"If-Match": tag}
        )
        assert stale.status_code == 412
        now = program.get("/api/reviews", params=pair)
        assert now.headers["etag"] == said.headers["etag"] != tag
        assert [(one["decision"], one["by"]) for one in now.json()["words"]] == [("accept", "lin")]
        key = {"Idempotency-Key": "1"}
        back = program.post("/api/reviews", json=pair | {"decision": None}, headers=key)
        assert (back.json()["changed"], back.json()["withdrawn"]) == (True, 1)
        assert (
            program.post("/api/reviews", json=pair | {"decision": None}, headers=key).json()
            == back.json()
        )
        assert program.post("/api/reviews", json=pair | {"decision": None}).status_code == 200
        gone = program.post("/api/reviews", json=word | {"document": "none"})
        assert (gone.status_code, gone.json()["error"]["code"]) == (404, "failed")

        flags = program.get("/api/flags").json()["flags"]
        assert {one["image"] for one in flags} <= {"flange", "login"}
        for one in flags:
            done = program.post(f"/api/flags/{one['id']}/dismiss", json={"reason": "known"})
            assert done.json()["image"] == one["image"]
        assert program.get("/api/flags").json()["flags"] == []
        assert program.get("/api/queue", params={"limit": 1}).status_code == 200
        assert {
            one["image"] for one in program.get("/api/pairs", params={"id": "pump"}).json()["pairs"]
        } == {"flange"}
        assert "kg_enrich_documents 3.0" in program.get("/metrics").text

        # By rule: what it would be, said once, taken back as one.
        rule = {"decision": "accept", "min_confidence": 0.9, "token": "sure"}
        meant = program.post("/api/reviews/bulk", json=rule | {"dry_run": True}).json()
        for pairs_said in (meant["pairs"], 0):
            once = program.post("/api/reviews/bulk", json=rule | {"dry_run": False}).json()
            assert (once["pairs"], once["token"]) == (pairs_said, "sure")
        assert program.delete("/api/reviews/bulk/sure").json()["pairs"] == meant["pairs"] > 0
        assert program.delete("/api/reviews/bulk/none").status_code == 400

        assert program.get("/api/audit").status_code == 400
        assert program.post("/api/audit", json={"size": 2, "seed": "s"}).json()["drawn"] >= 1
        question = program.get("/api/audit/next").json()
        assert "score" not in question
        told = {"key": question["key"], "decision": "accept"}
        assert (
            program.post("/api/audit/answers", json=told).json()["document"] == question["document"]
        )
        assert program.get("/api/audit").json()["answered"] == 1
        assert program.post("/api/audit/answers", json=told | {"key": "none"}).status_code == 404
        nothing = program.post("/api/runs", json={"kind": "backfill", "where": ["a=1"]})
        assert nothing.status_code == 400
        ask(filled, "MATCH (d:Document) DETACH DELETE d")
        assert program.post("/api/runs", json={}).status_code == 409


def test_roles_say_what_a_program_may(kg: KnowledgeGraph) -> None:
    program = client(kg, AWAY, SITE)
    pair = {"document": "d", "image": "i"}
    asked: list[tuple[str, str, Any, Role]] = [
        ("GET", "/api/evidence", None, Role.VIEWER),
        ("GET", "/metrics", None, Role.VIEWER),
        ("GET", "/openapi.json", None, Role.VIEWER),
        ("POST", "/api/rerank", {"query": "q", "image_paths": ["none.png"]}, Role.VIEWER),
        ("POST", "/api/reviews", pair | {"decision": "accept"}, Role.REVIEWER),
        ("POST", "/api/reviews/bulk", {"decision": "accept", "dry_run": True}, Role.REVIEWER),
        ("POST", "/api/audit", {"size": 1}, Role.OPERATOR),
        ("POST", "/api/flags/0000/dismiss", {"reason": "r"}, Role.REVIEWER),
        ("POST", "/api/runs", {"kind": "backfill", "where": ["none"]}, Role.OPERATOR),
        ("POST", "/api/runs/0000/stop", None, Role.OPERATOR),
    ]
    tokens = {role: kg.create_token(role, role.value).secret for role in Role}
    for method, path, body, needed in asked:
        nobody = program.request(method, path, json=body)
        assert (nobody.status_code, nobody.json()["error"]["code"]) == (401, "sign-in")
        for role, secret in tokens.items():
            headers = {"Authorization": f"Bearer {secret}"}
            answer = program.request(method, path, json=body, headers=headers)
            assert (answer.status_code == 403) is not role.may(needed), (path, role, answer.text)
            assert answer.status_code < 500


def test_runs_under_way_are_stopped_alone_and_with_the_service() -> None:
    at_work = AtWork()
    ended: list[str] = []

    def work(name: str) -> Work:
        def run(stop: threading.Event, tell: Callable[[str], None]) -> RunRecord:
            tell(name)
            assert stop.wait(240)
            ended.append(name)
            raise GraphError("its record says how it ended")

        return run

    def fail(stop: threading.Event, tell: Callable[[str], None]) -> RunRecord:
        raise LeaseHeldError("another is at work")

    names = ["a", "b", "c", "d"]
    assert [at_work.begin(work(name)).result(60) for name in names] == names
    with pytest.raises(BusyError):
        at_work.begin(work("e"))
    assert at_work.stop("b")
    until(lambda: ended == ["b"] and not at_work.stop("b"))
    with pytest.raises(LeaseHeldError):
        at_work.begin(fail).result(60)
    at_work.close()
    assert sorted(ended) == names


def test_callers_are_held_to_their_rate(kg: KnowledgeGraph) -> None:
    program = client(kg, ServiceOptions(rate=2))
    assert program.get("/api/runs").status_code == 200
    refused = program.get("/api/runs")
    assert refused.status_code == 429
    assert 0 < int(refused.headers["retry-after"]) <= 30
    assert program.get("/healthz").status_code == 200
    rate = Rate(60)
    assert [rate.wait("a", 0.0) for _ in range(31)] == [0.0] * 30 + [1.0]
    assert rate.wait("b", 0.0) == 0.0
    assert rate.wait("a", 1.0) == 0.0
