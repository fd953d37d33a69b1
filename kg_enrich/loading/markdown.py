"""Loads a folder of Markdown with images into the graph. A second load opens only what changed.

Sections become documents, image links become references, image files become images. An id is the
path below the image root; a section's id adds its headings: `guide/install.md#Linux/Proxy`.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import replace
from pathlib import Path, PurePosixPath

from kg_enrich.errors import SettingsError
from kg_enrich.graph.connection import Graph, Transaction
from kg_enrich.graph.queries import query
from kg_enrich.loading import gone
from kg_enrich.loading.files import Reading, read_image, read_markdown
from kg_enrich.loading.links import DeadLink, find_image
from kg_enrich.loading.memory import (
    Folder,
    Remembered,
    open_folder,
    read_lost,
    read_remembered,
    remember_folder,
    write_files,
)
from kg_enrich.loading.moved import carry, is_counted
from kg_enrich.loading.records import Loaded, write_documents, write_images, write_references
from kg_enrich.loading.walk import Walk, walk

DELETE_FORMER_REFERENCES = query("delete_former_references")

# About so many rows in a transaction. A file is never split.
_BATCH = 1000


def load_markdown(
    graph: Graph,
    folder: Path,
    roots: Sequence[Path],
    *,
    prune: bool = False,
    moved: bool = False,
    progress: Callable[[int, int], None] = lambda _, __: None,
) -> Loaded:
    """Loads the files that are new or changed since the last load. It does not open the others.

    A file counts as changed, too, when somebody has deleted from the graph what it gave.

    roots: from `images.image_roots`. prune: remove what was loaded from it and is gone. moved:
    it was loaded before, from another place. progress: called with the number of files to open,
    then with those of each batch as it is written.
    Errors: SettingsError when nothing is there to load, and as of `open_folder`.
    """
    place = open_folder(graph, folder, roots, moved)
    found = walk(place.place, roots)
    if not found.markdown and not found.images:
        raise SettingsError(f"{folder} holds neither JSONL nor Markdown nor images to load.")
    for path in found.images:
        place.images.setdefault(PurePosixPath(path).name, []).append(path)
    remember_folder(graph, place)
    before = read_remembered(graph, place)
    unchanged = _unchanged(before, found) - read_lost(graph, place)
    lost = gone.images(before, found)
    images = sorted(found.images.keys() - unchanged)
    texts = sorted(
        path
        for path in found.markdown
        if path not in unchanged
        or is_counted(before[path])
        or _leads_elsewhere(place, before[path], lost if prune else set())
    )
    opened = len(images) + len(texts)
    documents, references, written = 0, 0, set[str]()
    problems = [*found.problems.values(), *found.unlisted]
    now = dict(before)
    for batch in _batches(_read(place, images, texts, found, before, lost)):
        files = _write(graph, place, batch)
        now.update((file.path, file) for file in files)
        documents += len(batch.documents)
        references += len(batch.references)
        written.update(batch.images)
        problems += batch.problems
        progress(opened, batch.opened)
    removed, left = 0, gone.count(now, found)
    if prune and found.unlisted:
        problems.append(f"{folder}: nothing was pruned, for not every folder could be listed")
    elif prune:
        removed, left = gone.remove(graph, place, now, found), 0
    return Loaded(
        documents,
        len(written),
        references,
        tuple(problems),
        "Markdown",
        opened,
        len(found.images) + len(found.markdown) - opened,
        removed,
        left,
        found.notes,
    )


def _unchanged(before: Mapping[str, Remembered], found: Walk) -> set[str]:
    versions = found.markdown | found.images
    return {path for path, file in before.items() if versions.get(path) == file.version}


def _leads_elsewhere(folder: Folder, file: Remembered, lost: Set[str]) -> bool:
    """Whether an image that a file shows has come or gone, while the file itself did not change."""
    return not lost.isdisjoint(file.linked) or any(
        _is_there(folder, file.path, target) for target in file.missing
    )


def _is_there(folder: Folder, file: str, target: str) -> bool:
    try:
        find_image(folder, file, target)
    except DeadLink:
        return False
    return True


def _read(
    folder: Folder,
    images: Iterable[str],
    texts: Iterable[str],
    found: Walk,
    before: Mapping[str, Remembered],
    lost: Set[str],
) -> Iterator[Reading]:
    for path in images:
        yield read_image(folder, path, found.images[path])
    for path in texts:
        yield read_markdown(folder, path, found.markdown[path], before.get(path), lost)


def _batches(readings: Iterable[Reading]) -> Iterator[Reading]:
    batch = Reading()
    for reading in readings:
        batch.add(reading)
        if batch.rows >= _BATCH:
            yield batch
            batch = Reading()
    if batch.opened:
        yield batch


def _write(graph: Graph, folder: Folder, batch: Reading) -> list[Remembered]:
    """Writes in one transaction, so that the graph holds nothing that is not remembered.

    Returns what is remembered of the files.
    """
    images = [{"id": i, "path": i, "caption": caption} for i, caption in batch.images.items()]
    references = [
        {"number": number, "document": document, "image": image}
        for number, (document, image) in enumerate(batch.references)
    ]
    given = {row["id"] for row in batch.documents}
    still = set(batch.references)

    def write(transaction: Transaction) -> list[Remembered]:
        moves = carry(transaction, batch.shifts)
        former = [
            {"document": moves.get(document, document), "image": image}
            for document, image in batch.former
        ]
        former = [
            row
            for row in former
            if row["document"] in given and (row["document"], row["image"]) not in still
        ]
        files = [
            replace(file, leftover=[one for one in file.leftover if one not in moves])
            for file in batch.files
        ]
        write_documents(transaction, batch.documents)
        write_images(transaction, images)
        transaction.run(DELETE_FORMER_REFERENCES, rows=former)
        write_references(transaction, references)
        write_files(transaction, folder, files)
        return files

    return graph.write(write)
