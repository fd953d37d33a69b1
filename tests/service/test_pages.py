"""The other pages: unreferenced images, documents, runs, trying; over a real graph."""

import re
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Any, cast
from urllib.parse import parse_qs, urlsplit

import pytest
from fastapi.testclient import TestClient

from kg_enrich import KnowledgeGraph
from kg_enrich.access.roles import Role
from kg_enrich.evidence import flags
from kg_enrich.evidence.references import restore_references
from kg_enrich.evidence.undo import pack, unpack
from kg_enrich.graph.connection import Graph
from kg_enrich.graph.queries import query
from kg_enrich.service.options import ServiceOptions
from kg_enrich.service.trials import Shown, Trial, to_csv, to_json
from tests.support.desk import lay_out
from tests.support.graphs import ask, evidence
from tests.support.service import client

RENAME_DOCUMENTS = query("rename_documents")
HOSTILE = "<img src=x onerror=alert(1)>'\"&{{7*7}}"


@pytest.fixture
def desk(kg: KnowledgeGraph, graph: Graph, pictures: Path) -> KnowledgeGraph:
    lay_out(graph, pictures, documents=2)
    flags.update(graph, kg.settings.flag_min_confidence, "test")
    return kg


def references(graph: Graph) -> set[tuple[str, str, str | None]]:
    rows = ask(
        graph,
        "MATCH (d:Document)-[r:REFERENCES]->(i:Image) "
        "RETURN d.id AS d, i.id AS i, r.madeBy AS made",
    )
    return {(row["d"], row["i"], row["made"]) for row in rows}


def test_a_reference_is_made_outlives_a_reload_and_is_undone(
    desk: KnowledgeGraph, graph: Graph
) -> None:
    browser = client(desk)
    page = browser.get("/unreferenced").text
    assert page.count("<article") == 4
    ask(graph, "MATCH (d:Document {id: 'd1'}), (i:Image {id: 'd1-a'}) MERGE (d)-[:REFERENCES]->(i)")
    pair = {"document": "d0", "image": "d0-a"}
    made = browser.post("/unreferenced/reference", data=pair)
    assert made.status_code == 303
    assert "d0 references d0-a now" in browser.get(made.headers["location"]).text
    ours, theirs = ("d0", "d0-a", "kg-enrich"), ("d1", "d1-a", None)
    assert references(graph) == {ours, theirs}
    assert 'data-image="d0-a"' not in browser.get("/unreferenced").text
    browser.post("/unreferenced/reference", data=pair)
    # Somebody else's is not ours to mark, nor to take back.
    browser.post("/unreferenced/reference", data={"document": "d1", "image": "d1-a"})
    assert references(graph) == {ours, theirs}
    ask(graph, "MATCH (:Document)-[r:REFERENCES]->() DELETE r")
    assert restore_references(graph) == 2
    assert restore_references(graph) == 0
    assert "made here" in browser.get("/document?id=d0").text
    # It goes along when its document is called otherwise.
    for former, now in (("d0", "d9"), ("d9", "d0")):
        graph.execute(RENAME_DOCUMENTS, rows=[{"former": former, "id": now}])
    assert browser.post("/unreferenced/undo", data=pair).status_code == 303
    assert ours not in references(graph)
    assert restore_references(graph) == 0
    assert 'data-image="d0-a"' in browser.get("/unreferenced").text
    missing = browser.post("/unreferenced/reference", data={"document": "d0", "image": "gone"})
    assert missing.status_code == 404

    flag = re.search(r'id="flag-(\w{32})"[^>]*data-image="d0-b"', page)
    assert flag
    done = browser.post(
        "/unreferenced/dismiss",
        data={"flag": flag[1], "reason": "a stock photo"},
        headers={"X-Fragment": "1"},
    )
    assert "Dismissed: d0-b" in done.text
    assert 'data-image="d0-b"' not in browser.get("/unreferenced").text
    kept = ask(
        graph, "MATCH (f:EvidenceFlag {status: 'dismissed'}) RETURN f.by AS by, f.reason AS r"
    )
    assert kept == [{"by": "lin", "r": "a stock photo"}]


