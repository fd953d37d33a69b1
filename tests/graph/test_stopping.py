"""A stop is heard between two pictures, and costs nothing that was read."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event

import pytest

from kg_enrich.errors import Interrupted
from kg_enrich.graph.connection import Graph
from kg_enrich.images.ocr import OcrReader
from kg_enrich.images.ocr_texts import read_images
from kg_enrich.jobs.control import Control
from kg_enrich.models import Image, ImageId, RunStatus
from tests.support.graphs import TableScorer, ask, draw, evidence, make, run_table

NAMES: list[str | int] = [f"i{number}" for number in range(9)]


@dataclass
class StoppedReader(TableScorer):
    """Somebody asks for a stop while the third picture is being read."""

    stop: Event = field(default_factory=Event)
    seen: list[str] = field(default_factory=list)

    def remembers(self, image: Image) -> bool:
        return image.id in self.seen

    def read(self, image: Image, stopped: Callable[[], bool]) -> None:
        self.seen.append(image.id)
        if len(self.seen) == 3:
            self.stop.set()


def test_a_run_stops_between_two_pictures(graph: Graph, tmp_path: Path) -> None:
    make(graph, tmp_path, {"a": "text"}, {"a": NAMES})
    scorer = StoppedReader()
    record = run_table(graph, tmp_path, scorer, control=Control(stop=scorer.stop))
    assert record.status is RunStatus.INTERRUPTED
    assert (len(scorer.seen), scorer.asked, evidence(graph)) == (3, [], {})
    rest = run_table(graph, tmp_path, TableScorer())
    assert (rest.status, rest.counters.scored) == (RunStatus.SUCCEEDED, len(NAMES))


def test_reading_for_the_graph_stops_between_two_pictures_and_keeps_what_it_has(
    graph: Graph, tmp_path: Path
) -> None:
    make(graph, tmp_path, {"a": "text"}, {"a": NAMES[:4]})
    begun = 0

    def done(many: int) -> None:
        nonlocal begun
        begun += many
        if begun == 3:
            raise Interrupted("stopped")

    reader = OcrReader(tmp_path / "cache", workers=1)
    try:
        with pytest.raises(Interrupted):
            read_images(graph, reader, (tmp_path,), done)
        kept = ask(graph, "MATCH (i:Image) WHERE i.ocrVersion IS NOT NULL RETURN i")
        assert len(kept) == 2
        assert read_images(graph, reader, (tmp_path,)).read == 2
    finally:
        reader.close()


def test_a_cache_that_cannot_be_written_is_said_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    draw(tmp_path, ["x", "y"])
    cache = tmp_path / "cache"
    reader = OcrReader(cache, workers=1)
    # A file in the place of every folder that it would make.
    for number in range(256):
        (cache / f"{number:02x}").write_text("")
    try:
        with caplog.at_level(logging.WARNING):
            for name in ("x", "y"):
                reader.read(Image(ImageId(name), tmp_path / f"{name}.png", "1"))
    finally:
        reader.close()
    (line,) = (record.getMessage() for record in caplog.records)
    assert "KG_ENRICH_CACHE_DIR" in line
    assert str(cache) in line
