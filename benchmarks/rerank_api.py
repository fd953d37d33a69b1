"""Throughput and latency of POST /api/rerank, with 1 and 16 clients, beside `kg-enrich score`.

    python -m benchmarks.rerank_api --requests 64 --images 10

A Neo4j, a service process and drawn pictures of its own, all on this machine. Every picture's text
is read once before anything is measured, so that what is measured is the service and the scoring,
not the reading. `kg-enrich score` is a process a request, as a script would start it. A client
sends its next request when it has the answer to the one before.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from statistics import median, quantiles

import httpx

from benchmarks.output import print_markdown
from benchmarks.servers import temporary_server
from tests.support.export import TEXTS, picture
from tests.support.neo4j_server import Neo4jServer

COMMAND = [sys.executable, "-c", "from kg_enrich.cli import main; main()"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=64)
    parser.add_argument("--images", type=int, default=10, help="a request")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        paths = draw(folder, given.images)
        with temporary_server() as running:
            environment = settings(running.server, folder)
            with serving(environment) as address, httpx.Client(timeout=300) as client:
                ask = asking(client, address, paths)
                ask(0)  # the pictures are read
                rows = [
                    row(f"/api/rerank, {clients} client(s)", given, *measured(ask, given, clients))
                    for clients in (1, 16)
                ]
            once = scoring(environment, folder, paths)
            few = argparse.Namespace(requests=4, images=given.images)
            rows.append(row("kg-enrich score, one process each", few, *measured(once, few, 1)))
    columns = ("way", "requests/s", "pairs/s", "median ms", "95 % ms")
    print_markdown(columns, rows)


def draw(folder: Path, images: int) -> list[str]:
    for number in range(images):
        words = f"Pump P-{number}\nflange bolts {number} Nm\nsheet {number}"
        picture(folder / f"{number}.png", words)
    return [f"{number}.png" for number in range(images)]


def settings(server: Neo4jServer, folder: Path) -> dict[str, str]:
    return os.environ | {
        "NEO4J_URI": server.uri,
        "NEO4J_USERNAME": server.username,
        "NEO4J_PASSWORD": server.password,
        "KG_ENRICH_IMAGE_ROOTS": str(folder),
        "KG_ENRICH_CACHE_DIR": str(folder / "cache"),
    }


@contextmanager
def serving(environment: dict[str, str]) -> Iterator[str]:
    process = subprocess.Popen(
        [*COMMAND, "serve", "--port", "0"],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert process.stdout
        address = process.stdout.readline().strip()
        until = time.monotonic() + 120
        while time.monotonic() < until:
            try:
                if httpx.get(f"{address}/readyz").status_code == 200:
                    break
            except httpx.ConnectError:
                pass
            time.sleep(0.1)
        yield address
    finally:
        process.terminate()
        process.wait(30)


def asking(client: httpx.Client, address: str, paths: list[str]) -> Callable[[int], None]:
    texts = list(TEXTS.values())

    def ask(number: int) -> None:
        query = f"{texts[number % len(texts)]} {number}"
        answer = client.post(f"{address}/api/rerank", json={"query": query, "image_paths": paths})
        answer.raise_for_status()
        assert len(answer.json()["results"]) == len(paths)

    return ask


def scoring(environment: dict[str, str], folder: Path, paths: list[str]) -> Callable[[int], None]:
    texts = list(TEXTS.values())

    def ask(number: int) -> None:
        command = [*COMMAND, "score", f"{texts[number % len(texts)]} {number}", *paths, "--json"]
        subprocess.run(command, env=environment, cwd=folder, check=True, capture_output=True)

    return ask


def measured(
    ask: Callable[[int], None], given: argparse.Namespace, clients: int
) -> tuple[float, list[float]]:
    """Seconds of all requests together, and of each."""

    def timed(number: int) -> float:
        began = time.perf_counter()
        ask(number)
        return time.perf_counter() - began

    began = time.perf_counter()
    with ThreadPoolExecutor(clients) as pool:
        each = list(islice(pool.map(timed, range(1, given.requests + 1)), given.requests))
    return time.perf_counter() - began, each


def row(name: str, given: argparse.Namespace, seconds: float, each: list[float]) -> tuple[str, ...]:
    late = quantiles(each, n=20)[-1]
    return (
        name,
        f"{given.requests / seconds:.1f}",
        f"{given.requests * given.images / seconds:.0f}",
        f"{median(each) * 1000:.0f}",
        f"{late * 1000:.0f}",
    )


if __name__ == "__main__":
    main()