def test_flags_and_documents_come_in_pages(desk: KnowledgeGraph, graph: Graph) -> None:
    found, behind = desk.flags(limit=3)
    rest, end = desk.flags(limit=3, after=behind)
    assert len({flag.image for flag in (*found, *rest)}) == 4
    assert end is None
    assert [flag.image for flag in desk.flags(limit=9, after="nonsense")[0]] == [
        flag.image for flag in (*found, *rest)
    ]
    ask(graph, "UNWIND range(1, 5) AS n CREATE (:Document {id: n, title: 't', text: 'x'})")
    seen: list[str | int] = []
    after: str | None = None
    while True:
        rows, after = desk.documents(limit=2, after=after)
        seen += [row.id for row in rows]
        if after is None:
            break
    assert seen == ["d0", "d1", 1, 2, 3, 4, 5]
    assert client(desk).get("/documents").text.count("<tr>") == 3


def test_hostile_texts_are_texts_on_every_page(desk: KnowledgeGraph, graph: Graph) -> None:
    ask(
        graph,
        "MATCH (d:Document {id: 'd0'})-[r:HAS_EVIDENCE]->(i:Image {id: 'd0-a'}) "
        "SET d.title = $bad, d.text = '# ' + $bad + '\\n' + $bad, i.caption = $bad, i.path = $bad, "
        "r.reason = 'matches: ' + $bad, i.id = $bad, d.id = $bad",
        bad=HOSTILE,
    )
    browser = client(desk, ServiceOptions(user=HOSTILE, reasons=(HOSTILE,)))
    for path in ("/unreferenced", "/documents", "/runs", "/review?mode=all&label=" + HOSTILE):
        answer = browser.get(path, follow_redirects=True)
        assert answer.status_code == 200
        assert "<img src=x" not in answer.text
        assert "49" not in re.sub(r"\d{3,}", "", answer.text).split("{{7*7}}")[0][-20:]
    for path in ("/document", "/review/item"):
        answer = browser.get(path, params={"id": HOSTILE, "document": HOSTILE})
        assert answer.status_code == 200
        assert "<img src=x" not in answer.text
        assert "&lt;img src=x" in answer.text


def plan(browser: TestClient, run: str) -> str:
    """The page of a rollback's plan, once it is worked out."""
    until = time.monotonic() + 240
    while "refresh" in (page := browser.get("/run/rollback", params={"id": run}).text):
        assert time.monotonic() < until
        time.sleep(0.02)
    return page


def test_runs_are_shown_and_undone_by_operators_alone(desk: KnowledgeGraph, graph: Graph) -> None:
    browser = client(desk)
    (run,) = desk.runs().runs
    assert run.record.id in browser.get("/runs").text
    shown = browser.get("/run", params={"id": run.record.id}).text
    assert "succeeded" in shown
    assert "<dd>4</dd>" in shown
    assert browser.get("/run?id=none").status_code == 404
    planned = plan(browser, run.record.id)
    assert "4 would be withdrawn" in planned
    assert len(evidence(graph)) == 4
    # It is worked out behind the page, which asks again.
    free = threading.Event()
    for _ in range(2):
        cast(Any, browser.app).state.background.begin(free.wait)
    waiting = browser.get("/run/rollback", params={"id": run.record.id}).text
    assert 'http-equiv="refresh"' in waiting
    assert "would be withdrawn" not in waiting
    free.set()
    assert plan(browser, run.record.id) == planned
    secret = desk.create_token(Role.REVIEWER, "wu").secret
    wu = client(desk, ServiceOptions("0.0.0.0"), "http://kg.example")
    wu.headers["Authorization"] = f"Bearer {secret}"
    assert wu.post("/run/rollback", data={"id": run.record.id}).status_code == 403
    with browser:
        done = browser.post("/run/rollback", data={"id": run.record.id, "force": "1"})
        assert done.status_code == 303
    assert evidence(graph) == {}


