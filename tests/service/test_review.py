"""Reviewing without a script: plain forms, as a browser without JavaScript sends them."""

import re
from concurrent.futures import ThreadPoolExecutor
from html import unescape
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from PIL import Image

from kg_enrich import Decision, KnowledgeGraph
from kg_enrich.evidence.reservations import reservation_key
from kg_enrich.graph.connection import Graph
from kg_enrich.models import DocumentId
from kg_enrich.service.options import ServiceOptions
from tests.support.desk import lay_out, words
from tests.support.graphs import ask, evidence
from tests.support.service import client

FRAGMENT = {"X-Fragment": "1"}


@pytest.fixture
def desk(kg: KnowledgeGraph, graph: Graph, pictures: Path) -> KnowledgeGraph:
    lay_out(graph, pictures)
    return kg


def form(page: str, image: str) -> dict[str, Any]:
    """The hidden fields of a card's form."""
    card = next(part for part in page.split("<article")[1:] if f'data-image="{image}"' in part)
    fields = re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', card)
    return {name: unescape(value) for name, value in fields}


def item(browser: TestClient, document: str, mode: str = "all") -> str:
    answer = browser.get(f"/review/item?document={document}&mode={mode}")
    assert answer.status_code == 200
    return answer.text


def test_a_word_is_kept_undone_and_restored(desk: KnowledgeGraph, graph: Graph) -> None:
    browser = client(desk)
    first = browser.get("/review?mode=all")
    assert (first.status_code, first.headers["location"]) == (
        303,
        "/review/item?document=d0&mode=all&after=s%3Ad0",
    )
    page = item(browser, "d0")
    # Marked where the reason names it; whatever stands in a document is text.
    assert '<mark data-word="pump">PUMP</mark>' in page
    assert "&lt;b&gt;bold&lt;/b&gt;" in page
    assert "<b>bold" not in page
    assert "checked" not in page

    reject = form(page, "d0-a") | {"decision": "reject", "reasons": ["duplicate", "misleading"]}
    done = browser.post("/review/word", data=reject)
    assert done.status_code == 303
    assert words(graph) == {("d0", "d0-a", "reject", "lin")}
    assert ("d0", "d0-a") not in evidence(graph)
    kept = ask(graph, "MATCH (w:EvidenceReview) RETURN w.reasons AS reasons, w.way AS way")
    assert kept == [{"reasons": ["duplicate", "misleading"], "way": "page"}]

    # What was shown before is out of date now: it says so, and overwrites nothing.
    again = browser.post("/review/word", data=reject | {"decision": "accept"})
    assert again.status_code == 409
    assert "Nothing was overwritten" in again.text
    drawn = browser.post("/review/word", data=reject | {"decision": "accept"}, headers=FRAGMENT)
    assert drawn.status_code == 409
    assert drawn.text.count("<article") == 1
    assert words(graph) == {("d0", "d0-a", "reject", "lin")}

    fresh = form(drawn.text, "d0-a") | {"decision": "accept"}
    assert browser.post("/review/word", data=fresh, headers=FRAGMENT).status_code == 200
    assert words(graph) == {("d0", "d0-a", "accept", "lin")}
    undone = browser.post("/review/undo", data={"mode": "all", "document": "d1"})
    assert "document=d0" in undone.headers["location"]
    # What was there before, reasons included.
    assert words(graph) == {("d0", "d0-a", "reject", "lin")}
    browser.post("/review/undo", data={"mode": "all"})
    assert words(graph) == set()
    assert ("d0", "d0-a") in evidence(graph)
    assert browser.post("/review/undo", data={"mode": "all"}).status_code == 303
    assert words(graph) == set()


