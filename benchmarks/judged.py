"""Graphs whose pairs are all judged already, for benchmarks of what comes after."""

import random
from collections.abc import Sequence
from pathlib import Path

from PIL import Image as Picture

from kg_enrich.graph.connection import Graph
from kg_enrich.models import Judgement, Pair
from tests.support.graphs import TableScorer, ask, begin_source

CANDIDATES = 20  # images of a document, and documents of an image
WORDS = 400  # of a document's text
_CAPTION_WORDS = 20
_VOCABULARY = 20_000
_FILES = 2000
_ROWS = 2000


class DrawingScorer(TableScorer):
    """Draws scores from the pair and the seed: a quarter of the pairs reaches 5.0."""

    def __init__(self, seed: int = 0) -> None:
        super().__init__(fingerprint=f"seed-{seed}")
        self.seed = seed

    def score(self, pairs: Sequence[Pair]) -> list[Judgement]:
        self.scores = {
            (pair.document.id, pair.image.id): (
                hash((int(pair.document.id), int(pair.image.id), self.seed)) % 667 / 100
            )
            for pair in pairs
        }
        return super().score(pairs)


def lay_out(graph: Graph, folder: Path, documents: int) -> None:
    """So many documents and images, all with texts, and CANDIDATE_IMAGE edges.

    Ids are numbers written as text. The images share 2,000 files.
    """
    begin_source(graph)
    for number in range(_FILES):
        Picture.new("RGB", (8, 8), (number % 256, 0, 0)).save(folder / f"{number}.png")
    draw = random.Random(0)
    for start in range(0, documents, _ROWS):
        several = range(start, min(start + _ROWS, documents))
        ask(
            graph,
            "UNWIND $rows AS row "
            "CREATE (:Document {id: row.id, title: row.title, text: row.text, updatedAt: 1}) "
            "CREATE (:Image {id: row.id, path: row.path, caption: row.caption, hash: row.id})",
            rows=[
                {
                    "id": str(number),
                    "title": f"Topic {number % 977}",
                    "text": _words(draw, WORDS),
                    "path": f"{number % _FILES}.png",
                    "caption": _words(draw, _CAPTION_WORDS),
                }
                for number in several
            ],
        )
    for start in range(0, documents, _ROWS):
        several = range(start, min(start + _ROWS, documents))
        ask(
            graph,
            "UNWIND $rows AS row MATCH (d:Document {id: row.id}) UNWIND row.images AS image "
            "MATCH (i:Image {id: image}) CREATE (d)-[:CANDIDATE_IMAGE]->(i)",
            rows=[
                {"id": str(number), "images": candidates(number, documents)} for number in several
            ],
        )


def candidates(document: int, documents: int) -> list[str]:
    """The images of a document."""
    return [str((document * 7 + place * 131) % documents) for place in range(CANDIDATES)]


def _words(draw: random.Random, many: int) -> str:
    """Words of which few are frequent and most are rare, as in any language."""
    return " ".join(f"w{int(_VOCABULARY * draw.random() ** 3)}" for _ in range(many))
