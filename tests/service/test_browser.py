"""The pages in a browser: by keyboard, with no request to anybody else, and readable by all."""

import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from kg_enrich import Decision, KnowledgeGraph
from kg_enrich.evidence import flags
from kg_enrich.graph.connection import Graph
from kg_enrich.service.options import ServiceOptions
from tests.support.browsing import browser, serving
from tests.support.desk import lay_out, words
from tests.support.graphs import ask

# Seconds that anything may take that a test waits for.
PATIENCE = 100


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    with browser() as opened:
        yield opened


@pytest.fixture
def page(chromium: Any, kg: KnowledgeGraph, graph: Graph, pictures: Path) -> Iterator[Any]:
    """A page at the service, which may ask nobody else and must not stumble."""
    lay_out(graph, pictures, documents=4)
    flags.update(graph, 0.5, "test")
    troubles: list[str] = []

    def stranger(url: str) -> None:
        # The service alone, at whatever port of this machine it serves.
        if not url.startswith(("http://127.0.0.1:", "blob:")):
            troubles.append(url)

    def refused(said: str) -> None:
        if "Content Security" in said:
            troubles.append(said)

    with serving(kg) as address:
        context = chromium.new_context(base_url=address, locale="en-GB")
        page = context.new_page()
        page.set_default_timeout(PATIENCE * 1000)
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.on("dialog", lambda dialog: troubles.append(dialog.message))
        page.on("request", lambda request: stranger(request.url))
        page.on("console", lambda said: refused(said.text))
        yield page
        context.close()
    assert troubles == []


def until(page: Any, expression: str) -> None:
    """Waits until it is true. Playwright's own way of that needs what our pages forbid: eval."""
    from playwright.sync_api import Error

    end = time.monotonic() + PATIENCE
    while True:
        # While another page takes this one's place, nothing can be asked.
        with suppress(Error):
            if page.evaluate(expression):
                return
        assert time.monotonic() < end, expression
        page.wait_for_timeout(20)


def current(page: Any) -> str:
    return str(page.locator(".card.current").get_attribute("data-image"))


def test_items_are_reviewed_by_keyboard_alone(page: Any, graph: Graph) -> None:
    asked: list[str] = []
    page.on(
        "request", lambda request: asked.append(f"{request.method} {urlsplit(request.url).path}")
    )
    page.goto("/review?mode=all")
    assert current(page) == "d0-a"
    until(page, "document.querySelectorAll('mark.here').length === 2")
    untouched = page.locator('[data-image="d0-c"]').element_handle()
    # What lies behind it is fetched ahead, and its pictures with it.
    while asked.count("GET /review/item") < 2:
        page.wait_for_timeout(20)
    page.wait_for_load_state("networkidle")
    asked.clear()
    page.keyboard.press("a")
    until(page, "document.querySelector('.card.current')?.dataset.image === 'd0-b'")
    # One request, and no other card was drawn anew.
    assert [one for one in asked if one != "GET /image"] == ["POST /review/word"]
    assert untouched.evaluate("it => it.isConnected")
    page.keyboard.press("x")
    until(page, "document.querySelector('.card.current')?.dataset.image === 'd0-c'")
    page.keyboard.press("1")
    page.keyboard.press("+")
    page.keyboard.press("2")
    # Zoom is kept from one to the next.
    assert "scale(1.4)" in page.locator(".card.current img").get_attribute("style")
    for _ in range(7):
        page.keyboard.press("+")
    # As many pixels as are looked at: beyond 2,048 of them it is the whole picture.
    until(page, "document.querySelector('.card.current img').src.includes('size=0')")
    page.keyboard.press("o")
    assert "rotate(90deg)" in page.locator(".card.current img").get_attribute("style")
    page.keyboard.press("Shift+ArrowLeft")
    assert "41% 50%" in page.locator(".card.current img").get_attribute("style")
    assert current(page) == "d0-b"
    page.keyboard.press("0")
    assert words(graph) == {("d0", "d0-a", "accept", "lin"), ("d0", "d0-b", "reject", "lin")}
    page.keyboard.press("z")
    until(page, "!document.querySelector('[data-image=\"d0-b\"]').matches('.decided')")
    assert words(graph) == {("d0", "d0-a", "accept", "lin")}
    for document in ("d1", "d2"):
        page.keyboard.press("n")
        page.wait_for_url(f"**document={document}*")
        until(page, f"document.querySelector('h1').textContent === 'Title of {document}'")
        page.keyboard.press("u")
        page.wait_for_selector(".card.decided, .word.unsure")
        page.wait_for_load_state("networkidle")
    assert ("d2", "d2-a", "unsure", "lin") in words(graph)
    page.go_back()
    until(page, "document.querySelector('h1').textContent === 'Title of d1'")


