"""What grows with the graph is looked at once, and only where it must be."""

from pathlib import Path

import pytest

from kg_enrich.candidates.checks import open_candidates
from kg_enrich.evidence import flags
from kg_enrich.evidence.models import Policy
from kg_enrich.graph.connection import Graph
from kg_enrich.images.catalogue import Catalogue
from kg_enrich.images.hashes import ImageHashes
from kg_enrich.images.ocr_engine import text_version_of
from kg_enrich.models import ImageId
from tests.support.graphs import TableScorer, ask, evidence, make, repaint, run_table

MANY: dict[str | int, str] = {f"d{number}": f"text {number}" for number in range(30)}


@pytest.fixture
def made(graph: Graph, tmp_path: Path) -> Graph:
    make(graph, tmp_path, MANY, {document: ["x"] for document in MANY})
    return graph


def test_a_hub_is_withdrawn_from_all_its_documents_together(made: Graph, tmp_path: Path) -> None:
    run_table(made, tmp_path, TableScorer(), Policy(max_documents=20), batch_pairs=1)
    assert evidence(made) == {}
    undone = ask(made, "MATCH (:EnrichmentRun)-[:CHANGED]->(u:EvidenceUndo) RETURN u.number AS n")
    # Thirty batches at most, and one more for all that they had published.
    assert len(undone) <= len(MANY) + 1


def test_a_scoped_backfill_flags_what_its_documents_call_for(made: Graph, tmp_path: Path) -> None:
    make(made, tmp_path, {}, {"d0": ["y"]})
    run_table(made, tmp_path, TableScorer(default=9.0))
    assert flags.update(made, 0.8, "r", documents=[["d5", "nowhere"]]).open == 1
    assert flags.update(made, 0.8, "r", documents=[["d0"]]).open == 2
    assert flags.update(made, 0.8, "r").raised == 0


def test_text_of_an_earlier_picture_is_known_as_such(made: Graph, tmp_path: Path) -> None:
    def listed() -> bool:
        return Catalogue(made, (tmp_path,)).look_up([ImageId("x")])[ImageId("x")].is_stale_text

    assert not listed()
    read = text_version_of(ImageHashes().of(tmp_path / "x.png"))
    ask(made, "MATCH (i:Image {id: 'x'}) SET i.ocrVersion = $read, i.ocrText = 'E42'", read=read)
    assert not listed()
    repaint(tmp_path / "x.png")
    assert listed()


def test_images_that_full_text_cannot_find_are_counted(made: Graph, tmp_path: Path) -> None:
    said: list[str] = []

    def look() -> None:
        said.clear()
        open_candidates(made, ["fulltext"], 20, 20, None, 1000, said.append)

    look()
    assert "No image has a caption or text" in said[0]
    make(made, tmp_path, {}, {"d0": ["y", "z"]})
    ask(made, "MATCH (i:Image {id: 'x'}) SET i.ocrVersion = '1', i.ocrText = 'E42'")
    look()
    assert said[0].startswith("2 images have no caption and were never read")
    ask(made, "MATCH (i:Image {id: 'y'}) SET i.caption = 'a pump'")
    ask(made, "MATCH (i:Image {id: 'z'}) SET i.ocrVersion = '1', i.ocrText = ''")
    look()
    assert said == []
