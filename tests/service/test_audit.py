"""Blind audits and figures of quality on the pages."""

import re
import time
from html import unescape
from pathlib import Path

from kg_enrich import Decision, KnowledgeGraph
from kg_enrich.graph.connection import Graph
from kg_enrich.service.options import ServiceOptions
from tests.support.desk import lay_out, words
from tests.support.graphs import ask
from tests.support.service import client


def asked(page: str) -> str:
    """The key of the pair that a page asks about."""
    (key,) = re.findall(r'data-beside="(\w+)"', page)
    return str(key)


def test_pairs_are_answered_blind_taken_back_and_by_two_people(
    kg: KnowledgeGraph, graph: Graph, pictures: Path
) -> None:
    lay_out(graph, pictures)
    lin, wu = (client(kg, ServiceOptions(user=name)) for name in ("lin", "wu"))
    assert "audit draw" in lin.get("/audit").text
    kg.audit_draw(12, by="lin")
    kg.review("d0", "d0-a", Decision.REJECT, by="zhao", note="not this one")
    keys = set()
    for browser in (lin, wu):
        page = browser.get("/audit").text
        key = asked(page)
        keys.add(key)
        # Neither a score, nor whether it is published, nor what others said.
        for betrayal in ('class="score"', "<meter", "chip", "not this one", "zhao", "matches"):
            assert betrayal not in page
    # Each has another one before them.
    assert len(keys) == 2
    said = lin.post("/audit", data={"key": key, "decision": "accept", "by": "boss"})
    assert said.headers["location"] == f"/audit?last={key}"
    (kept,) = ask(graph, "MATCH (w:EvidenceReview {by: 'lin'}) RETURN w.blind AS b, w.way AS way")
    assert kept["b"]
    undone = lin.post("/audit/undo", data={"key": key})
    assert f'value="{key}"' in lin.get(undone.headers["location"]).text
    assert {by for *_, by in words(graph)} == {"zhao"}
    lin.post("/audit", data={"key": key, "decision": "accept"})
    again = wu.get("/audit?second=1").text
    assert f'value="{key}"' in again
    with lin:
        assert lin.post("/quality").status_code == 303
        until = time.monotonic() + 240
        while "Reading all judgements" in (page := lin.get("/quality?threshold=5").text):
            assert time.monotonic() < until
            time.sleep(0.05)
    assert "1 of " in page
    assert "drawn pairs are answered" in page
    assert page.count("<svg") == 1
    # A slider that works as a form.
    assert re.search(r"<output[^>]*>From \d", page)


def test_what_was_passed_over_does_not_come_back_at_once(
    kg: KnowledgeGraph, graph: Graph, pictures: Path
) -> None:
    lay_out(graph, pictures)
    kg.audit_draw(12, by="lin")
    lin = client(kg)
    page = lin.get("/audit").text
    skipped = [asked(page)]
    for _ in range(2):
        (onward,) = re.findall(r'id="next" rel="next" href="([^"]+)"', page)
        page = lin.get(unescape(onward)).text
        skipped.append(asked(page))
    key = skipped.pop()
    assert len({key, *skipped}) == 3
    passed = re.findall(r'name="passed" value="(\w+)"', page)
    data = {"key": key, "decision": "accept", "passed": passed}
    after = lin.get(lin.post("/audit", data=data).headers["location"]).text
    assert asked(after) not in {key, *skipped}
    # It is asked still, of whoever begins anew.
    assert asked(lin.get("/audit").text) == skipped[0]