def test_what_a_run_changed_is_shown_in_pages(desk: KnowledgeGraph, graph: Graph) -> None:
    (first,) = (run.record.id for run in desk.page_runs())
    later = desk.publish({"min_score": 8.5}).id
    assert [run.record.id for run in desk.page_runs(limit=1)] == [later]
    assert [run.record.id for run in desk.page_runs(after=later)] == [first]
    assert desk.page_runs(after=first) == desk.page_runs(after="gone") == []
    told, behind = desk.run_changes(first, limit=3)
    rest, end = desk.run_changes(first, limit=3, after=behind)
    assert end is None
    scores = {"a": 0.9, "b": 0.8}
    wanted = [(d, f"{d}-{i}", None, scores[i]) for d in ("d0", "d1") for i in "ab"]
    assert [(e.document, e.image, e.before, e.after) for e in (*told, *rest)] == wanted
    # Their reason was written by hand, so that publishing puts the ledger's back.
    changed = [("d0-a", 0.9, 0.9), ("d0-b", 0.8, None), ("d1-a", 0.9, 0.9), ("d1-b", 0.8, None)]
    assert [(e.image, e.before, e.after) for e in desk.run_changes(later)[0]] == changed
    browser = client(desk)
    page = browser.get("/run", params={"id": later}).text
    assert "0.80 → –" in page
    assert "Title of d0" in page
    assert page.count('chip bad">withdrawn') == 2
    assert "0.80 → –" in plan(browser, later)
    assert first in browser.get("/runs", params={"after": later}).text
    # Chunks of older releases do not say what was left: it is known while it stands.
    for row in ask(graph, "MATCH (u:EvidenceUndo) RETURN u.key AS key, u.before AS before"):
        chunk = unpack(row["before"])
        edges = {
            key: {name: value for name, value in edge.items() if name != "score"}
            for key, edge in chunk.edges.items()
        }
        ask(
            graph,
            "MATCH (u:EvidenceUndo {key: $key}) SET u.before = $before",
            key=row["key"],
            before=pack(replace(chunk, edges=edges)),
        )
    assert [(e.image, e.before, e.after) for e in desk.run_changes(later)[0]] == changed
    assert [(e.known, e.change) for e in desk.run_changes(first)[0]] == [(False, None)] * 4
    assert "changed again since" in browser.get("/run", params={"id": first}).text


def test_trying_ranks_what_is_sent_and_what_lies_within_the_roots(
    kg: KnowledgeGraph, export: Path, pictures: Path
) -> None:
    inside = pictures / "tried"
    inside.mkdir(exist_ok=True)
    for name in ("flange.png", "login.png"):
        (inside / name).write_bytes((export / name).read_bytes())
    with client(kg) as browser:
        for outside in ("/etc", "..", "tried/../..", "gone"):
            refused = browser.post("/try", data={"query": "x", "folder": outside})
            assert refused.status_code == 404
        assert browser.post("/try", data={"query": "x"}).status_code == 422
        sent = {name: (export / name).read_bytes() for name in ("flange.png", "login.png")} | {
            "=<b>cmd</b>.png": b"no picture"
        }
        for given in (
            {"data": {"query": "login 登录"}, "files": [("files", one) for one in sent.items()]},
            {"data": {"query": "login", "folder": "tried"}},
        ):
            began = browser.post("/try", **given)
            assert began.status_code == 303
            address = began.headers["location"]
            until = time.monotonic() + 240
            while 'http-equiv="refresh"' in (page := browser.get(address).text):
                assert time.monotonic() < until
                time.sleep(0.05)
            assert "login.png" in page
            assert "<b>cmd" not in page
            (identifier,) = parse_qs(urlsplit(address).query)["id"]
            trial = cast(Any, browser.app).state.trials.get(identifier, "lin")
            assert trial.done == trial.images == len(given.get("files", "ab"))
        picture = browser.get("/try/picture", params={"id": identifier, "number": 0})
        assert picture.headers["content-type"] == "image/webp"
        table = browser.get("/try/download", params={"id": identifier, "kind": "csv"})
        assert table.text.splitlines()[0].endswith("rank,image,score,reason")
        assert "attachment" in table.headers["content-disposition"]
    other = client(kg, ServiceOptions(user="wu"))
    assert other.get(address).status_code == 404


def test_cells_that_begin_like_formulas_are_text() -> None:
    rows = [Shown(name, 1.5, "-2+3", b"") for name in ("=1+1", "@x", "+x", "\tx", "plain")]
    trial = Trial("lin", "q", 5, [*rows, Shown("none", None, "why", b"")])
    lines = to_csv(trial).splitlines()
    assert lines[1] == "1,'=1+1,1.5,'-2+3"
    assert [line.split(",")[1][:1] for line in lines[1:5]] == ["'"] * 4
    assert lines[5].startswith("5,plain")
    assert lines[6] == "6,none,,why"
    assert '"=1+1"' in to_json(trial)
