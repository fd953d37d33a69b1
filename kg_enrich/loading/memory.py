"""What the graph remembers of a loaded folder, so that a rescan opens only what changed."""

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePath, PurePosixPath

from kg_enrich.errors import ImageError, SettingsError
from kg_enrich.graph.connection import Graph, Row, Transaction
from kg_enrich.graph.queries import query
from kg_enrich.identity import named_key
from kg_enrich.images.decoding import resolve
from kg_enrich.loading.roots import recorded_path, require_inside

READ_LOADED_FOLDERS = query("read_loaded_folders")
WRITE_LOADED_FOLDER = query("write_loaded_folder")
READ_LOADED_FILES = query("read_loaded_files")
READ_LOST_LOADED_FILES = query("read_lost_loaded_files")
WRITE_LOADED_FILES = query("write_loaded_files")

# How documents are called after their headings; see `sections.Section.anchor`.
SCHEME = 2


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder to load. place: where it lies, links resolved. name: as the graph's paths call it,
    relative to its image root, so that ids stay the same wherever the root is mounted.

    images: paths of its images below it, by their names alone. listed: folders that were looked
    into for names that are nearly right.
    """

    place: Path
    name: str
    roots: tuple[Path, ...]
    images: dict[str, list[str]] = field(default_factory=dict, compare=False)
    listed: dict[Path, dict[str, list[str]]] = field(default_factory=dict, compare=False)

    def name_of(self, path: str) -> str:
        """The graph's name of a file. path: below the folder."""
        return (PurePosixPath(self.name) / path).as_posix()

    def called(self, name: str) -> list[str]:
        """Paths of the images of this name, which a wiki may mean: the one there is, or none."""
        found = self.images.get(PurePosixPath(name).name, [])
        return found if len(found) == 1 else []


@dataclass(frozen=True, slots=True)
class Remembered:
    """What a file gave when it was loaded.

    For Markdown, documents: ids of its documents. leftover: ids of documents that it had before
    and that were not pruned yet. linking, linked: its references, as parallel ids of documents and
    images. missing: targets that led nowhere. scheme: 1 where equal headings were counted, as
    release 0.1.0 did. For an image, image: its id.
    """

    path: str
    version: str
    documents: Sequence[str] = ()
    leftover: Sequence[str] = ()
    image: str | None = None
    linking: Sequence[str] = ()
    linked: Sequence[str] = ()
    missing: Sequence[str] = ()
    scheme: int = SCHEME


def open_folder(graph: Graph, folder: Path, roots: Sequence[Path], moved: bool) -> Folder:
    """The folder, and the name that the graph has for it.

    moved: the folder was loaded before, from another place.
    Errors: SettingsError when it lies outside the roots; when its name belonged to another place,
    whose documents it would overwrite; when its place had another name, so that everything would
    be loaded twice (without a setting, the image root is the working folder).
    """
    require_inside(folder, roots)
    try:
        name = recorded_path(folder, roots)
    except ImageError as error:
        raise SettingsError(str(error)) from error
    opened = Folder(resolve(str(folder.absolute()), roots), name, tuple(roots))
    for row in graph.read(READ_LOADED_FOLDERS):
        _refuse_clash(opened, row["name"], row["place"], moved)
    return opened


def remember_folder(graph: Graph, folder: Folder) -> None:
    """Stores that its name means this place from now on."""
    graph.execute(WRITE_LOADED_FOLDER, name=folder.name, place=str(folder.place))


def _refuse_clash(folder: Folder, name: str, place: str, moved: bool) -> None:
    """Refuses a folder that lies elsewhere, relative to a loaded folder, than their names say."""
    if os.path.relpath(place, folder.place) == os.path.relpath(name, folder.name):
        return
    if _overlap(Path(place), folder.place):
        raise SettingsError(
            f"{folder.place} would be loaded twice, for {place} was loaded as {name!r}: set "
            "KG_ENRICH_IMAGE_ROOTS as it was then."
        )
    if not moved and _overlap(PurePosixPath(name), PurePosixPath(folder.name)):
        raise SettingsError(
            f"{folder.place} would overwrite what was loaded from {place}: name a folder that "
            "holds both in KG_ENRICH_IMAGE_ROOTS, or say --moved if it is the same one."
        )


def _overlap(one: PurePath, other: PurePath) -> bool:
    return one.is_relative_to(other) or other.is_relative_to(one)


def read_remembered(graph: Graph, folder: Folder) -> dict[str, Remembered]:
    """What is remembered of each file, by its path below the folder."""
    rows = graph.read(READ_LOADED_FILES, folder=folder.name)
    return {row["path"]: Remembered(**row) for row in rows}


def read_lost(graph: Graph, folder: Folder) -> set[str]:
    """Unchanged files to load again, because somebody deleted what they gave."""
    return {row["path"] for row in graph.read(READ_LOST_LOADED_FILES, folder=folder.name)}


def file_key(folder: Folder, path: str) -> str:
    """Key of a LoadedFile node."""
    return named_key("loaded-file", folder.name, path)


def as_row(folder: Folder, file: Remembered) -> Row:
    """A row for `write_loaded_files`."""
    return {
        "key": file_key(folder, file.path),
        "path": file.path,
        "version": file.version,
        "documents": list(file.documents),
        "leftover": list(file.leftover),
        "image": file.image,
        "linking": list(file.linking),
        "linked": list(file.linked),
        "missing": list(file.missing),
        "scheme": file.scheme,
    }


def write_files(transaction: Transaction, folder: Folder, files: Iterable[Remembered]) -> None:
    """Remembers files of a folder, in place of what was remembered of them before."""
    rows = [as_row(folder, file) for file in files]
    transaction.run(WRITE_LOADED_FILES, folder=folder.name, rows=rows)
