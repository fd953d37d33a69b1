"""Into the graph: documents, images, and the text in images."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from kg_enrich import compose
from kg_enrich.api.common import Say, log
from kg_enrich.images.ocr import OcrReader
from kg_enrich.images.ocr_texts import ReadImages, count_images
from kg_enrich.images.ocr_texts import read_images as read_all_images
from kg_enrich.loading.folder import load_folder
from kg_enrich.loading.records import Loaded
from kg_enrich.settings import Settings, load_settings


def load(
    path: Path,
    settings: Settings | None = None,
    *,
    prune: bool = False,
    moved: bool = False,
    say: Say = log.info,
    progress: Callable[[int, int], None] = lambda _, __: None,
) -> Loaded:
    """Loads a folder of JSONL files, or of Markdown with images.

    prune: remove what was loaded from this folder of Markdown and is gone from it. moved: it was
    loaded before, from another place. progress: called with all, and those just done.
    """
    settings = settings or load_settings()
    roots = compose.roots(settings)
    with compose.open_graph(settings, say) as graph:
        return load_folder(graph, path, roots, prune=prune, moved=moved, say=say, progress=progress)


def read_images(
    settings: Settings | None = None,
    *,
    say: Say = log.info,
    progress: Callable[[int, int], None] = lambda _, __: None,
) -> ReadImages:
    """Keeps the text in images on their nodes. progress: called with all, and those just done."""
    settings = settings or load_settings()
    roots = compose.roots(settings)
    with compose.open_graph(settings, say) as graph:
        images = count_images(graph)
        reader = OcrReader(
            compose.ocr_cache(settings), settings.workers, compose.decode_limits(settings)
        )
        try:
            return read_all_images(graph, reader, roots, lambda done: progress(images, done))
        finally:
            reader.close()


@contextmanager
def neo4j(settings: Settings | None = None, *, say: Say = log.info) -> Iterator[None]:
    """Keeps an embedded Neo4j running over several calls, which each would start one."""
    with compose.open_graph(settings or load_settings(), say):
        yield