def test_forms_work_without_a_script(
    page: Any, chromium: Any, kg: KnowledgeGraph, graph: Graph
) -> None:
    with serving(kg) as address:
        context = chromium.new_context(base_url=address, java_script_enabled=False, locale="en-GB")
        plain = context.new_page()
        plain.set_default_timeout(PATIENCE * 1000)
        plain.goto("/review?mode=all")
        card = plain.locator('[data-image="d0-a"]')
        card.locator("summary").click()
        card.get_by_label("misleading").check()
        card.get_by_role("button", name="Reject").click()
        assert "No" in plain.locator('[data-image="d0-a"] .words').inner_text()
        assert words(graph) == {("d0", "d0-a", "reject", "lin")}
        plain.get_by_role("button", name="Undo").click()
        assert words(graph) == set()
        plain.get_by_role("link", name="Next").click()
        assert "Title of d1" in plain.locator("h1").inner_text()
        context.close()


def test_several_are_ticked_previewed_and_done(page: Any, graph: Graph) -> None:
    page.goto("/review/item?document=d3&mode=all")
    page.keyboard.press("m")
    page.keyboard.press("2")
    page.keyboard.press("m")
    page.get_by_role("button", name="Reject ticked").click()
    page.wait_for_selector(".preview")
    assert "2 of 3 images" in page.locator(".preview h2").inner_text()
    assert words(graph) == set()
    page.keyboard.press("Enter")
    until(page, "document.querySelectorAll('.word.reject').length === 2")
    assert {(image, decision) for _, image, decision, _ in words(graph)} == {
        ("d3-a", "reject"), ("d3-b", "reject"),
    }  # fmt: skip


def test_a_stack_is_opened_and_answered_by_key(page: Any, graph: Graph) -> None:
    alike = "SET i.imageLook = '00000000000000f0', i.ocrText = 'pump'"
    ask(graph, f"MATCH (i:Image) WHERE i.id IN ['d0-a', 'd0-c'] {alike}")
    page.goto("/review/item?document=d0&mode=all")
    place = "document.querySelector('.card.current').dataset.image"
    for key, image in (("2", "d0-b"), ("1", "d0-a"), ("ArrowRight", "d0-b"), ("1", "d0-a")):
        page.keyboard.press(key)
        assert page.evaluate(place) == image
    page.keyboard.press("t")
    until(page, "document.querySelector('.below').open")
    # The same numbers, and arrows go through what lies open, in grid and one at a time.
    for key, image in (("g", "d0-a"), ("ArrowRight", "d0-c"), ("2", "d0-b"), ("ArrowLeft", "d0-c")):
        page.keyboard.press(key)
        assert page.evaluate(place) == image
        assert page.locator(".card.current").is_visible()
    page.keyboard.press("t")
    until(page, f"{place} === 'd0-a'")
    page.keyboard.press("g")
    page.keyboard.press("a")
    until(page, f"{place} === 'd0-b'")
    assert words(graph) == {("d0", "d0-a", "accept", "lin")}
    page.keyboard.press("1")
    page.keyboard.press("Shift+X")
    page.wait_for_selector(".preview")
    assert "2 of 3 images" in page.locator(".preview h2").inner_text()
    page.keyboard.press("Enter")
    until(page, "document.querySelectorAll('.word.reject').length === 2")
    assert {(image, said) for _, image, said, _ in words(graph)} == {
        ("d0-a", "reject"), ("d0-c", "reject"),
    }  # fmt: skip


