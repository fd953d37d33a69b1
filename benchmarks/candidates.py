"""How many of the authors' references each candidate source finds, and what asking costs.

    python -m benchmarks.candidates DATA_FOLDER OCR_CACHE_FOLDER

The data folder has the layout that `kg-enrich load` takes. Every reference counts the same; a
candidate's place is the order that the source gives. Sources that need edges, containers or a
model's embeddings are not in the data, and `all` finds everything: for it only the time is told.
"""

import argparse
import statistics
import time
from pathlib import Path

import numpy as np

from benchmarks import docs_data
from benchmarks.docs_data import Dataset
from benchmarks.output import print_markdown
from benchmarks.servers import temporary_server
from kg_enrich.candidates.checks import open_candidates
from kg_enrich.candidates.finders import CandidateOptions, read_candidates
from kg_enrich.evidence.sources import take_statistics
from kg_enrich.graph.connection import Graph
from kg_enrich.images.ocr import OcrReader
from kg_enrich.models import DocumentId, ImageId
from kg_enrich.text import CorpusStatistics
from tests.support.graphs import ask

PLACES = (5, 20, 50)
_PAGE = 200
_REPEATS = 5


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path)
    parser.add_argument("ocr_cache", type=Path)
    given = parser.parse_args()
    data = docs_data.load(given.data)
    print(
        f"{len(data.documents)} documents, {len(data.images)} images, "
        f"{data.referenced.sum()} references"
    )
    texts = _read(data, given.ocr_cache)
    captions = [image.caption for image in data.images]
    nothing = [""] * len(data.images)
    with temporary_server() as (_, graph, _):
        _lay_out(graph, data)
        words = take_statistics(graph)
        rows = []
        for name, source, shown, read in (
            ("fulltext: text read from images", "fulltext", nothing, texts),
            ("fulltext: captions", "fulltext", captions, nothing),
            ("fulltext: both", "fulltext", captions, texts),
            ("all", "all", captions, texts),
        ):
            _describe(graph, data, shown, read)
            options = open_candidates(graph, [source], max(PLACES), 1, None, 10**6, print)
            rows.append([name, *_measure(graph, data, options, words)])
    print_markdown(
        ["source", *(f"recall at {place}" for place in PLACES), "candidates a document",
         "ms a document, in pages of 200", "one by one: median", "95th percentile"],
        rows,
    )  # fmt: skip


def _read(data: Dataset, cache: Path) -> list[str]:
    reader = OcrReader(cache)
    reader.prefetch(data.images)
    texts = ["\n".join(reader.read(image).lines) for image in data.images]
    reader.close()
    return texts


def _lay_out(graph: Graph, data: Dataset) -> None:
    ask(
        graph,
        "UNWIND $rows AS row CREATE (d:Document) SET d += row",
        rows=[{"id": one.id, "title": one.title, "text": one.text} for one in data.documents],
    )
    ask(
        graph,
        "UNWIND $ids AS id CREATE (:Image {id: id})",
        ids=[image.id for image in data.images],
    )


def _describe(graph: Graph, data: Dataset, captions: list[str], texts: list[str]) -> None:
    rows = [
        {"id": image.id, "caption": caption, "text": text}
        for image, caption, text in zip(data.images, captions, texts, strict=True)
    ]
    ask(
        graph,
        "UNWIND $rows AS row MATCH (i:Image {id: row.id}) "
        "SET i.caption = row.caption, i.ocrText = row.text",
        rows=rows,
    )


def _measure(
    graph: Graph, data: Dataset, options: CandidateOptions, words: CorpusStatistics
) -> list[str]:
    documents = [(document, str(document.id)) for document in data.documents]
    found: dict[DocumentId, list[ImageId]] = {}
    seconds = []
    for _ in range(1 + _REPEATS):
        began = time.perf_counter()
        for start in range(0, len(documents), _PAGE):
            page = documents[start : start + _PAGE]
            found |= read_candidates(graph, page, options, words)
        seconds.append(time.perf_counter() - began)
    del seconds[0]  # it warmed the server up
    one_by_one = []
    for one in documents:
        began = time.perf_counter()
        read_candidates(graph, [one], options, words)
        one_by_one.append((time.perf_counter() - began) * 1000)
    ordered = "fulltext" in options.sources
    return [
        *(f"{_recall(data, found, place):.3f}" if ordered else "" for place in PLACES),
        f"{statistics.mean(len(images) for images in found.values()):.0f}",
        f"{min(seconds) / len(documents) * 1000:.1f} to {max(seconds) / len(documents) * 1000:.1f}",
        f"{statistics.median(one_by_one):.1f} ms",
        f"{np.percentile(one_by_one, 95):.1f} ms",
    ]


def _recall(data: Dataset, found: dict[DocumentId, list[ImageId]], place: int) -> float:
    """The share of all references among the first so many candidates of their documents."""
    hits = 0
    for document, own in zip(data.documents, data.referenced, strict=True):
        first = set(found.get(document.id, [])[:place])
        hits += sum(data.images[at].id in first for at in np.flatnonzero(own))
    return hits / int(data.referenced.sum())


if __name__ == "__main__":
    main()