def test_several_at_once_are_foreseen_and_undone_as_one(desk: KnowledgeGraph, graph: Graph) -> None:
    browser = client(desk)
    desk.review("d1", "d1-a", Decision.ACCEPT, by="wu")
    asked = {"document": "d1", "mode": "all", "images": ["d1-a", "d1-b", "d1-c"]}
    before = words(graph), evidence(graph)
    seen = browser.post("/review/bulk", data=asked | {"decision": "reject"}).text
    assert (words(graph), evidence(graph)) == before
    assert "3 of 3 images" in seen
    assert "1 would be in conflict" in seen
    assert "1 would be withdrawn" in seen
    assert "1 would stay" in seen
    fields = re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', seen)
    data: dict[str, Any] = {}
    for name, value in fields:
        data.setdefault(name, []).append(value)
    assert browser.post("/review/bulk/do", data=data).status_code == 303
    assert {(image, by) for _, image, _, by in words(graph)} == {
        ("d1-a", "wu"), ("d1-a", "lin"), ("d1-b", "lin"), ("d1-c", "lin"),
    }  # fmt: skip
    assert [one for one in evidence(graph) if one[0] == "d1"] == []
    assert browser.post("/review/bulk/do", data=data).status_code == 409
    browser.post("/review/undo", data={"mode": "all"})
    assert (words(graph), evidence(graph)) == before
    # Nothing ticked is nothing done.
    none = browser.post("/review/bulk", data={"document": "d1", "decision": "reject"})
    assert "Choose some images first" in none.text


def test_people_who_differ_are_shown_side_by_side_and_settled(
    desk: KnowledgeGraph, graph: Graph
) -> None:
    desk.review("d2", "d2-a", Decision.ACCEPT, by="wu", note="<script>alert(1)</script>")
    desk.review("d2", "d2-a", Decision.REJECT, by="zhao")
    assert ("d2", "d2-a") not in evidence(graph)
    browser = client(desk)
    page = item(browser, "d2")
    assert 'chip bad">people differ' in page
    assert "<script>alert" not in page
    settled = form(page, "d2-a") | {"decision": "accept"}
    assert settled["settle"] == "1"
    assert browser.post("/review/word", data=settled).status_code == 303
    assert ("d2", "d2-a") in evidence(graph)
    assert 'chip bad">people differ' not in item(browser, "d2")


def test_near_duplicates_stand_together(desk: KnowledgeGraph, graph: Graph) -> None:
    ask(
        graph,
        "MATCH (i:Image) WHERE i.id IN ['d0-a', 'd0-c'] "
        "SET i.imageLook = '00000000000000f0', i.ocrText = 'pump seal ' + left(i.id, 2)",
    )
    browser = client(desk)
    page = item(browser, "d0")
    assert re.findall(r'data-image="([^"]+)"', page) == ["d0-a", "d0-c", "d0-b"]
    assert page.count("looks like d0-a") == 1
    stack = page[page.index('<details class="below">') : page.index('data-image="d0-b"')]
    assert "1 more like this" in stack
    # An answer to the top is of the top alone.
    browser.post("/review/word", data=form(page, "d0-a") | {"decision": "accept"})
    assert words(graph) == {("d0", "d0-a", "accept", "lin")}
    # The stack is answered when somebody asks for it, and says first what that would do.
    asked = {"document": "d0", "mode": "all", "decision": "reject",
             "images": re.findall(r'name="images" value="([^"]+)">', stack)}  # fmt: skip
    assert asked["images"][-2:] == ["d0-a", "d0-c"]
    seen = browser.post("/review/bulk", data=asked | {"images": asked["images"][-2:]}).text
    assert "2 of 3 images" in seen
    # Whoever comes for one that lies below, or where people differ there, finds it open.
    linked = browser.get("/review/item?document=d0&mode=all&image=d0-c").text
    assert '<details class="below" open>' in linked
    desk.review("d0", "d0-c", Decision.ACCEPT, by="wu")
    drawn = browser.post(
        "/review/word", data=form(item(browser, "d0"), "d0-c") | {"decision": "reject"},
        headers=FRAGMENT,
    )  # fmt: skip
    assert drawn.text.count("<article") == 1
    assert "people differ" in drawn.text[drawn.text.index('<summary id="stack-d0-a"') :]
    assert '<details class="below" open>' in item(browser, "d0")


