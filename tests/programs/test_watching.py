"""Watchers as processes: several of one folder, killed ones, and ones that are told to stop."""

import json
import signal
import subprocess
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from kg_enrich.graph.connection import Graph
from tests.support.commands import COMMAND, bare_environment, call, environment
from tests.support.export import TEXTS, picture
from tests.support.graphs import ask
from tests.support.jobs import done, put
from tests.support.neo4j_server import Neo4jServer
from tests.support.workers import until


@contextmanager
def watcher(folder: Path, cache: Path, *more: str) -> Iterator[subprocess.Popen[str]]:
    """`kg-enrich watch` on folder/in, with answers in folder/out."""
    process = subprocess.Popen(
        [COMMAND, "watch", "in", "--output", "out", "--interval", "0.1", *more],
        cwd=folder,
        env=bare_environment() | {"KG_ENRICH_CACHE_DIR": str(cache), "KG_ENRICH_WORKERS": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def answers(folder: Path) -> Counter[str]:
    """How many results each job has."""
    files = (folder / "out").glob("*_result.json")
    return Counter(json.loads(file.read_text("utf-8"))["job"] for file in files)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("in", "out"):
        (tmp_path / name).mkdir()
    return tmp_path


def test_two_watchers_share_a_folder(folder: Path, export: Path, readings: Path) -> None:
    names = [f"job-{number:02}" for number in range(12)]
    with watcher(folder, readings) as first, watcher(folder, readings) as second:
        for name in names:
            put(folder / "in", name, TEXTS["pump"], [export / "flange.png"])
        until(lambda: len(done(folder / "in")) == len(names), 240)
        for process in (first, second):
            process.send_signal(signal.SIGTERM)
        said = [process.communicate(timeout=240) for process in (first, second)]
        assert (first.returncode, second.returncode) == (0, 0), said
    assert answers(folder) == Counter(names)
    assert done(folder / "in") == names
    told = [line.partition(":")[0] for out, _ in said for line in out.splitlines()]
    assert sorted(told) == names
    assert not any("Traceback" in errors for _, errors in said)


def test_a_killed_watchers_job_is_done_by_the_next(folder: Path, tmp_path: Path) -> None:
    pictures = []
    for number in range(3):
        pictures.append(tmp_path / f"{number}.png")
        picture(pictures[-1], f"P-204 discharge flange {number}\nbolts 85 Nm")
    put(folder / "in", "pump", TEXTS["pump"], pictures)
    cache = tmp_path / "cache"

    def at_work() -> bool:
        return any((folder / "in" / "working").glob("*/images/*"))

    for _ in range(2):
        with watcher(folder, cache) as process:
            until(at_work)
            process.kill()
        assert answers(folder) == Counter()
        assert done(folder / "in") == []
        for left in (folder / "in" / "working").glob("*/images/*"):
            left.unlink()  # or the next one would seem to be at work before it is
    with watcher(folder, cache) as process:
        until(at_work)
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=240)
        assert process.returncode == 0, errors
        assert "finishing the job in hand" in errors
        assert "it is taken over" in errors
    assert answers(folder) == Counter(["pump"])
    with watcher(folder, cache, "--once") as process:
        out, errors = process.communicate(timeout=240)
        assert (process.returncode, out) == (0, ""), errors
    assert answers(folder) == Counter(["pump"])
    assert done(folder / "in") == ["pump"]
    assert list((folder / "in" / "working").iterdir()) == []


def test_a_gallery_comes_into_the_graph(
    graph: Graph, neo4j_server: Neo4jServer, folder: Path, export: Path, readings: Path
) -> None:
    gallery = folder / "gallery"
    gallery.mkdir()
    env = environment(neo4j_server, folder, KG_ENRICH_CACHE_DIR=str(readings))
    line = ("watch", "in", "--output", "out", "--once", "--interval", "0.1", "--load", "gallery")
    put(folder / "in", "pump", TEXTS["pump"], [export / "flange.png"])
    for number, name in enumerate(("flange", "login"), 1):
        (gallery / f"{name}.png").write_bytes((export / f"{name}.png").read_bytes())
        assert call(env, folder, *line).code == 0
        rows = ask(graph, "MATCH (i:Image) RETURN i.path AS path, i.ocrText <> '' AS read")
        assert len(rows) == number
        assert {"path": f"gallery/{name}.png", "read": True} in rows
    assert answers(folder) == Counter(["pump"])
    # Nobody looks again after the only look: that somebody else loads is said by the exit code.
    (gallery / "pump.png").write_bytes((export / "flange.png").read_bytes())
    lease = "MATCH (j:EnrichmentJob) SET j.leaseUntil = datetime() + duration({minutes: $minutes})"
    ask(graph, lease, minutes=9)
    assert call(env, folder, *line).code == 3
