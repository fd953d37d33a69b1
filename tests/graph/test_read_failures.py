"""What is recorded of images that cannot be read, and when it ends."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image as Picture

from kg_enrich.doctor.checks import Health
from kg_enrich.doctor.graph import examine_graph
from kg_enrich.graph.connection import Graph
from kg_enrich.images.decoding import DecodeLimits
from kg_enrich.images.looks import look_of
from kg_enrich.images.ocr import OcrReader
from kg_enrich.images.ocr_texts import ReadImages, read_images
from kg_enrich.images.workers import WorkerLimits
from kg_enrich.models import Notice, Outcome
from tests.support.commands import environment
from tests.support.graphs import TableScorer, ask, evidence, make, run_table
from tests.support.neo4j_server import Neo4jServer

TEXTS: dict[str | int, str] = {"a": "first", "b": "second"}
CANDIDATES: dict[str | int, list[str | int]] = {"a": ["x", "y"], "b": ["x"]}


def failures(graph: Graph) -> set[tuple[str, str]]:
    """(image, what its failure depends on) of every record, whether its image is there or not."""
    rows = ask(
        graph,
        "MATCH (f:ReadFailure) OPTIONAL MATCH (i:Image)-[:COULD_NOT_READ]->(f) "
        "RETURN i.id AS image, f.depends AS depends",
    )
    return {(row["image"], row["depends"]) for row in rows}


@pytest.fixture(scope="module")
def readers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, OcrReader]]:
    """Two readers of text, one with a low limit of pixels.

    Each has a cache of its own: what one has read, the other need not open.
    """
    made = {
        "low": OcrReader(tmp_path_factory.mktemp("low"), 1, DecodeLimits(max_pixels=1000)),
        "usual": OcrReader(tmp_path_factory.mktemp("usual"), 1),
    }
    yield made
    for reader in made.values():
        reader.close()


def counts(read: ReadImages) -> tuple[int, int, int]:
    return read.read, read.unchanged, len(read.problems)


def test_a_raised_limit_reads_what_was_over_it(
    graph: Graph, tmp_path: Path, readers: dict[str, OcrReader]
) -> None:
    make(graph, tmp_path, TEXTS, CANDIDATES)
    assert counts(read_images(graph, readers["low"], (tmp_path,))) == (0, 0, 2)
    depends = "image_max_pixels=1000"
    assert failures(graph) == {("x", depends), ("y", depends)}
    assert counts(read_images(graph, readers["low"], (tmp_path,))) == (0, 0, 0)
    assert counts(read_images(graph, readers["usual"], (tmp_path,))) == (2, 0, 0)
    assert failures(graph) == set()


def test_retry_failed_tries_what_stands_again(
    graph: Graph, tmp_path: Path, readers: dict[str, OcrReader]
) -> None:
    make(graph, tmp_path, TEXTS, CANDIDATES)
    (tmp_path / "x.png").write_bytes(b"no picture")
    assert counts(read_images(graph, readers["usual"], (tmp_path,))) == (1, 0, 1)
    assert counts(read_images(graph, readers["usual"], (tmp_path,))) == (0, 1, 0)
    again = read_images(graph, readers["usual"], (tmp_path,), retry_failed=True)
    assert counts(again) == (0, 1, 1)
    assert failures(graph) == {("x", "")}
    checks = {check.name: check for check in examine_graph(graph, (tmp_path,), ())}
    found = checks["unreadable images"]
    assert (found.status, found.seen) == (
        Health.WARNING,
        "images that could not be read: 1 by their files",
    )
    assert "read-images --retry-failed" in found.advice
    Picture.new("RGB", (8, 8)).save(tmp_path / "x.png")
    assert counts(read_images(graph, readers["usual"], (tmp_path,))) == (1, 1, 0)
    assert failures(graph) == set()


def test_looks_follow_the_contents(
    graph: Graph, tmp_path: Path, readers: dict[str, OcrReader]
) -> None:
    def looks() -> list[str | None]:
        rows = ask(graph, "MATCH (i:Image) RETURN i.imageLook AS look ORDER BY i.id")
        return [row["look"] for row in rows]

    make(graph, tmp_path, TEXTS, CANDIDATES)
    gradient = Picture.linear_gradient("L").convert("RGB")
    gradient.save(tmp_path / "x.png")
    read_images(graph, readers["usual"], (tmp_path,))
    # One colour all over looks like nothing.
    assert looks() == [look_of(gradient), ""]
    # A graph of an older release gets them without reading any text again.
    ask(graph, "MATCH (i:Image) REMOVE i.imageLook")
    assert counts(read_images(graph, readers["usual"], (tmp_path,))) == (0, 2, 0)
    assert looks() == [look_of(gradient), ""]
    turned = gradient.rotate(90)
    turned.save(tmp_path / "x.png")
    run_table(graph, tmp_path, TableScorer())
    assert looks() == [None, ""]
    read_images(graph, readers["usual"], (tmp_path,))
    assert looks() == [look_of(turned), ""] != [look_of(gradient), ""]


def test_a_script_without_a_guard_retries(
    migrated: Neo4jServer, graph: Graph, tmp_path: Path
) -> None:
    make(graph, tmp_path, {"a": "text"}, {"a": ["x"]})
    script = tmp_path / "script.py"
    script.write_text(
        "import kg_enrich\n"
        "first = kg_enrich.read_images().read\n"
        "print(first, len(kg_enrich.read_images(retry_failed=True).problems))\n"
    )
    (tmp_path / "x.png").write_bytes(b"no picture")
    settings = environment(migrated, tmp_path, KG_ENRICH_CACHE_DIR=str(tmp_path / "cache"))
    done = subprocess.run(
        [sys.executable, script], env=settings, cwd=tmp_path, capture_output=True, text=True
    )
    assert done.stdout == "0 1\n", done.stderr
    assert failures(graph) == {("x", "")}


def test_records_of_older_releases_are_tried_once_more(
    graph: Graph, tmp_path: Path, readers: dict[str, OcrReader]
) -> None:
    make(graph, tmp_path, TEXTS, CANDIDATES)
    (tmp_path / "y.png").write_bytes(b"no picture")
    read_images(graph, readers["low"], (tmp_path,))
    ask(graph, "MATCH (f:ReadFailure) REMOVE f.depends")
    assert counts(read_images(graph, readers["usual"], (tmp_path,))) == (1, 0, 1)
    assert failures(graph) == {("y", "")}


def test_a_worker_that_dies_or_hangs_brands_nothing(graph: Graph, tmp_path: Path) -> None:
    """No memory for the models ends every try of the first reader."""
    make(graph, tmp_path, {"a": "text"}, {"a": ["x"]})
    poor = OcrReader(tmp_path / "cache", 1, worker_limits=WorkerLimits(memory=100_000_000))
    assert counts(read_images(graph, poor, (tmp_path,))) == (0, 0, 1)
    poor.close()
    assert failures(graph) == set()
    usual = OcrReader(tmp_path / "cache", 1)
    assert counts(read_images(graph, usual, (tmp_path,))) == (1, 0, 0)
    usual.close()


def test_one_scorers_demand_keeps_no_other_from_an_image(graph: Graph, tmp_path: Path) -> None:
    make(graph, tmp_path, TEXTS, CANDIDATES)

    def picky(outcome: Outcome | None) -> TableScorer:
        scores = {(str(d), "x"): outcome for d in TEXTS} if outcome else {}
        own = "scorer=picky"
        return TableScorer(scores, fingerprint="p", conditions=frozenset({own}), depends=own)

    assert run_table(graph, tmp_path, picky(Outcome.UNREADABLE)).counters.failed == 2
    other = TableScorer(fingerprint="other", conditions=frozenset({"scorer=other"}))
    assert run_table(graph, tmp_path, other).counters.failed == 0
    assert ("a", "x") in other.asked
    # The other one could read it, which ends no demand of the picky one.
    assert failures(graph) == {("x", "scorer=picky")}
    assert run_table(graph, tmp_path, picky(None)).counters.failed == 0
    assert failures(graph) == {("x", "scorer=picky")}


def test_a_failure_that_depends_ends_when_that_changes(graph: Graph, tmp_path: Path) -> None:
    make(graph, tmp_path, {"a": "text"}, {"a": ["x"]})
    without = frozenset({"plugin=heif"})
    bad = {("a", "x"): Outcome.UNREADABLE}
    run_table(graph, tmp_path, TableScorer(bad, conditions=without, depends="plugin=heif"))
    assert failures(graph) == {("x", "plugin=heif")}
    same = TableScorer(conditions=without)
    run_table(graph, tmp_path, same)
    assert same.asked == []
    installed = TableScorer()
    run_table(graph, tmp_path, installed)
    assert installed.asked == [("a", "x")]
    assert failures(graph) == set()
    assert evidence(graph) == {("a", "x"): 7.0}


def test_a_mount_that_is_away_changes_nothing(graph: Graph, tmp_path: Path) -> None:
    root, away = tmp_path / "root", tmp_path / "away"
    root.mkdir()
    make(graph, root, TEXTS, CANDIDATES)
    run_table(graph, root, TableScorer())
    before = evidence(graph)
    root.rename(away)
    root.mkdir()
    record = run_table(graph, root, TableScorer())
    assert record.counters.failed == 3
    assert record.notices == {Notice.UNREADABLE_IMAGE: 2}
    assert (failures(graph), evidence(graph)) == (set(), before)
    root.rmdir()
    away.rename(root)
    back = TableScorer()
    assert run_table(graph, root, back).counters.failed == 0
    assert (back.asked, failures(graph), evidence(graph)) == ([], set(), before)


def test_a_file_that_comes_back_ends_its_failure(graph: Graph, tmp_path: Path) -> None:
    make(graph, tmp_path, TEXTS, CANDIDATES)
    run_table(graph, tmp_path, TableScorer())
    (tmp_path / "x.png").rename(tmp_path / "x.away")
    run_table(graph, tmp_path, TableScorer())
    assert failures(graph) == {("x", "")}
    (tmp_path / "x.away").rename(tmp_path / "x.png")
    back = TableScorer()
    run_table(graph, tmp_path, back)
    assert (back.asked, failures(graph)) == ([], set())