def test_a_page_that_is_out_of_date_says_so(page: Any, kg: KnowledgeGraph, graph: Graph) -> None:
    page.goto("/review/item?document=d0&mode=all")
    kg.review("d0", "d0-a", Decision.REJECT, by="wu")
    page.keyboard.press("a")
    page.wait_for_selector('[data-image="d0-a"] [role=alert]')
    assert words(graph) == {("d0", "d0-a", "reject", "wu")}
    # What wu said is before them now, and an answer is to that.
    page.keyboard.press("x")
    until(page, "document.querySelectorAll('.word.reject').length === 2")


def test_images_are_referenced_and_left_by_key(page: Any, graph: Graph) -> None:
    page.goto("/unreferenced")
    image = current(page)
    page.keyboard.press("e")
    page.wait_for_selector(".card.decided")
    assert f"references {image} now" in page.locator(".card.decided").inner_text()
    page.keyboard.press("1")
    page.keyboard.press("z")
    until(page, "!document.querySelector('.card.decided')")


def test_a_slider_tells_what_a_threshold_would_publish(page: Any, kg: KnowledgeGraph) -> None:
    kg.audit_draw(12, by="lin")
    while (question := kg.audit_next(by="lin")) is not None:
        right = Decision.REJECT if question.image.endswith("c") else Decision.ACCEPT
        kg.audit_answer(question.key, right, by="lin")
    page.goto("/quality")
    page.get_by_role("button", name="Work out anew").click()
    slider = page.get_by_role("slider")
    slider.wait_for()
    until(page, "document.querySelector('.slider button').hidden")
    told, marks = [], []
    for key in ("Home", "End", "Home"):
        slider.press(key)
        told.append(page.locator("#says").inner_text())
        marks.append(page.locator(".chosen").get_attribute("transform"))
    assert told[0] == told[2]
    assert "12 pairs" in told[0] and "at least 67 % for sure (8 of 12 answers)" in told[0]
    assert ": 4 pairs" in told[1]
    assert marks[0] == marks[2] != marks[1]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_are_readable_by_all(page: Any, kg: KnowledgeGraph, scheme: str) -> None:
    kg.review("d1", "d1-a", Decision.ACCEPT, by="wu")
    kg.review("d1", "d1-a", Decision.REJECT, by="lin")
    run = kg.runs().runs[0].record.id
    paths = ["/review/item?document=d1&mode=all", "/review?mode=all&after=s:d9", "/unreferenced",
             "/documents", "/document?id=d1", "/runs", f"/run?id={run}", f"/run/rollback?id={run}",
             "/try", "/nothing", "/audit", "/audit?second=1", "/quality"]  # fmt: skip
    kg.audit_draw(12, by="lin")
    for _ in range(3):
        question = kg.audit_next(by="wu")
        assert question is not None
        kg.audit_answer(question.key, Decision.ACCEPT, by="wu")
    page.goto("/quality")
    page.get_by_role("button", name="Work out anew").click()
    page.get_by_role("slider").wait_for()
    page.emulate_media(color_scheme=scheme)
    if scheme == "dark":
        page.set_viewport_size({"width": 390, "height": 844})
        page.goto("/language?to=zh")
    with serving(kg, ServiceOptions("0.0.0.0", hosts=("127.0.0.1",))) as guarded:
        assert look(page, [*paths, f"{guarded}/login?next=/runs"]) == {}


def look(page: Any, paths: list[str]) -> dict[str, list[Any]]:
    """What is wrong with pages by WCAG AA, by their addresses."""
    from axe_playwright_python.sync_playwright import Axe

    found = {}
    for path in paths:
        page.goto(path)
        for summary in page.locator("details:not([open]) > summary").all():
            if summary.is_visible():
                summary.click()
        options = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
        result = Axe().run(page, options=options).response
        if result["violations"]:
            found[path] = [
                (one["id"], [node["html"][:160] for node in one["nodes"][:3]])
                for one in result["violations"]
            ]
        # Nothing is wider than the window.
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
    return found
