"""Finds and removes what was loaded from a folder and is gone from it."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from kg_enrich.graph.connection import Graph, Transaction
from kg_enrich.graph.queries import query
from kg_enrich.loading.memory import Folder, Remembered, file_key, write_files
from kg_enrich.loading.walk import Walk

DELETE_LOADED_DOCUMENTS = query("delete_loaded_documents")
DELETE_LOADED_IMAGES = query("delete_loaded_images")
DELETE_LOADED_FILES = query("delete_loaded_files")

# About so many nodes in a transaction; each may have many edges.
_BATCH = 500


def images(files: Mapping[str, Remembered], found: Walk) -> set[str]:
    """The ids of images whose files are gone."""
    lost = (file for path, file in files.items() if _is_gone(path, found))
    return {file.image for file in lost if file.image is not None}


def count(files: Mapping[str, Remembered], found: Walk) -> int:
    """How many nodes have lost the file or section that they came from."""
    return sum(len(_nodes(file, found)) for file in files.values())


def remove(graph: Graph, folder: Folder, files: Mapping[str, Remembered], found: Walk) -> int:
    """Removes these nodes with all their edges, and returns how many there were.

    Their ledgers stay until `kg-enrich prune` removes them.
    """
    return sum(_remove(graph, folder, batch, found) for batch in _batches(files, found))


def _is_gone(path: str, found: Walk) -> bool:
    return not (path in found.markdown or path in found.images or path in found.problems)


def _nodes(file: Remembered, found: Walk) -> list[str]:
    if not _is_gone(file.path, found):
        return list(file.leftover)
    return [*file.documents, *file.leftover, *filter(None, [file.image])]


def _batches(files: Mapping[str, Remembered], found: Walk) -> Iterator[list[Remembered]]:
    batch: list[Remembered] = []
    nodes = 0
    for file in files.values():
        if file.leftover or _is_gone(file.path, found):
            batch.append(file)
            nodes += len(_nodes(file, found))
        if nodes >= _BATCH:
            yield batch
            batch, nodes = [], 0
    if batch:
        yield batch


def _remove(graph: Graph, folder: Folder, batch: list[Remembered], found: Walk) -> int:
    lost = [file for file in batch if _is_gone(file.path, found)]
    pictures = [file.image for file in lost if file.image is not None]
    documents = [node for file in batch for node in _nodes(file, found) if node != file.image]
    kept = [replace(file, leftover=[]) for file in batch if file not in lost]

    def write(transaction: Transaction) -> int:
        rows = transaction.run(DELETE_LOADED_DOCUMENTS, ids=documents)
        rows += transaction.run(DELETE_LOADED_IMAGES, ids=pictures)
        write_files(transaction, folder, kept)
        transaction.run(DELETE_LOADED_FILES, keys=[file_key(folder, one.path) for one in lost])
        return sum(row["removed"] for row in rows)

    return graph.write(write)
