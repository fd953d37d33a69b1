"""Fifty items of the review queue, reviewed by keyboard alone in a real browser.

    python -m benchmarks.keyboard --documents 10000 --look 0 0.5

An item is answered with `a` or `x` and left with `n`, as soon as the page shows what the key before
did; --look adds seconds for which somebody looks at each item first. Server milliseconds are from
the request that was sent to the first byte of its answer, as the browser measures them. Needs a
Chromium, as the tests of the pages do.
"""

import argparse
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any
from urllib.parse import urlsplit

import psutil

from benchmarks.output import print_markdown
from benchmarks.pages import SOURCE, draw, fill
from benchmarks.rerank_api import serving, settings
from benchmarks.servers import temporary_server
from tests.support.browsing import browser
from tests.support.service import opened, settings_of

HERE = "document.querySelector('.desk')?.dataset.beside"
# An answer shows as a word, or as another card that is gone on to.
ANSWERED = "document.querySelectorAll('.word').length"


class Watch:
    """What an item cost: server milliseconds and requests, pages apart from pictures."""

    def __init__(self) -> None:
        self.pages: list[dict[str, float]] = []
        self.pictures = 0

    def item(self) -> None:
        """What comes now belongs to the next item."""
        self.pages.append({})

    def take(self, request: Any) -> None:
        """A request that was answered."""
        path = urlsplit(request.url).path
        if path.startswith("/image"):
            self.pictures += 1
        elif path.startswith("/review"):
            timing = request.timing
            # A second of one kind (it should not happen) counts beside the first.
            here = self.pages[-1]
            name = path if path not in here else f"{path} again"
            here[name] = timing["responseStart"] - timing["requestStart"]


def wait(page: Any, is_so: Callable[[Any], bool], expression: str) -> float:
    """Waits until an expression's value is so; the seconds that it took."""
    from playwright.sync_api import Error

    began = time.monotonic()
    while True:
        # While another page takes this one's place, nothing can be asked.
        with suppress(Error):
            if is_so(page.evaluate(expression)):
                return time.monotonic() - began
        if time.monotonic() - began > 30:
            raise SystemExit(f"nothing came of it: {expression}")
        page.wait_for_timeout(10)


def other(before: object, now: object) -> bool:
    """Whether another item is there now."""
    return now not in (None, before)


def review(page: Any, watch: Watch, items: int, look: float) -> list[object]:
    """Goes through so many items; a row of the table."""
    answering, going = [], []
    page.goto("/review")
    page.wait_for_load_state("networkidle")
    watch.pages.clear()
    watch.pictures = 0
    began = time.monotonic()
    for number in range(items):
        watch.item()
        page.wait_for_timeout(look * 1000)
        at, said = page.evaluate(HERE), page.evaluate(ANSWERED)
        page.keyboard.press("ax"[number % 2])
        answering.append(wait(page, said.__lt__, ANSWERED))
        page.keyboard.press("n")
        going.append(wait(page, partial(other, at), HERE))
    wall = time.monotonic() - began
    page.wait_for_load_state("networkidle")
    server = sorted(sum(one.values()) for one in watch.pages)
    requests = sum(len(one) for one in watch.pages)
    return [
        look,
        f"{median(server):.0f}",
        f"{server[int(items * 0.95) - 1]:.0f}",
        f"{requests / items:.1f} + {watch.pictures / items:.1f}",
        f"{median(answering) * 1000:.0f}",
        f"{median(going) * 1000:.0f}",
        f"{wall:.1f}",
        f"{wall - items * look:.1f}",
    ]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--documents", type=int, default=10_000)
    parser.add_argument("--pairs", type=int, default=200_000, help="judged, in all")
    parser.add_argument("--items", type=int, default=50)
    parser.add_argument("--look", type=float, nargs="+", default=[0, 0.5], help="seconds an item")
    given = parser.parse_args()
    rows = []
    with tempfile.TemporaryDirectory() as made, temporary_server() as running:
        folder = Path(made)
        draw(folder, given.documents // 2)
        cache = folder / "cache"
        with opened(settings_of(running.server, folder, cache, source=SOURCE)) as kg:
            fill(kg.graph, given.documents, max(given.pairs // given.documents, 3))
            # It lays out the queue.
            kg.publish({"min_score": 4.5})
        # In a process of its own: what drives the browser keeps it from nothing.
        served = serving(settings(running.server, folder) | {"KG_ENRICH_SOURCE": SOURCE})
        with served as address, browser() as chromium:
            print(f"Chromium {chromium.version}, load {psutil.getloadavg()[0]:.1f}", flush=True)
            page = chromium.new_context(base_url=address, locale="en-GB").new_page()
            watch = Watch()
            page.on("requestfinished", watch.take)
            watch.item()
            for look in given.look:
                rows.append(review(page, watch, given.items, look))
                print(*rows[-1], f"load {psutil.getloadavg()[0]:.1f}", flush=True)
    print_markdown(
        ["seconds of looking", "server ms an item: median", "95 %",
         "requests an item: pages + pictures", "ms from answer to card",
         "ms from `n` to the next item", f"seconds for {given.items}", "without looking"],
        rows,
    )  # fmt: skip


if __name__ == "__main__":
    main()