def test_two_reviewers_never_get_the_same_document(desk: KnowledgeGraph, graph: Graph) -> None:
    lin, wu = (client(desk, ServiceOptions(user=name)) for name in ("lin", "wu"))
    took = [
        re.findall("document=(d.)", one.get("/review?mode=all").headers["location"])[0]
        for one in (lin, wu, lin, wu)
    ]
    # Each has its own, and it stays theirs while they ask again.
    assert took == ["d0", "d1", "d0", "d1"]
    assert "Somebody else has this document" in item(wu, "d0")
    # Fetched ahead, while the other is still before them.
    ahead = lin.get("/review?mode=all&after=s:d0", headers={"X-Beside": "d0"})
    assert "document=d2" in ahead.headers["location"]
    assert "document=d1" in wu.get("/review?mode=all").headers["location"]
    ask(graph, "MATCH (r:ReviewReservation) SET r.until = datetime() - duration('PT1S')")
    assert "document=d0" in wu.get("/review?mode=all").headers["location"]
    assert "document=d1" in lin.get("/review?mode=all").headers["location"]
    ends = lin.get("/review?mode=all&after=s:d9")
    assert "That was all" in ends.text


@pytest.mark.parametrize("way", ["/review?mode=all", "/audit"])
def test_two_who_fetch_ahead_never_have_the_same_before_them(
    kg: KnowledgeGraph, graph: Graph, pictures: Path, way: str
) -> None:
    lay_out(graph, pictures, documents=20, images=1)
    kg.audit_draw(20, by="lin")
    people = {name: client(kg, ServiceOptions(user=name)) for name in ("lin", "wu", "zhao")}
    held = dict[str, set[str]]()
    at = dict.fromkeys(people, (way, ""))

    def go_on(name: str) -> None:
        path, before = at[name]
        told = {"X-Beside": before, "X-Tab": "1"}
        page = people[name].get(path, headers=told, follow_redirects=True).text
        (item,) = re.findall(r'data-beside="([^"]+)"', page)
        (onward,) = re.findall(r'id="next" rel="next" href="([^"]+)"', page)
        # The one that is looked at, and the one that was fetched ahead.
        held[name] = {before, item} - {""}
        at[name] = unescape(onward), item

    def look() -> None:
        assert sum(map(len, held.values())) == len(set().union(*held.values())), held

    for name in ("lin", "lin", "wu", "wu", "zhao", "lin", "zhao", "wu"):
        go_on(name)
        look()
    with ThreadPoolExecutor(3) as pool:
        for _ in range(3):
            list(pool.map(go_on, people))
            look()
    assert [len(two) for two in held.values()] == [2, 2, 2]


def test_one_tab_gives_back_nothing_of_another(desk: KnowledgeGraph, graph: Graph) -> None:
    lin, wu = (client(desk, ServiceOptions(user=name)) for name in ("lin", "wu"))

    def go_on(tab: str, beside: str) -> list[str]:
        """Fetches ahead what lies behind the document that the tab shows."""
        headers = {"X-Tab": tab, "X-Beside": beside}
        answer = lin.get(f"/review?mode=all&after=s:{beside}", headers=headers)
        return re.findall("document=(d.)", answer.headers.get("location", ""))

    # Both tabs show d0; each of them fetches another one ahead.
    assert go_on("first", "d0") == ["d1"]
    assert go_on("second", "d0") == ["d2"]
    # The second one has left d0, which the first one still shows.
    assert go_on("second", "d2") == ["d3"]
    assert desk.reserved("wu") == {"d0", "d1", "d2", "d3"}
    assert "That was all" in wu.get("/review?mode=all").text
    assert go_on("first", "d1") == []
    assert desk.reserved("wu") == {"d1", "d2", "d3"}
    assert "document=d0" in wu.get("/review?mode=all").headers["location"]


def test_whoever_has_much_before_them_keeps_nobody_from_the_rest(
    desk: KnowledgeGraph, graph: Graph
) -> None:
    others = [f"c{number:03}" for number in range(250)]
    rows = [{"id": one, "key": reservation_key(DocumentId(one))} for one in others]
    ask(
        graph,
        "MATCH (i:Image {id: 'd0-a'}) UNWIND $rows AS row CREATE (d:Document {id: row.id}) "
        "CREATE (d)-[:HAS_EVIDENCE {key: row.id, source: 'table', confidence: 0.9}]->(i) "
        "CREATE (:ReviewReservation {key: row.key, document: row.id, by: 'zhao', "
        "until: datetime.realtime() + duration('PT5M')})",
        rows=rows,
    )
    assert "document=d0" in client(desk).get("/review?mode=all").headers["location"]
    zhao = client(desk, ServiceOptions(user="zhao"))
    assert "document=c000" in zhao.get("/review?mode=all").headers["location"]


