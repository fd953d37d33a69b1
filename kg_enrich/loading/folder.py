"""Loads a folder of JSONL files, or one of Markdown with images."""

from collections.abc import Callable, Sequence
from pathlib import Path

from kg_enrich.errors import SettingsError
from kg_enrich.graph.connection import Graph
from kg_enrich.loading.jsonl import FILES, count_lines, is_jsonl, load_jsonl
from kg_enrich.loading.markdown import load_markdown
from kg_enrich.loading.records import Loaded


def load_folder(
    graph: Graph,
    folder: Path,
    roots: Sequence[Path],
    *,
    prune: bool = False,
    moved: bool = False,
    say: Callable[[str], None] = lambda _: None,
    progress: Callable[[int, int], None] = lambda _, __: None,
) -> Loaded:
    """Loads a folder, and first says which of the two it takes it for.

    prune, moved: as of `load_markdown`. progress: called with the number of all lines or files,
    and of those just done. Errors: SettingsError when there is nothing to load, or when `prune` is
    asked of JSONL.
    """
    if not folder.is_dir():
        raise SettingsError(f"{folder} is not a folder: name the one that holds it.")
    if not is_jsonl(folder):
        say(f"{folder} holds no {FILES[0]} and the like: it is loaded as Markdown with images.")
        return load_markdown(graph, folder, roots, prune=prune, moved=moved, progress=progress)
    if prune:
        raise SettingsError(
            f"{folder} holds JSONL, which does not say what is gone: load it without --prune."
        )
    say(f"{folder} is loaded as JSONL.")
    total = count_lines(folder)
    return load_jsonl(graph, folder, roots, lambda done: progress(total, done))
