"""A real `kg-enrich serve` judges for another kg-enrich, over HTTP."""

import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from kg_enrich import api
from kg_enrich.models import Document, DocumentId, Image, ImageId, Outcome, Pair
from kg_enrich.scorers.remote.options import ProtocolName, RemoteOptions
from kg_enrich.scorers.remote.scorer import RemoteScorer
from kg_enrich.settings import load_settings
from tests.support.commands import COMMAND, environment
from tests.support.export import TEXTS
from tests.support.neo4j_server import Neo4jServer


@pytest.fixture(scope="module")
def address(migrated: Neo4jServer, export: Path, readings: Path) -> Iterator[str]:
    """Where a `serve` in a process of its own listens."""
    settings = environment(migrated, export, KG_ENRICH_CACHE_DIR=str(readings))
    process = subprocess.Popen(
        [COMMAND, "serve", "--port", "0"],
        env=settings | {"KG_ENRICH_WORKERS": "1"},
        cwd=export,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert process.stdout
        yield process.stdout.readline().strip()
    finally:
        process.terminate()
        process.communicate(timeout=120)


def test_its_scores_are_those_of_its_own_scorer(address: str, export: Path, readings: Path) -> None:
    """In its own shape, with reasons, and in the two of others that it speaks."""
    files = sorted(export.glob("*.png"))
    images = [Image(ImageId(file.stem), file, "1") for file in files]
    pairs = [
        Pair(Document(DocumentId(name), "", text, "1"), image)
        for name, text in TEXTS.items()
        for image in images
    ]
    here = load_settings(cache_dir=readings, workers=1, image_roots=(export,))
    expected: dict[tuple[str, str], float | None] = {}
    for name, text in TEXTS.items():
        ranking = api.score(text, files, here)
        expected |= {(name, one.path.stem): one.judgement.log_odds for one in ranking.ranked}
    options = RemoteOptions(address, "kg-enrich", "ocr", "1", images=2)
    protocols: tuple[ProtocolName, ...] = ("kg-enrich", "vllm", "jina")
    for protocol in protocols:
        asked = replace(options, protocol=protocol)
        scorer = RemoteScorer(replace(asked, scale="logit") if protocol == "vllm" else asked)
        try:
            judged = scorer.score(pairs)
        finally:
            scorer.close()
        found = {(one.document, one.image): one.log_odds for one in judged if one.score is not None}
        assert found == pytest.approx(expected, abs=1e-5)
        without = {one.outcome for one in judged if one.score is None}
        assert without == {Outcome.ABSTAINED if protocol == "kg-enrich" else Outcome.FAILED}