def test_who_may_look_may_not_say(desk: KnowledgeGraph, graph: Graph) -> None:
    from kg_enrich.access.roles import Role

    secret = desk.create_token(Role.VIEWER, "guest").secret
    guest = client(desk, ServiceOptions("0.0.0.0"), "http://kg.example")
    guest.headers["Authorization"] = f"Bearer {secret}"
    page = guest.get("/review/item?document=d0&mode=all").text
    assert "Title of d0" in page
    assert "/review/word" not in page
    said = {"document": "d0", "image": "d0-a", "decision": "reject", "seen": "x", "by": "lin"}
    assert guest.post("/review/word", data=said).status_code == 403
    assert guest.post("/review/undo", data={}).status_code == 403
    assert guest.get("/review?mode=all").status_code == 403
    assert guest.get("/audit").status_code == 403
    assert words(graph) == set()
    # Who only looks has nothing before them that others would have to wait for.
    assert ask(graph, "MATCH (r:ReviewReservation) RETURN r.by AS by") == []
    assert "document=d0" in client(desk).get("/review?mode=all").headers["location"]


def test_who_said_it_is_never_a_field(desk: KnowledgeGraph, graph: Graph) -> None:
    browser = client(desk)
    said = form(item(browser, "d0"), "d0-a") | {"decision": "accept", "by": "boss", "user": "boss"}
    browser.post("/review/word", data=said)
    assert words(graph) == {("d0", "d0-a", "accept", "lin")}


def test_what_is_not_there_is_said_plainly(desk: KnowledgeGraph) -> None:
    browser = client(desk)
    assert browser.get("/review/item?document=gone&mode=all").status_code == 404
    assert browser.get("/review/item?document=d0&source=other").status_code == 404
    assert browser.get("/review/item?document=d0&mode=sideways").status_code == 422
    assert browser.get("/image?id=gone").status_code == 404


def test_pictures_come_from_the_roots_alone_and_are_kept(
    desk: KnowledgeGraph, graph: Graph, pictures: Path, tmp_path: Path
) -> None:
    secret = tmp_path / "secret.png"
    secret.write_bytes((pictures / "d0-a.png").read_bytes())
    (pictures / "link.png").unlink(missing_ok=True)
    (pictures / "link.png").symlink_to(secret)
    places = {"abs": str(secret), "up": f"../{tmp_path.name}/secret.png", "link": "link.png",
              "etc": "/etc/passwd", "html": "<img src=x onerror=alert(1)>.png"}  # fmt: skip
    ask(
        graph,
        "UNWIND $rows AS row CREATE (:Image {id: row.id, path: row.path})",
        rows=[{"id": name, "path": path} for name, path in places.items()],
    )
    browser = client(desk)
    for name in places:
        refused = browser.get("/image", params={"id": name})
        assert refused.status_code == 404
        assert refused.headers["content-type"].startswith("text/plain")
    seen = browser.get("/image?id=d0-a")
    assert (seen.status_code, seen.headers["content-type"]) == (200, "image/webp")
    tag = {"If-None-Match": seen.headers["etag"]}
    assert browser.get("/image?id=d0-a", headers=tag).status_code == 304
    assert browser.get("/image?id=d0-a&size=2048", headers=tag).status_code == 200
    assert browser.get("/image?id=d0-a&size=333").status_code == 422
    # In all its pixels: encoded anew, never what lies in the file.
    whole = browser.get("/image?id=d0-a&size=0")
    assert whole.headers["content-type"] == "image/jpeg"
    assert "x-reduced" not in whole.headers
    with Image.open(pictures / "d0-a.png") as kept, Image.open(BytesIO(whole.content)) as shown:
        assert shown.size == kept.size
    tag = {"If-None-Match": whole.headers["etag"]}
    assert browser.get("/image?id=d0-a&size=0", headers=tag).status_code == 304
